/**
 * What a copy knows of one key: its retained records, ids, state, handled messages and open
 * sessions. A pure function of the records applied since the key was born, so that owner and
 * replica, having applied the same records, hold the same.
 */
import type { Idx, KeyEpoch, Offset } from '../base/index.ts';
import type { Bytes, InputRecord, KeyImage } from '../link/index.ts';
import type { WorkerLimits } from './core-types.ts';
import {
  recordBytes,
  recountedKey,
  weightOfHandled,
  weightOfId,
  weightOfKey,
  weightOfLostReply,
  weightOfPresence,
  weightOfRecord,
  weightOfState,
} from './weights.ts';

export interface Presence {
  readonly session: string;
  readonly connection: number;
  readonly gateway: string;
  readonly user: string;
}

export interface KeyLog {
  readonly key: string;
  /** Idx of the birth record; with the slot's epoch it names the key's epoch. */
  readonly born: Idx;
  nextOffset: Offset;
  /** The newest records, contiguous by offset, ending at `nextOffset`. */
  readonly records: InputRecord[];
  /** A session that stands lower has missed pushes that are no longer retained. */
  lostBefore: Offset;
  /** The same for replies, by session, least recent first. */
  readonly lostReplies: Map<string, Offset>;
  /** Of the retained records, as `retentionBytesMax` counts them. */
  bytes: number;
  /** Estimate of the memory that all of this takes. */
  weight: number;
  /** Ids of recent events, opens and closes, oldest first (rule B9). */
  readonly ids: Map<string, Idx>;
  state: Bytes | undefined;
  /** By session: highest handled message and its record (rule M1), least recent first. */
  readonly handled: Map<string, { readonly n: number; readonly idx: Idx }>;
  readonly presence: Map<string, Presence>;
}

export function newKeyLog(key: string, born: Idx): KeyLog {
  return {
    key,
    born,
    nextOffset: 0,
    records: [],
    lostBefore: 0,
    lostReplies: new Map(),
    bytes: 0,
    weight: weightOfKey(key),
    ids: new Map(),
    state: undefined,
    handled: new Map(),
    presence: new Map(),
  };
}

/** Offset of the oldest retained record; `nextOffset` when there is none. */
export function firstOffset(log: KeyLog): Offset {
  return log.nextOffset - log.records.length;
}

/**
 * Whether a session that stands at `next` can be shown all that was meant for it. Records that
 * held nothing for it count for nothing: they are not sent, so its position waits below them.
 */
export function isRetained(log: KeyLog, session: string, next: Offset): boolean {
  return next >= log.lostBefore && next >= (log.lostReplies.get(session) ?? 0);
}

export function recordAt(log: KeyLog, offset: Offset): InputRecord | undefined {
  return log.records[offset - firstOffset(log)];
}

/** Why the input of the record at `idx` failed; '' when it did not, or is no longer retained. */
export function failureAt(log: KeyLog, idx: Idx): string {
  return log.records.findLast((record) => record.idx === idx)?.failure ?? '';
}

export function keyEpochOf(cluster: string, slotEpoch: number, log: KeyLog): KeyEpoch {
  return `${cluster}-${slotEpoch}-${log.born}`;
}

export function applyInput(log: KeyLog, record: InputRecord, limits: WorkerLimits): void {
  log.records.push(record);
  log.bytes += recordBytes(record);
  log.weight += weightOfRecord(record);
  log.nextOffset += 1;
  if (record.handled === undefined) remember(log, record.inputId, record.idx, limits);
  else noteHandled(log, record.handled.session, record.handled.n, record.idx, limits);
  if (record.state !== undefined) {
    log.weight += weightOfState(record.state) - weightOfState(log.state);
    log.state = record.state;
  }
  if (record.presence !== undefined) applyPresence(log, record.presence);
  trim(log, record.atMs - limits.retentionMs, limits);
}

export function noteHandled(
  log: KeyLog,
  session: string,
  n: number,
  idx: Idx,
  limits: WorkerLimits,
): void {
  if (!log.handled.delete(session)) log.weight += weightOfHandled(session);
  log.handled.set(session, { n, idx });
  const dropped = dropOldest(log.handled, limits.handledPerKeyMax);
  if (dropped !== undefined) log.weight -= weightOfHandled(dropped);
}

