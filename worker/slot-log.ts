/**
 * A slot's log as a copy holds it: keys, outbox, and the newest records for continuing another
 * copy without a snapshot. Applying records is the only way it changes, and deterministic.
 */
import { createHash } from 'node:crypto';
import { assert, type Idx, present, type Term, unreachable } from '../base/index.ts';
import type { InputRecord, KeyImage, LogRecord, OutwardEntry } from '../link/index.ts';
import type { WorkerLimits } from './core-types.ts';
import {
  applyInput,
  imageOf,
  type KeyLog,
  keyLogOf,
  newKeyLog,
  noteHandled,
  trim,
} from './key-log.ts';
import { recordBytes, recounted, weightOfOutward } from './weights.ts';

const publicationIdMax = 200;

export interface SlotLog {
  readonly epoch: number;
  /** Idx of the next record: the log holds everything below. */
  length: Idx;
  /** Term of the newest record; 0 while there is none. */
  lastTerm: Term;
  readonly keys: Map<string, KeyLog>;
  /** Outward messages not struck off yet, by record, oldest first (rule O1). */
  readonly outbox: Map<Idx, OutwardEntry>;
  /** Estimate of the memory of keys and outbox, the same on every copy. */
  weight: number;
  /** The newest records, contiguous, ending at `length`. */
  readonly tail: LogRecord[];
  tailBytes: number;
  /** `length` when the tail was last aged. */
  tailAgedAt: Idx;
}

export function newSlotLog(epoch: number): SlotLog {
  return {
    epoch,
    length: 0,
    lastTerm: 0,
    keys: new Map(),
    outbox: new Map(),
    weight: 0,
    tail: [],
    tailBytes: 0,
    tailAgedAt: 0,
  };
}

/** Applies the next record; the caller has checked that it is the next. */
export function applyRecord(log: SlotLog, record: LogRecord, limits: WorkerLimits): void {
  assert(record.idx === log.length, () => `record ${record.idx} applied at ${log.length}`);
  switch (record.kind) {
    case 'input':
      changeKey(
        log,
        present(log.keys.get(record.key), () => `key of record ${record.idx}`),
        (keyLog) => applyInput(keyLog, record, limits),
      );
      if (record.outward.length > 0) addOutward(log, outwardEntryOf(record));
      strike(log, record.strikes);
      break;
    case 'birth':
      addKey(log, newKeyLog(record.key, record.idx));
      break;
    case 'evict':
      for (const key of record.keys) forget(log, key);
      break;
    case 'trim':
      for (const keyLog of log.keys.values()) {
        changeKey(log, keyLog, () => trim(keyLog, record.beforeMs, limits));
      }
      break;
    case 'strike':
      strike(log, record.strikes);
      break;
    case 'seal':
      strike(log, record.strikes);
      for (const { key, session, n } of record.volatileHandled) {
        const keyLog = log.keys.get(key);
        if (keyLog === undefined) continue;
        changeKey(log, keyLog, () => noteHandled(keyLog, session, n, record.idx, limits));
      }
      break;
    default:
      unreachable(record);
  }
  log.length += 1;
  log.lastTerm = record.term;
  extendTail(log, record, limits);
}

/** Whether applying `record` next would break no rule of the log: for records from outside. */
export function fits(log: SlotLog, record: LogRecord): boolean {
  if (record.idx !== log.length) return false;
  if (record.kind === 'birth') return !log.keys.has(record.key);
  if (record.kind !== 'input') return true;
  return log.keys.get(record.key)?.nextOffset === record.offset;
}

/** Term of the record before `idx`; undefined when the tail does not reach back that far. */
export function termBefore(log: SlotLog, idx: Idx): Term | undefined {
  if (idx === log.length) return log.lastTerm;
  return log.tail[idx - 1 - tailFrom(log)]?.term;
}

/** The records from `from` on; undefined when the tail does not reach back that far. */
export function recordsFrom(log: SlotLog, from: Idx): readonly LogRecord[] | undefined {
  const skip = from - tailFrom(log);
  return skip < 0 || from > log.length ? undefined : log.tail.slice(skip);
}

