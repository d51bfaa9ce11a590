/**
 * Lines of a text file of any size, a portion at a time: what is in memory is one piece of the
 * file and the beginning of one line, never the file. Gzip is recognised by its first bytes.
 * Whatever is no text is refused with the line where that shows.
 */
import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RingwayError } from '../../base/index.ts';
import { badFile, systemReason } from './errors.ts';

/** Longest line, in characters; a longer one is no line of a user list or log. */
export const lineLengthMax = 1_048_576;

/** Bytes taken from a file at a time. */
const pieceBytes = 262_144;

/** Lines in their order, without their ends. */
export interface Portion {
  readonly lines: readonly string[];
  /** Number of the first, from 1. */
  readonly first: number;
}

export interface TextFile {
  /** As it was given, `-` for the standard input. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Undefined where it cannot be known. */
  readonly sizeBytes: number | undefined;
}

/** @throws RingwayError `simulate.bad_file` */
export function openText(name: string, input: AsyncIterable<Uint8Array>): TextFile {
  if (name === '-') return { name: 'the standard input', bytes: input, sizeBytes: undefined };
  try {
    const stat = statSync(name);
    const bytes = createReadStream(name, { highWaterMark: pieceBytes });
    return { name, bytes, sizeBytes: stat.isFile() ? stat.size : undefined };
  } catch (error) {
    throw badFile(name, systemReason(error), error);
  }
}

/**
 * `onBytes` hears how many bytes were read so far.
 *
 * @throws RingwayError `simulate.bad_file`: unreadable, damaged gzip, no text, a line too long
 */
export async function* portionsOf(
  file: TextFile,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Portion> {
  const { name } = file;
  // Strict: a byte order mark is taken away, bytes that are no UTF-8 throw.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let first = 1;
  const decoded = (bytes: Uint8Array | undefined): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw badFile(name, `no UTF-8 text from line ${first} on`, error);
    }
  };
  for await (const bytes of plainBytes(file, onBytes)) {
    const lines = (rest + decoded(bytes)).split('\n');
    rest = lines.pop() ?? '';
    requireText(name, first, lines, bytes);
    if (rest.length > lineLengthMax) throw tooLong(name, first + lines.length);
    if (lines.length === 0) continue;
    yield { lines: lines.map(withoutReturn), first };
    first += lines.length;
  }
  rest += decoded(undefined);
  if (rest !== '') yield { lines: [withoutReturn(rest)], first };
}

function requireText(
  name: string,
  first: number,
  lines: readonly string[],
  bytes: Uint8Array,
): void {
  const long = lines.findIndex(({ length }) => length > lineLengthMax);
  if (long !== -1) throw tooLong(name, first + long);
  if (!bytes.includes(0)) return;
  const at = lines.findIndex((line) => line.includes('\0'));
  const line = first + (at === -1 ? lines.length : at);
  throw badFile(name, `line ${line} has a zero byte: is this a text file?`);
}

function tooLong(name: string, line: number): RingwayError {
  return badFile(name, `line ${line} is longer than lineLengthMax ${lineLengthMax} characters`);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

async function* plainBytes(
  { name, bytes }: TextFile,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const pieces = counted(bytes, onBytes);
  try {
    const { head, all } = await peeked(pieces);
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    if (!isGzip && name.endsWith('.gz') && head.length > 0) {
      throw badFile(name, 'this is not gzip, whatever its name says');
    }
    if (isGzip) yield* unzipped(all);
    else yield* all;
  } catch (error) {
    if (error instanceof RingwayError) throw error;
    const isDamaged = error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
    const what = isDamaged ? `damaged gzip: ${error.message}` : systemReason(error);
    throw badFile(name, what, error);
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const piece of bytes) {
    sum += piece.length;
    onBytes(sum);
    yield piece;
  }
}

/** The first bytes, at least two if there are as many, and a way to read them again. */
async function peeked(
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 2) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* pieces;
  };
  return { head, all: all() };
}

async function* unzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  const source = Readable.from(bytes, { objectMode: false });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
