/**
 * The kinds of fields that bodies are made of. A field knows its bytes (`write`, `read`), its
 * least size (to judge hostile counts) and its `shape`, plain data from which the tests derive
 * arbitrary messages and compare docs/protocol.md. `schema.ts` puts them together.
 */
import { LinkError } from './errors.ts';
import type { Bytes } from './messages.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export interface Field<T> {
  readonly shape: Shape;
  readonly bytesMin: number;
  readonly write: (to: Writer, value: T) => void;
  /** @throws LinkError `link.malformed` */
  readonly read: (from: Reader) => T;
}

export type Shape =
  | { readonly kind: 'u16' | 'u32' | 'u53' | 'f64' | 'bool' | 'str' | 'bytes' }
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'constant'; readonly value: number; readonly bytes: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'optional' | 'list'; readonly of: Shape }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: readonly NamedShape[] }
  | { readonly kind: 'union'; readonly name: string; readonly variants: readonly VariantShape[] };

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

export interface VariantShape {
  readonly tag: string;
  readonly code: number;
  readonly fields: readonly NamedShape[];
}

/** One field per property of `T`, in the order of the wire. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Field<T[K]> };

// Each kind has functions of its own, so that the runtime sees one type at each call and inlines.
export const u16: Field<number> = {
  shape: { kind: 'u16' },
  bytesMin: 2,
  write: (to, value) => to.u16(whole(value, 0xffff, 'u16')),
  read: (from) => from.u16(),
};

export const u32: Field<number> = {
  shape: { kind: 'u32' },
  bytesMin: 4,
  write: (to, value) => to.u32(whole(value, 0xffff_ffff, 'u32')),
  read: (from) => from.u32(),
};

export const u53: Field<number> = {
  shape: { kind: 'u53' },
  bytesMin: 8,
  write: (to, value) => to.u53(whole(value, Number.MAX_SAFE_INTEGER, 'u53')),
  read: (from) => from.u53(),
};

export const f64: Field<number> = {
  shape: { kind: 'f64' },
  bytesMin: 8,
  write: (to, value) => {
    if (!Number.isFinite(value)) throw unencodable(value, 'f64');
    to.f64(value);
  },
  read: (from) => from.f64(),
};

export const bool: Field<boolean> = {
  shape: { kind: 'bool' },
  bytesMin: 1,
  write: (to, value) => to.u8(value ? 1 : 0),
  read: readFlag,
};

export const str: Field<string> = {
  shape: { kind: 'str' },
  bytesMin: 4,
  write: (to, value) => to.str(value),
  read: (from) => from.str(),
};

export const bytes: Field<Bytes> = {
  shape: { kind: 'bytes' },
  bytesMin: 4,
  write: (to, value) => {
    to.u32(value.length);
    to.raw(value);
  },
  read: (from) => from.raw(from.u32()),
};

/** Exactly `count` bytes, without a length. */
export function fixed(count: number): Field<Bytes> {
  return {
    shape: { kind: 'fixed', bytes: count },
    bytesMin: count,
    write: (to, value) => {
      if (value.length !== count) throw unencodable(`${value.length} bytes`, `${count} bytes`);
      to.raw(value);
    },
    read: (from) => from.raw(count),
  };
}

/** One of a few words, as a `u8`: its place in `words`. */
export function choice<const W extends string>(words: readonly W[]): Field<W> {
  return {
    shape: { kind: 'choice', of: words },
    bytesMin: 1,
    write: (to, value) => {
      const place = words.indexOf(value);
      if (place < 0) throw unencodable(value, words.join(' | '));
      to.u8(place);
    },
    read: (from) => {
      const place = from.u8();
      const word = words[place];
      if (word === undefined) {
        throw new LinkError('link.malformed', `${place} is none of ${words.join(' | ')}`);
      }
      return word;
    },
  };
}

/** `u8` 0 or 1, then the value if 1. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    shape: { kind: 'optional', of: field.shape },
    bytesMin: 1,
    write: (to, value) => {
      to.u8(value === undefined ? 0 : 1);
      if (value !== undefined) field.write(to, value);
    },
    read: (from) => (readFlag(from) ? field.read(from) : undefined),
  };
}

/** `u32` count, then the items. */
export function list<T>(item: Field<T>): Field<readonly T[]> {
  return {
    shape: { kind: 'list', of: item.shape },
    bytesMin: 4,
    write: (to, values) => {
      to.u32(values.length);
      for (const value of values) item.write(to, value);
    },
    read: (from) => {
      const values: T[] = [];
      for (let left = from.count(item.bytesMin); left > 0; left -= 1) values.push(item.read(from));
      return values;
    },
  };
}

function whole(value: number, max: number, kind: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw unencodable(value, kind);
  return value;
}

function readFlag(from: Reader): boolean {
  const value = from.u8();
  if (value > 1) throw new LinkError('link.malformed', `${value} is neither 0 nor 1`);
  return value === 1;
}

export function unencodable(value: unknown, wanted: string): LinkError {
  return new LinkError('link.unencodable', `${String(value)} does not fit ${wanted}`);
}
