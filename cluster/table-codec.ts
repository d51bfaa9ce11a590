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
  const boots = new Map<BootId, number>();
  const indexOf = (boot: BootId | undefined): number => {
    if (boot === undefined || boot === '') return 0;
    const known = boots.get(boot);
    if (known !== undefined) return known;
    boots.set(boot, boots.size + 1);
    return boots.size;
  };
  const columns = Buffer.alloc(entries.length * entryBytes);
  for (let slot = 0; slot < entries.length; slot += 1) {
    const { owner, copies, term, epoch } = entries[slot] ?? unowned;
    if (copies.length > 2) assert(false, `slot ${slot} has ${copies.length} copies`);
    putU16(columns, starts.owner, slot, indexOf(owner));
    putU16(columns, starts.first, slot, indexOf(copies[0]));
    putU16(columns, starts.second, slot, indexOf(copies[1]));
    putU32(columns, starts.term, slot, term);
    putU32(columns, starts.epoch, slot, epoch);
  }
  assert(boots.size <= bootsMax, `${boots.size} boots in the table`);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(entries.length, 0);
  head.writeUInt16BE(boots.size, 4);
  const names = [...boots.keys()].map((boot) => {
    const name = Buffer.from(boot, 'latin1');
    assert(name.length <= bootBytesMax, `boot identity ${boot}`);
    return Buffer.concat([Buffer.of(name.length), name]);
  });
  const plain = Buffer.concat([head, ...names, columns]);
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
  const columns = plain.subarray(end);
  if (columns.length !== slotCount * entryBytes) {
    throw badTable(`${columns.length} bytes for ${slotCount} slots`);
  }
  const bootAt = (index: number): BootId => {
    const boot = boots[index];
    if (boot === undefined) throw badTable(`boot ${index} of ${boots.length - 1}`);
    return boot;
  };
  const entries = new Array<Entry>(slotCount);
  let isSame = previous?.entries.length === slotCount;
  for (let slot = 0; slot < slotCount; slot += 1) {
    const owner = bootAt(u16(columns, starts.owner, slot));
    const first = bootAt(u16(columns, starts.first, slot));
    const second = bootAt(u16(columns, starts.second, slot));
    const term = u32(columns, starts.term, slot);
    const epoch = u32(columns, starts.epoch, slot);
    const candidate = { owner, first, second, term, epoch };
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

/** Where each column begins, in bytes for each slot of the table. */
const starts = { owner: 0, first: 2, second: 4, term: 6, epoch: 10 } as const;

function putU16(columns: Buffer, start: number, slot: number, value: number): void {
  const slotCount = columns.length / entryBytes;
  const at = start * slotCount + slot;
  columns[at] = value >>> 8;
  columns[at + slotCount] = value & 0xff;
}

function putU32(columns: Buffer, start: number, slot: number, value: number): void {
  // The message costs more than the rest of the loop, so it is made for a bug only.
  if (value < 0 || value >= 2 ** 32) assert(false, `slot ${slot}: ${value} in 4 bytes`);
  putU16(columns, start, slot, value >>> 16);
  putU16(columns, start + 2, slot, value & 0xffff);
}

function u16(columns: Buffer, start: number, slot: number): number {
  const slotCount = columns.length / entryBytes;
  const at = start * slotCount + slot;
  return ((columns[at] ?? 0) << 8) | (columns[at + slotCount] ?? 0);
}

function u32(columns: Buffer, start: number, slot: number): number {
  return u16(columns, start, slot) * 0x1_0000 + u16(columns, start + 2, slot);
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
