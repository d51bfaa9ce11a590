/**
 * Values on their way into and out of a handler. In: the bytes of an event or message with their
 * format. Out: string → text, bytes → binary, a payload → as it came, all else → JSON. What JSON
 * cannot carry is refused at the call that tried, not when the record is built.
 */
import { RingwayError } from '../base/index.ts';
import type { Bytes, Format } from '../link/index.ts';

/** A value as it travels. */
export interface Encoded {
  readonly format: Format;
  readonly bytes: Bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What came with an event or a client message. */
export class Payload {
  readonly #encoded: Encoded;
  #copy: Uint8Array | undefined;

  constructor(encoded: Encoded) {
    this.#encoded = encoded;
  }

  /** How the sender marked the bytes. */
  get format(): Format {
    return this.#encoded.format;
  }

  /** The bytes, as a copy of the handler's own. */
  get data(): Uint8Array {
    this.#copy ??= new Uint8Array(this.#encoded.bytes);
    return this.#copy;
  }

  /** @throws RingwayError `payload.not_text` when the bytes are not UTF-8 */
  text(): string {
    try {
      return decoder.decode(this.#encoded.bytes);
    } catch (cause) {
      const length = this.#encoded.bytes.length;
      throw new RingwayError('payload.not_text', `${length} bytes are not UTF-8`, { cause });
    }
  }

  /** @throws RingwayError `payload.not_json` (or `payload.not_text`); the message never quotes the bytes */
  json(): unknown {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new RingwayError('payload.not_json', `${text.length} characters are not JSON`);
    }
  }

  /** The original bytes, for passing on. */
  static encodedOf(payload: Payload): Encoded {
    return payload.#encoded;
  }
}

/** An event as a handler sees it. */
export class EventPayload extends Payload {
  readonly id: string;
  readonly type: string;
  readonly source: string;

  constructor(event: { id: string; type: string; source: string }, encoded: Encoded) {
    super(encoded);
    this.id = event.id;
    this.type = event.type;
    this.source = event.source;
  }
}

/**
 * A copy of `value` in bytes; the caller may change the value afterwards.
 * @throws RingwayError `value.unsupported`, naming the call
 */
export function encodeValue(value: unknown, call: string): Encoded {
  if (value instanceof Payload) return Payload.encodedOf(value);
  if (typeof value === 'string') return { format: 'text', bytes: encoder.encode(value) };
  if (value instanceof Uint8Array) return { format: 'binary', bytes: new Uint8Array(value) };
  return { format: 'json', bytes: encodeJson(value, call) };
}

/**
 * @throws RingwayError `value.unsupported`: undefined, a function, a symbol, a promise, a BigInt,
 *   a circular value, and containers that JSON would silently turn into `{}`
 */
export function encodeJson(value: unknown, call: string): Bytes {
  if (isLostInJson(value)) throw unsupported(call, nameOf(value));
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw unsupported(call, 'a value that JSON cannot carry (BigInt, circular or too deep)', cause);
  }
  if (text === undefined) throw unsupported(call, nameOf(value));
  return encoder.encode(text);
}

/** The JSON value in `bytes`, deeply frozen; `undefined` for no bytes. */
export function frozenJson(bytes: Bytes | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  const root: unknown = JSON.parse(decoder.decode(bytes));
  // A stack, not recursion: 64 KiB of brackets are deeper than the call stack.
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const member of Object.values(Object.freeze(value))) open.push(member);
  }
  return root;
}

function isLostInJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true;
  if (value instanceof Map || value instanceof Set) return true;
  // A forgotten await: JSON would make `{}` of it.
  return value instanceof Promise;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (value instanceof Promise) return 'a promise (missing await?)';
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function unsupported(call: string, what: string, cause?: unknown): RingwayError {
  const message = `${call} got ${what}; it takes a string, a Uint8Array or a JSON value`;
  return new RingwayError('value.unsupported', message, { cause });
}