export function keyLogOf(image: KeyImage): KeyLog {
  const log = newKeyLog(image.key, image.born);
  log.nextOffset = image.nextOffset;
  log.state = image.state;
  for (const record of image.records) {
    log.records.push(record);
    log.bytes += recordBytes(record);
  }
  log.lostBefore = image.lostBefore;
  for (const { session, before } of image.lostReplies) log.lostReplies.set(session, before);
  for (const { id, idx } of image.ids) log.ids.set(id, idx);
  for (const { session, n, idx } of image.handled) log.handled.set(session, { n, idx });
  for (const present of image.presence) log.presence.set(present.session, present);
  log.weight = recountedKey(log);
  return log;
}

export function imageOf(log: KeyLog): KeyImage {
  return {
    key: log.key,
    born: log.born,
    nextOffset: log.nextOffset,
    records: log.records.slice(),
    lostBefore: log.lostBefore,
    lostReplies: Array.from(log.lostReplies, ([session, before]) => ({ session, before })),
    ids: Array.from(log.ids, ([id, idx]) => ({ id, idx })),
    state: log.state,
    handled: Array.from(log.handled, ([session, { n, idx }]) => ({ session, n, idx })),
    presence: Array.from(log.presence.values()),
  };
}

interface OneConnection {
  readonly session: string;
  readonly connection: number;
}

/** Id of a session's close as its gateway reports it. */
export function closeId({ session, connection }: OneConnection): string {
  return `c/${session}/${connection}`;
}

/** Id of the owner's own conclusion that a session is gone, which its gateway may prove wrong (B8). */
export function guessedCloseId({ session, connection }: OneConnection): string {
  return `g/${session}/${connection}`;
}

function applyPresence(log: KeyLog, change: NonNullable<InputRecord['presence']>): void {
  const { session, connection, gateway, user, open } = change;
  const before = log.presence.get(session);
  if (before !== undefined) log.weight -= weightOfPresence(before);
  if (open) {
    log.presence.set(session, { session, connection, gateway, user });
    log.weight += weightOfPresence(change);
    const guessed = guessedCloseId(change); // it was wrong, and may be right another time
    if (log.ids.delete(guessed)) log.weight -= weightOfId(guessed);
  } else {
    log.presence.delete(session);
  }
}

function remember(log: KeyLog, id: string, idx: Idx, limits: WorkerLimits): void {
  const { ids } = log;
  const sizeBefore = ids.size;
  ids.set(id, idx);
  if (ids.size > sizeBefore) log.weight += weightOfId(id);
  const dropped = dropOldest(ids, limits.idsPerKeyMax);
  if (dropped !== undefined) log.weight -= weightOfId(dropped);
}

function dropOldest(map: Map<string, unknown>, sizeMax: number): string | undefined {
  if (map.size <= sizeMax) return undefined;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return oldest;
  }
  return undefined;
}

/** By count, bytes and age, all taken from the records: the same on every copy. */
export function trim(log: KeyLog, oldestAtMs: number, limits: WorkerLimits): void {
  let excess = 0;
  let bytes = log.bytes;
  for (const record of log.records) {
    const left = log.records.length - excess;
    const isTooMuch = left > limits.retentionEventsMax || bytes > limits.retentionBytesMax;
    if (left === 1 || !(isTooMuch || record.atMs < oldestAtMs)) break;
    bytes -= recordBytes(record);
    excess += 1;
  }
  if (excess === 0) return;
  for (const record of log.records.splice(0, excess)) {
    log.weight -= weightOfRecord(record);
    noteLost(log, record, limits);
  }
  log.bytes = bytes;
}

function noteLost(log: KeyLog, record: InputRecord, limits: WorkerLimits): void {
  const before = record.offset + 1;
  if (record.pushes.length > 0) log.lostBefore = before;
  for (const { session } of record.replies) {
    if (!log.lostReplies.delete(session)) log.weight += weightOfLostReply(session);
    log.lostReplies.set(session, before);
  }
  for (const [session, oldest] of log.lostReplies) {
    if (log.lostReplies.size <= limits.handledPerKeyMax) return;
    // No longer known whose they were: lost to everybody below.
    log.lostReplies.delete(session);
    log.weight -= weightOfLostReply(session);
    log.lostBefore = Math.max(log.lostBefore, oldest);
  }
}