export function sizeOf(record: LogRecord): number {
  return record.kind === 'input' ? recordBytes(record) + record.key.length : 64;
}

export interface LogImage {
  readonly epoch: number;
  readonly length: Idx;
  readonly lastTerm: Term;
  readonly keys: readonly KeyImage[];
  readonly outbox: readonly OutwardEntry[];
}

export function slotLogOf(image: LogImage): SlotLog {
  const log = newSlotLog(image.epoch);
  log.length = image.length;
  log.lastTerm = image.lastTerm;
  for (const key of image.keys) log.keys.set(key.key, keyLogOf(key));
  for (const entry of image.outbox) log.outbox.set(entry.idx, entry);
  log.weight = recounted(log);
  return log;
}

export function imageOfLog(log: SlotLog): LogImage {
  return {
    epoch: log.epoch,
    length: log.length,
    lastTerm: log.lastTerm,
    keys: Array.from(log.keys.values(), imageOf),
    outbox: Array.from(log.outbox.values()),
  };
}

function tailFrom(log: SlotLog): Idx {
  return log.length - log.tail.length;
}

function outwardEntryOf(record: InputRecord): OutwardEntry {
  return {
    idx: record.idx,
    inputId: publicationIdOf(record),
    outward: record.outward,
  };
}

/**
 * The same whoever publishes it. Long ones are hashed: an event that is passed on from key to key
 * would carry the ids of its whole way, and AMQP takes no more than 255 bytes.
 */
function publicationIdOf({ key, inputId }: InputRecord): string {
  const plain = `${key}|${inputId}`;
  if (Buffer.byteLength(plain) <= publicationIdMax) return plain;
  return createHash('sha256').update(plain).digest('base64url');
}

function addKey(log: SlotLog, keyLog: KeyLog): void {
  log.keys.set(keyLog.key, keyLog);
  log.weight += keyLog.weight;
}

function changeKey(log: SlotLog, keyLog: KeyLog, change: (keyLog: KeyLog) => void): void {
  log.weight -= keyLog.weight;
  change(keyLog);
  log.weight += keyLog.weight;
}

function forget(log: SlotLog, key: string): void {
  log.weight -= log.keys.get(key)?.weight ?? 0;
  log.keys.delete(key);
}

function addOutward(log: SlotLog, entry: OutwardEntry): void {
  log.outbox.set(entry.idx, entry);
  log.weight += weightOfOutward(entry);
}

function strike(log: SlotLog, strikes: readonly Idx[]): void {
  for (const idx of strikes) {
    const entry = log.outbox.get(idx);
    if (entry === undefined) continue;
    log.outbox.delete(idx);
    log.weight -= weightOfOutward(entry);
  }
}

function extendTail(log: SlotLog, record: LogRecord, limits: WorkerLimits): void {
  log.tail.push(record);
  log.tailBytes += sizeOf(record);
  const isOver = log.tail.length > limits.tailRecordsMax || log.tailBytes > limits.tailBytesMax;
  if (!isOver || log.tail.length === 1) return;
  // A quarter at a time, so that the array is not shifted for each record.
  dropFromTail(log, Math.ceil(log.tail.length / 4));
}

/**
 * Drops what was in the tail at the last call already. The limits bound the tail of one slot; of
 * thousands of slots with a record now and then, only age bounds them all.
 */
export function ageTail(log: SlotLog): void {
  if (log.tail.length === 0) return;
  dropFromTail(log, log.tail.length - (log.length - log.tailAgedAt));
  log.tailAgedAt = log.length;
}

/** A copy that lags behind then needs a snapshot. */
export function dropTail(log: SlotLog): void {
  dropFromTail(log, log.tail.length);
  log.tailAgedAt = log.length;
}

function dropFromTail(log: SlotLog, count: number): void {
  if (count <= 0) return;
  for (const old of log.tail.splice(0, count)) log.tailBytes -= sizeOf(old);
}
