/**
 * The table as bytes, for ZooKeeper. Every process reads every version of it, and a crash makes a
 * dozen within half a second, so what matters is the cost of a version that is almost the one
 * before: blocks of slots whose bytes are equal are neither read nor written again.
 *
 *   head (`table-head.ts`) | u16[] bytes of each block | blocks of 64 slots (`table-blocks.ts`)
 *
 * Not deflated: runs are as short, and an inflated table would have to be compared in full.
 */
import { assert, type BootId } from '../base/index.ts';
import { type Changes, type Entry, type Table, unowned, withChanges } from './table.ts';
import {
  BlockReader,
  blockBytesMax,
  blockSlots,
  type DraftSlots,
  writeBlock,
} from './table-blocks.ts';
import { badTable, type Head, type Holders, readHead, writeHead } from './table-head.ts';

/** A table and its bytes, with what the next version is made from. Immutable. */
export interface EncodedTable {
  readonly table: Table;
  readonly bytes: Buffer;
  readonly head: Head;
  /** Number of each slot's holders. */
  readonly holderOf: Uint32Array;
  /** Where each block begins, and where the last one ends. */
  readonly starts: Uint32Array;
}

/** Numbers of holders that may go out of use before all are given anew, besides as many as then. */
const spareHolders = 64;

/** With the numbers of holders given anew. */
export function encodeTable(table: Table): EncodedTable {
  const numbers = new HolderNumbers([unowned]);
  const slotCount = table.entries.length;
  const holderOf = new Uint32Array(slotCount);
  for (let slot = 0; slot < slotCount; slot += 1) {
    holderOf[slot] = numbers.of(table.entries[slot] ?? unowned);
  }
  const firstHolders = numbers.holders.length - 1;
  return assemble(table, { slotCount, holders: numbers.holders, firstHolders }, holderOf);
}

/** The next version: costs what changes, and a copy of the rest. */
export function changeTable(before: EncodedTable, changes: Changes): EncodedTable {
  if (changes.size === 0) return before;
  const table = withChanges(before.table, changes);
  const { firstHolders, slotCount } = before.head;
  const numbers = new HolderNumbers(before.head.holders);
  const holderOf = before.holderOf.slice();
  for (const [slot, entry] of changes) holderOf[slot] = numbers.of(entry);
  const { holders } = numbers;
  if (holders.length > 2 * firstHolders + spareHolders) return encodeTable(table);
  const dirty = new Set(Array.from(changes.keys(), (slot) => Math.floor(slot / blockSlots)));
  return assemble(table, { slotCount, holders, firstHolders }, holderOf, { before, dirty });
}

/**
 * Entries equal to those of `before` are the same objects; if all are, so is the table.
 * @throws CoordinatorError `coordinator.bad_table`
 */
export function decodeTable(bytes: Buffer, before?: EncodedTable): EncodedTable {
  if (before?.bytes.equals(bytes)) return before;
  const { head, end } = readHead(bytes);
  const { slotCount } = head;
  const starts = readStarts(bytes, slotCount, end);
  const last = before?.head.slotCount === slotCount ? before : undefined;
  const isComparable = last !== undefined && isContinued(last.head.holders, head.holders);
  const slots: DraftSlots = {
    entries: last?.table.entries.slice() ?? new Array<Entry>(slotCount).fill(unowned),
    holderOf: last?.holderOf.slice() ?? new Uint32Array(slotCount),
  };
  const reader = new BlockReader(bytes, head.holders);
  let isChanged = false;
  for (let block = 0; block < starts.length - 1; block += 1) {
    const [from, to] = [starts[block] ?? 0, starts[block + 1] ?? 0];
    if (isComparable && isSameBlock(last, block, bytes, from, to)) continue;
    if (reader.read(block, from, to, slots)) isChanged = true;
  }
  const table = last !== undefined && !isChanged ? last.table : { entries: slots.entries };
  return { table, bytes, head, holderOf: slots.holderOf, starts };
}

