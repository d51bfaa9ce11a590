/**
 * The table as bytes, for ZooKeeper: a version byte, then deflated columns. By columns, because
 * equal fields of neighbouring slots compress where whole entries do not.
 *
 *   u8 version=1 | deflate-raw of:
 *   u32 slotCount | u16 bootCount | bootCount × (u8 length, ASCII)
 *   u16[] owner | u16[] first copy | u16[] second copy    0 = none, else index of the boot + 1
 *   u32[] term | u32[] epoch                              big-endian
 *
 * 16-bit and 32-bit columns are stored byte by byte of weight: all highest bytes first.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { assert, type BootId } from '../base/index.ts';
import { CoordinatorError } from './coordinator.ts';
import { type Entry, type Table, unowned } from './table.ts';

const version = 1;
/** Of processes named in one table. */
const bootsMax = 0xffff;
const bootBytesMax = 255;
/** The ring simulator's largest; a cluster has 16,384. */
const slotCountMax = 1_048_576;
const headBytes = 6;
const entryBytes = 3 * 2 + 2 * 4;
const inflatedBytesMax = headBytes + bootsMax * (1 + bootBytesMax) + slotCountMax * entryBytes;
/** Fastest: higher levels win a few per cent and cost several times the time. */
const deflateLevel = 1;

export function encodeTable(table: Table): Uint8Array {
  const { entries } = table;
  assert(
    entries.every(({ copies }) => copies.length <= 2),
    'a slot has more than two copies',
  );
  const boots = new Map<BootId, number>();
  const indexOf = (boot: BootId | undefined): number => {
    if (boot === undefined || boot === '') return 0;
    const known = boots.get(boot);
    if (known !== undefined) return known;
    boots.set(boot, boots.size + 1);
    return boots.size;
  };
  const columns = [
    column(entries, 2, ({ owner }) => indexOf(owner)),
    column(entries, 2, ({ copies }) => indexOf(copies[0])),
    column(entries, 2, ({ copies }) => indexOf(copies[1])),
    column(entries, 4, ({ term }) => term),
    column(entries, 4, ({ epoch }) => epoch),
  ];
  assert(boots.size <= bootsMax, `${boots.size} boots in the table`);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(entries.length, 0);
  head.writeUInt16BE(boots.size, 4);
  const names = [...boots.keys()].map((boot) => {
    const name = Buffer.from(boot, 'latin1');
    assert(name.length <= bootBytesMax, `boot identity ${boot}`);
    return Buffer.concat([Buffer.of(name.length), name]);
  });
  const plain = Buffer.concat([head, ...names, ...columns]);
  return Buffer.concat([Buffer.of(version), deflateRawSync(plain, { level: deflateLevel })]);
}

/**
 * Entries equal to those of `previous` are the same objects; if all are, so is the table.
 * @throws CoordinatorError `coordinator.bad_table`
 */
export function decodeTable(bytes: Uint8Array, previous?: Table): Table {
  if (bytes[0] !== version) throw badTable(`version ${bytes[0]}, not ${version}`);
  const plain = inflated(bytes.subarray(1));
  if (plain.length < headBytes) throw badTable(`${plain.length} bytes`);
  const slotCount = plain.readUInt32BE(0);
  if (slotCount > slotCountMax) throw badTable(`${slotCount} slots, over ${slotCountMax}`);
  const { boots, end } = readBoots(plain, plain.readUInt16BE(4));
  if (plain.length - end !== slotCount * entryBytes) {
    throw badTable(`${plain.length - end} bytes for ${slotCount} slots`);
  }
  const read = (start: number, width: number): ((slot: number) => number) =>
    columnReader(plain, end + start * slotCount, { width, slotCount });
  const [owner, first, second] = [read(0, 2), read(2, 2), read(4, 2)];
  const [term, epoch] = [read(6, 4), read(10, 4)];
  const bootAt = (index: number): BootId => {
    const boot = boots[index];
    if (boot === undefined) throw badTable(`boot ${index} of ${boots.length - 1}`);
    return boot;
  };
  const entries = new Array<Entry>(slotCount);
  let isSame = previous?.entries.length === slotCount;
  for (let slot = 0; slot < slotCount; slot += 1) {
    const candidate = {
      owner: bootAt(owner(slot)),
      first: bootAt(first(slot)),
      second: bootAt(second(slot)),
      term: term(slot),
      epoch: epoch(slot),
    };
    const old = previous?.entries[slot] ?? unowned;
    const entry = equals(old, candidate) ? old : entryFrom(candidate, slot);
    if (entry !== previous?.entries[slot]) isSame = false;
    entries[slot] = entry;
  }
  return isSame && previous !== undefined ? previous : { entries };
}

/** An entry before an object is made of it; '' = none. */
interface Candidate {
  readonly owner: BootId;
  readonly first: BootId;
  readonly second: BootId;
  readonly term: number;
  readonly epoch: number;
}

function equals(entry: Entry, other: Candidate): boolean {
  return (
    entry.term === other.term &&
    entry.epoch === other.epoch &&
    entry.owner === other.owner &&
    (entry.copies[0] ?? '') === other.first &&
    (entry.copies[1] ?? '') === other.second
  );
}

/** What the table promises of every entry is checked where it comes in. */
function entryFrom(candidate: Candidate, slot: number): Entry {
  const { owner, first, second, term, epoch } = candidate;
  if (equals(unowned, candidate)) return unowned;
  const copies = second === '' ? [first] : [first, second];
  if (owner === '' || first === '' || first === second || !copies.includes(owner)) {
    throw badTable(`slot ${slot} is owned by "${owner}" with the copies "${copies.join('", "')}"`);
  }
  return { owner, term, copies, epoch };
}

function column(
  entries: readonly Entry[],
  width: 2 | 4,
  numberOf: (entry: Entry) => number,
): Uint8Array {
  const { length } = entries;
  const bytes = new Uint8Array(length * width);
  const limit = 2 ** (8 * width);
  for (let slot = 0; slot < length; slot += 1) {
    const value = numberOf(entries[slot] ?? unowned);
    // The message costs more than the rest of the loop, so it is made for a bug only.
    if (value < 0 || value >= limit) assert(false, `slot ${slot}: ${value} in ${width} bytes`);
    for (let i = 0; i < width; i += 1) {
      bytes[i * length + slot] = (value >>> (8 * (width - 1 - i))) & 0xff;
    }
  }
  return bytes;
}

function columnReader(
  plain: Buffer,
  start: number,
  { width, slotCount }: { readonly width: number; readonly slotCount: number },
): (slot: number) => number {
  return (slot) => {
    let value = 0;
    for (let i = 0; i < width; i += 1) {
      value = value * 256 + (plain[start + i * slotCount + slot] ?? 0);
    }
    return value;
  };
}

/** By index, the first one being "none". */
function readBoots(plain: Buffer, count: number): { boots: readonly BootId[]; end: number } {
  const boots: BootId[] = [''];
  let end = headBytes;
  for (let i = 0; i < count; i += 1) {
    const start = end + 1;
    const length = plain[end];
    if (length === undefined || length === 0 || start + length > plain.length) {
      throw badTable(`boot ${i + 1} of ${count} is cut off or empty`);
    }
    end = start + length;
    boots.push(plain.toString('latin1', start, end));
  }
  return { boots, end };
}

function inflated(bytes: Uint8Array): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: inflatedBytesMax });
  } catch (cause) {
    throw badTable(`${bytes.length} bytes that cannot be inflated`, cause);
  }
}

function badTable(what: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError('coordinator.bad_table', `the table is unreadable: ${what}`, {
    cause,
  });
}
