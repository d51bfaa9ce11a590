/**
 * What is kept of each user when more than sums per slot is asked for: columns of numbers in
 * chunks, so that growing copies nothing and no array is larger than it needs to be. Repeats are
 * found by two hashes of together 64 bits: among ten million users the odds that any two are taken
 * for one are some 1 to 400,000.
 */
import { hash as digest } from 'node:crypto';
import { RingError } from '../error.ts';
import { simulationLimits } from './types.ts';

const chunkBits = 16;
const chunkSize = 1 << chunkBits;

interface Chunk {
  readonly hashes: Uint32Array;
  readonly connections: Uint32Array;
  readonly md5: Uint32Array;
  readonly checks: Uint32Array;
  readonly eventsPerS: Float64Array;
}

export interface ColumnOptions {
  readonly keepsMd5: boolean;
  readonly keepsKeys: boolean;
  readonly findsRepeats: boolean;
}

export class UserColumns {
  readonly keepsMd5: boolean;
  /** Keys, prefix included, in the order in which they came; undefined unless kept. */
  readonly keys: string[] | undefined;
  count = 0;
  private readonly findsRepeats: boolean;
  private readonly chunks: Chunk[] = [];
  /** Open addressing: index of a user + 1, or 0. */
  private places: Uint32Array;

  constructor({ keepsMd5, keepsKeys, findsRepeats }: ColumnOptions) {
    this.keepsMd5 = keepsMd5;
    this.keys = keepsKeys ? [] : undefined;
    this.findsRepeats = findsRepeats;
    this.places = new Uint32Array(findsRepeats ? chunkSize : 0);
  }

  add(key: string, hash: number, connections: number, eventsPerS: number): void {
    const at = this.count;
    const inChunk = at & (chunkSize - 1);
    if (inChunk === 0) this.chunks.push(this.newChunk());
    const chunk = this.chunks[at >>> chunkBits];
    if (chunk === undefined) return;
    chunk.hashes[inChunk] = hash;
    chunk.connections[inChunk] = connections;
    if (this.keepsMd5) chunk.md5[inChunk] = md5Word(key);
    this.count += 1;
    this.keep(key);
    if (!this.findsRepeats) return;
    chunk.checks[inChunk] = checkOf(key);
    chunk.eventsPerS[inChunk] = eventsPerS;
    if (this.count * 2 > this.places.length) this.rehash();
    else this.places[this.freePlace(hash)] = at + 1;
  }

  /** Index of the user that was added under this key; needs `findsRepeats`. */
  find(key: string, hash: number): number | undefined {
    const check = checkOf(key);
    const mask = this.places.length - 1;
    for (let place = placeOf(hash) & mask; ; place = (place + 1) & mask) {
      const at = (this.places[place] ?? 0) - 1;
      if (at < 0) return undefined;
      const chunk = this.chunks[at >>> chunkBits];
      const inChunk = at & (chunkSize - 1);
      if (chunk?.hashes[inChunk] === hash && chunk.checks[inChunk] === check) return at;
    }
  }

  at(index: number): { readonly connections: number; readonly eventsPerS: number } {
    const chunk = this.chunks[index >>> chunkBits];
    const inChunk = index & (chunkSize - 1);
    return {
      connections: chunk?.connections[inChunk] ?? 0,
      eventsPerS: chunk?.eventsPerS[inChunk] ?? 0,
    };
  }

  set(index: number, connections: number, eventsPerS: number): void {
    const chunk = this.chunks[index >>> chunkBits];
    if (chunk === undefined) return;
    chunk.connections[index & (chunkSize - 1)] = connections;
    chunk.eventsPerS[index & (chunkSize - 1)] = eventsPerS;
  }

  /** All users in the order in which they came; `md5` is 0 unless kept. */
  each(visit: (hash: number, md5: number, connections: number, index: number) => void): void {
    for (let index = 0; index < this.count; ) {
      const chunk = this.chunks[index >>> chunkBits];
      const end = Math.min(this.count, index + chunkSize);
      if (chunk === undefined) return;
      for (let at = 0; index < end; at += 1, index += 1) {
        const { hashes, md5, connections } = chunk;
        visit(hashes[at] ?? 0, md5[at] ?? 0, connections[at] ?? 0, index);
      }
    }
  }

  private keep(key: string): void {
    if (this.keys === undefined) return;
    if (this.keys.length === simulationLimits.keptKeysMax) {
      const { keptKeysMax } = simulationLimits;
      throw new RingError(
        'ring.too_many_users',
        `more ids to keep than keptKeysMax ${keptKeysMax}`,
      );
    }
    this.keys.push(ownCopy(key));
  }

  private newChunk(): Chunk {
    const repeated = this.findsRepeats ? chunkSize : 0;
    return {
      hashes: new Uint32Array(chunkSize),
      connections: new Uint32Array(chunkSize),
      md5: new Uint32Array(this.keepsMd5 ? chunkSize : 0),
      checks: new Uint32Array(repeated),
      eventsPerS: new Float64Array(repeated),
    };
  }

  private freePlace(hash: number): number {
    const mask = this.places.length - 1;
    let place = placeOf(hash) & mask;
    while (this.places[place] !== 0) place = (place + 1) & mask;
    return place;
  }

  private rehash(): void {
    this.places = new Uint32Array(this.places.length * 4);
    this.each((hash, _md5, _connections, index) => {
      this.places[this.freePlace(hash)] = index + 1;
    });
  }
}

/** The first word of a key's MD5, little-endian, as ketama reads it. */
export function md5Word(key: string): number {
  // As text: ten times faster than as bytes, which cost a buffer each.
  const text = digest('md5', key);
  const word = Number.parseInt(text.slice(0, 8), 16);
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0;
}

/** A string of its own: one cut from a file would keep the whole piece of the file in memory. */
export function ownCopy(key: string): string {
  return Buffer.from(key, 'utf16le').toString('utf16le');
}

function placeOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
}

/** FNV-1a over code units: independent enough of CRC-32. */
function checkOf(key: string): number {
  let check = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    check = Math.imul(check ^ key.charCodeAt(i), 0x01000193);
  }
  return check >>> 0;
}
