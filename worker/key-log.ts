/**
 * What a copy knows of one key: its retained records, ids, state, handled messages and open
 * sessions. A pure function of the records applied since the key was born, so that owner and
 * replica, having applied the same records, hold the same.
 */
import type { Idx, KeyEpoch, Offset } from '../base/index.ts';
import type { Bytes, InputRecord, KeyImage } from '../link/index.ts';
import type { WorkerLimits } from './core-types.ts';

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
  bytes: number;
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

/** An estimate of the memory and wire size of a record: its payloads and a constant. */
export function recordBytes(record: InputRecord): number {
  let bytes = 96 + record.inputId.length;
  for (const push of record.pushes) bytes += 32 + push.data.length;
  for (const reply of record.replies) bytes += 32 + reply.data.length;
  for (const out of record.outward) bytes += 32 + out.data.length;
  return bytes + (record.state?.length ?? 0);
}

export function applyInput(log: KeyLog, record: InputRecord, limits: WorkerLimits): void {
  log.records.push(record);
  log.bytes += recordBytes(record);
  log.nextOffset += 1;
  if (record.handled === undefined) remember(log.ids, record.inputId, record.idx, limits);
  else noteHandled(log, record.handled.session, record.handled.n, record.idx, limits);
  if (record.state !== undefined) log.state = record.state;
  if (record.presence !== undefined) applyPresence(log, record.presence);
  trim(log, record.atMs, limits);
}

export function noteHandled(
  log: KeyLog,
  session: string,
  n: number,
  idx: Idx,
  limits: WorkerLimits,
): void {
  log.handled.delete(session);
  log.handled.set(session, { n, idx });
  dropOldest(log.handled, limits.handledPerKeyMax);
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
  if (open) {
    log.presence.set(session, { session, connection, gateway, user });
    log.ids.delete(guessedCloseId(change)); // it was wrong, and may be right another time
  } else {
    log.presence.delete(session);
  }
}

function remember(ids: Map<string, Idx>, id: string, idx: Idx, limits: WorkerLimits): void {
  ids.set(id, idx);
  dropOldest(ids, limits.idsPerKeyMax);
}

function dropOldest(map: Map<string, unknown>, sizeMax: number): void {
  if (map.size <= sizeMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** By count, bytes and age, all taken from the records: the same on every copy. */
function trim(log: KeyLog, newestAtMs: number, limits: WorkerLimits): void {
  const oldestAtMs = newestAtMs - limits.retentionMs;
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
  for (const record of log.records.splice(0, excess)) noteLost(log, record, limits);
  log.bytes = bytes;
}

function noteLost(log: KeyLog, record: InputRecord, limits: WorkerLimits): void {
  const before = record.offset + 1;
  if (record.pushes.length > 0) log.lostBefore = before;
  for (const { session } of record.replies) {
    log.lostReplies.delete(session);
    log.lostReplies.set(session, before);
  }
  for (const [session, oldest] of log.lostReplies) {
    if (log.lostReplies.size <= limits.handledPerKeyMax) return;
    // No longer known whose they were: lost to everybody below.
    log.lostReplies.delete(session);
    log.lostBefore = Math.max(log.lostBefore, oldest);
  }
}
