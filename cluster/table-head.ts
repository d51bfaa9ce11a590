/**
 * The first part of an encoded table: the boots, and each combination of owner and copies that a
 * slot may name by one number. Numbers stay what they are from version to version, new ones come
 * at the end: so most blocks of slots keep their very bytes (`table-codec.ts`).
 *
 *   u8 version=2 | u32 slotCount | u16 bootCount | bootCount × (u8 length, ASCII)
 *   u32 firstHolders | u32 holderCount | holderCount × (u16 owner, u16 first, u16 second copy)
 *
 * Big-endian; a boot is its index + 1, 0 = none.
 */
import { assert, type BootId } from '../base/index.ts';
import { CoordinatorError } from './coordinator.ts';
import { type Entry, unowned } from './table.ts';

/** Of a slot, or of many. */
export type Holders = Pick<Entry, 'owner' | 'copies'>;

export interface Head {
  readonly slotCount: number;
  /** By number; number 0 is nobody, of slots that were never owned. */
  readonly holders: readonly Holders[];
  /** How many there were when the numbers were given anew. */
  readonly firstHolders: number;
}

const version = 2;
/** Of processes named in one table. */
const bootsMax = 0xffff;
const bootBytesMax = 255;
/** The ring simulator's largest; a cluster has 16,384. */
const slotCountMax = 1_048_576;
const bootsAt = 7;
const holderBytes = 6;

export function writeHead({ slotCount, holders, firstHolders }: Head): Buffer {
  const boots = new Map<BootId, number>();
  const indexOf = (boot: BootId | undefined): number => {
    if (boot === undefined) return 0;
    const known = boots.get(boot);
    if (known !== undefined) return known;
    boots.set(boot, boots.size + 1);
    return boots.size;
  };
  const named = Buffer.alloc(8 + (holders.length - 1) * holderBytes);
  named.writeUInt32BE(firstHolders, 0);
  named.writeUInt32BE(holders.length - 1, 4);
  for (let i = 1; i < holders.length; i += 1) {
    const { owner, copies } = holders[i] ?? unowned;
    for (const [j, boot] of [owner, copies[0], copies[1]].entries()) {
      named.writeUInt16BE(indexOf(boot), 8 + (i - 1) * holderBytes + 2 * j);
    }
    assert(boots.size <= bootsMax, `${boots.size} boots in the table`);
  }
  const start = Buffer.alloc(bootsAt);
  start.writeUInt8(version, 0);
  start.writeUInt32BE(slotCount, 1);
  start.writeUInt16BE(boots.size, 5);
  const names = [...boots.keys()].flatMap((boot) => {
    const name = Buffer.from(boot, 'latin1');
    assert(name.length <= bootBytesMax, `boot identity ${boot}`);
    return [Buffer.of(name.length), name];
  });
  return Buffer.concat([start, ...names, named]);
}

/** @throws CoordinatorError `coordinator.bad_table` */
export function readHead(bytes: Buffer): { readonly head: Head; readonly end: number } {
  if (bytes[0] !== version) throw badTable(`version ${bytes[0]}, not ${version}`);
  if (bytes.length < bootsAt) throw badTable(`${bytes.length} bytes`);
  const slotCount = bytes.readUInt32BE(1);
  if (slotCount > slotCountMax) throw badTable(`${slotCount} slots, over ${slotCountMax}`);
  const { boots, end: at } = readBoots(bytes, bytes.readUInt16BE(5));
  if (bytes.length < at + 8) throw badTable(`${bytes.length} bytes`);
  const firstHolders = bytes.readUInt32BE(at);
  const count = bytes.readUInt32BE(at + 4);
  const end = at + 8 + count * holderBytes;
  if (bytes.length < end) throw badTable(`${bytes.length} bytes for ${count} holders`);
  const holders: Holders[] = [unowned];
  for (let from = at + 8; from < end; from += holderBytes) {
    holders.push(holdersAt(bytes, from, boots));
  }
  return { head: { slotCount, holders, firstHolders }, end };
}

/** What the table promises of every entry is checked where it comes in. */
function holdersAt(bytes: Buffer, from: number, boots: readonly BootId[]): Holders {
  const bootAt = (at: number): BootId => {
    const index = bytes.readUInt16BE(at);
    const boot = boots[index];
    if (boot === undefined) throw badTable(`boot ${index} of ${boots.length - 1}`);
    return boot;
  };
  const [owner, first, second] = [bootAt(from), bootAt(from + 2), bootAt(from + 4)];
  const copies = second === '' ? [first] : [first, second];
  if (owner === '' || first === '' || first === second || !copies.includes(owner)) {
    throw badTable(`a slot is owned by "${owner}" with the copies "${copies.join('", "')}"`);
  }
  return { owner, copies };
}

/** By index, the first one being "none". */
function readBoots(bytes: Buffer, count: number): { boots: readonly BootId[]; end: number } {
  const boots: BootId[] = [''];
  let end = bootsAt;
  for (let i = 0; i < count; i += 1) {
    const start = end + 1;
    const length = bytes[end];
    if (length === undefined || length === 0 || start + length > bytes.length) {
      throw badTable(`boot ${i + 1} of ${count} is cut off or empty`);
    }
    end = start + length;
    boots.push(bytes.toString('latin1', start, end));
  }
  return { boots, end };
}

export function badTable(what: string): CoordinatorError {
  return new CoordinatorError('coordinator.bad_table', `the table is unreadable: ${what}`);
}
