/**
 * Slots as bytes, in blocks of 64 that can be read and written one by one. A block is runs of
 * equal entries; an entry that stands alone is a run of one:
 *
 *   varint number of the holders × 2 (+ 1 if u8 length − 2 follows) | varint term | varint epoch
 *
 * A varint has 7 bits in each byte, lowest first, and the top bit set in all but the last.
 */
import { assert } from '../base/index.ts';
import { type Entry, unowned } from './table.ts';
import { badTable, type Holders } from './table-head.ts';

export const blockSlots = 64;
const varintBytesMax = 5;
const runBytesMax = 3 * varintBytesMax + 1;
/** Less than its length can say, which has two bytes. */
export const blockBytesMax = blockSlots * runBytesMax;

/** What a table has for each slot. */
export interface Slots {
  readonly entries: readonly Entry[];
  /** Number of its holders. */
  readonly holderOf: Uint32Array;
}

export interface DraftSlots extends Slots {
  readonly entries: Entry[];
}

/** @returns the end of what was written at `at` */
export function writeBlock(out: Buffer, at: number, block: number, slots: Slots): number {
  const { entries, holderOf } = slots;
  const slotEnd = Math.min((block + 1) * blockSlots, entries.length);
  let end = at;
  let slot = block * blockSlots;
  while (slot < slotEnd) {
    const { term, epoch } = entries[slot] ?? unowned;
    const holder = holderOf[slot] ?? 0;
    const first = slot;
    do slot += 1;
    while (slot < slotEnd && holderOf[slot] === holder && isAt(entries[slot], term, epoch));
    const length = slot - first;
    end = writeVarint(out, end, length > 1 ? holder * 2 + 1 : holder * 2);
    if (length > 1) {
      out[end] = length - 2;
      end += 1;
    }
    end = writeVarint(out, end, term);
    end = writeVarint(out, end, epoch);
  }
  return end;
}

function isAt(entry: Entry | undefined, term: number, epoch: number): boolean {
  return entry?.term === term && entry.epoch === epoch;
}

function writeVarint(out: Buffer, at: number, value: number): number {
  // The message costs more than the rest, so it is made for a bug only.
  if (!(value >= 0 && value < 2 ** 32)) assert(false, `${value} in 4 bytes`);
  let rest = value;
  let end = at;
  while (rest >= 0x80) {
    out[end] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
    end += 1;
  }
  out[end] = rest;
  return end + 1;
}

/** Reads blocks of one table, one after the other. */
export class BlockReader {
  private readonly bytes: Buffer;
  private readonly holders: readonly Holders[];
  private at = 0;
  private end = 0;

  constructor(bytes: Buffer, holders: readonly Holders[]) {
    this.bytes = bytes;
    this.holders = holders;
  }

  /** Into `slots`, where entries that are equal stay the same objects.
   * @returns whether any is not
   * @throws CoordinatorError `coordinator.bad_table` */
  read(block: number, from: number, to: number, slots: DraftSlots): boolean {
    this.at = from;
    this.end = to;
    const slotEnd = Math.min((block + 1) * blockSlots, slots.entries.length);
    let slot = block * blockSlots;
    let isChanged = false;
    while (slot < slotEnd) {
      const tag = this.varint();
      const length = tag % 2 === 0 ? 1 : this.byte() + 2;
      const holder = Math.floor(tag / 2);
      const entry = this.entry(holder, slot);
      if (slot + length > slotEnd) throw badTable(`a run of ${length} from slot ${slot}`);
      for (const runEnd = slot + length; slot < runEnd; slot += 1) {
        slots.holderOf[slot] = holder;
        if (isEqual(slots.entries[slot], entry)) continue;
        slots.entries[slot] = entry;
        isChanged = true;
      }
    }
    if (this.at !== to) throw badTable(`${to - this.at} bytes too many before slot ${slotEnd}`);
    return isChanged;
  }

  private entry(holder: number, slot: number): Entry {
    const holders = this.holders[holder];
    if (holders === undefined) throw badTable(`holders ${holder} of ${this.holders.length - 1}`);
    const term = this.varint();
    const epoch = this.varint();
    if (holder > 0) return { owner: holders.owner, term, copies: holders.copies, epoch };
    if (term > 0 || epoch > 0) throw badTable(`slot ${slot} is nobody's in term ${term}`);
    return unowned;
  }

  private byte(): number {
    if (this.at >= this.end) throw badTable('a block is cut off');
    const value = this.bytes[this.at] ?? 0;
    this.at += 1;
    return value;
  }

  private varint(): number {
    let value = 0;
    let weight = 1;
    for (let i = 0; i < varintBytesMax; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) {
        if (value < 2 ** 32) return value;
        break;
      }
      weight *= 0x80;
    }
    throw badTable('a number over 32 bits');
  }
}

function isEqual(old: Entry | undefined, entry: Entry): boolean {
  if (old === entry) return true;
  return (
    old !== undefined &&
    old.term === entry.term &&
    old.epoch === entry.epoch &&
    old.owner === entry.owner &&
    old.copies[0] === entry.copies[0] &&
    old.copies[1] === entry.copies[1]
  );
}