/** Gives numbers to holders: known ones as before, new ones at the end. */
class HolderNumbers {
  readonly holders: Holders[];
  /** By owner, first and second copy: a text made of the three is dearer than three look-ups. */
  private readonly numbers = new Map<BootId, Map<BootId, Map<BootId, number>>>();
  private last: Holders = unowned;
  private lastNumber = 0;

  constructor(holders: readonly Holders[]) {
    this.holders = [...holders];
    for (const [number, one] of holders.entries()) this.bySecond(one).set(secondOf(one), number);
  }

  of(entry: Entry): number {
    // Neighbours are often alike.
    if (isSame(this.last, entry)) return this.lastNumber;
    const { owner, copies } = entry;
    if (copies.length > 2) assert(false, `an entry of ${owner} has ${copies.length} copies`);
    const numbers = this.bySecond(entry);
    let number = numbers.get(secondOf(entry));
    if (number === undefined) {
      number = this.holders.length;
      this.holders.push({ owner, copies });
      numbers.set(secondOf(entry), number);
    }
    this.last = entry;
    this.lastNumber = number;
    return number;
  }

  private bySecond({ owner, copies }: Holders): Map<BootId, number> {
    const byFirst = within(this.numbers, owner);
    return within(byFirst, copies[0] ?? '');
  }
}

function secondOf({ copies }: Holders): BootId {
  return copies[1] ?? '';
}

function within<V>(maps: Map<BootId, Map<BootId, V>>, boot: BootId): Map<BootId, V> {
  let map = maps.get(boot);
  if (map === undefined) {
    map = new Map();
    maps.set(boot, map);
  }
  return map;
}

function isSame(a: Holders, b: Holders): boolean {
  return a.owner === b.owner && a.copies[0] === b.copies[0] && a.copies[1] === b.copies[1];
}

function isContinued(before: readonly Holders[], after: readonly Holders[]): boolean {
  return before.every((one, number) => {
    const now = after[number];
    return now !== undefined && isSame(one, now);
  });
}

interface Earlier {
  readonly before: EncodedTable;
  /** Blocks that are not as they were. */
  readonly dirty: ReadonlySet<number>;
}

function assemble(
  table: Table,
  head: Head,
  holderOf: Uint32Array,
  earlier?: Earlier,
): EncodedTable {
  const headBytes = writeHead(head);
  const blocks = Math.ceil(head.slotCount / blockSlots);
  const starts = new Uint32Array(blocks + 1);
  const slots = { entries: table.entries, holderOf };
  let at = headBytes.length + 2 * blocks;
  const written = (earlier?.dirty.size ?? blocks) * blockBytesMax;
  const out = Buffer.allocUnsafe(at + written + (earlier?.before.bytes.length ?? 0));
  headBytes.copy(out);
  for (let block = 0; block < blocks; block += 1) {
    starts[block] = at;
    if (earlier === undefined || earlier.dirty.has(block)) {
      at = writeBlock(out, at, block, slots);
    } else {
      const { bytes, starts: from } = earlier.before;
      at += bytes.copy(out, at, from[block], from[block + 1]);
    }
    out.writeUInt16BE(at - (starts[block] ?? 0), headBytes.length + 2 * block);
  }
  starts[blocks] = at;
  return { table, bytes: Buffer.from(out.subarray(0, at)), head, holderOf, starts };
}

function readStarts(bytes: Buffer, slotCount: number, end: number): Uint32Array {
  const blocks = Math.ceil(slotCount / blockSlots);
  const starts = new Uint32Array(blocks + 1);
  let at = end + 2 * blocks;
  if (bytes.length < at) throw badTable(`${bytes.length} bytes for ${slotCount} slots`);
  for (let block = 0; block < blocks; block += 1) {
    starts[block] = at;
    at += bytes.readUInt16BE(end + 2 * block);
  }
  starts[blocks] = at;
  if (bytes.length !== at) throw badTable(`${bytes.length} bytes instead of ${at}`);
  return starts;
}

function isSameBlock(
  before: EncodedTable,
  block: number,
  bytes: Buffer,
  from: number,
  to: number,
): boolean {
  const [start = 0, end = 0] = [before.starts[block], before.starts[block + 1]];
  return end - start === to - from && bytes.compare(before.bytes, start, end, from, to) === 0;
}
