/**
 * What things of a log weigh: an estimate of their memory, kept up to date as records are applied,
 * so that a worker knows at any time what it holds. A pure function of the log, the same at owner
 * and copy. The constants were held against the heap of Node 20: for logs of a few records to a
 * few hundred per key the estimate is 0.9 to 1.3 of what they take (docs/decisions/0012-memory.md).
 */
import type { InputRecord, OutwardEntry } from '../link/index.ts';
import type { KeyLog } from './key-log.ts';
import type { SlotLog } from './slot-log.ts';

const slotWeight = 1_000;
const keyBaseWeight = 1_050;
/** Beyond `recordBytes`: an object with its lists and strings. */
const recordExtra = 280;
/** Beyond the bytes of a payload: the object around it, its view and its buffer. */
const payloadWeight = 350;
const idWeight = 100;
const handledWeight = 130;
const lostReplyWeight = 110;
const presenceWeight = 260;

/** An estimate of the wire size of a record: its payloads and a constant. */
export function recordBytes(record: InputRecord): number {
  let bytes = 96 + record.inputId.length;
  for (const push of record.pushes) bytes += 32 + push.data.length;
  for (const reply of record.replies) bytes += 32 + reply.data.length;
  for (const out of record.outward) bytes += 32 + out.data.length;
  return bytes + (record.state?.length ?? 0);
}

/** What a retained record takes in memory. */
export function weightOfRecord(record: InputRecord): number {
  const payloads = record.pushes.length + record.replies.length + record.outward.length;
  return recordBytes(record) + recordExtra + payloadWeight * payloads;
}

/** Of a key without anything. */
export function weightOfKey(key: string): number {
  return keyBaseWeight + key.length;
}

export function weightOfState(state: KeyLog['state']): number {
  return state === undefined ? 0 : payloadWeight + state.length;
}

export function weightOfId(id: string): number {
  return idWeight + id.length;
}

export function weightOfHandled(session: string): number {
  return handledWeight + session.length;
}

export function weightOfLostReply(session: string): number {
  return lostReplyWeight + session.length;
}

export function weightOfPresence({
  session,
  gateway,
  user,
}: Readonly<Record<'session' | 'gateway' | 'user', string>>) {
  return presenceWeight + session.length + gateway.length + user.length;
}

export function weightOfOutward({ inputId, outward }: OutwardEntry): number {
  return outward.reduce((sum, { data }) => sum + payloadWeight + data.length, 200 + inputId.length);
}

/** All that a log takes, its tail included: also what the key's records hold stands there. */
export function weightOf(log: SlotLog | undefined): number {
  if (log === undefined || log.epoch === 0) return 0;
  return slotWeight + log.weight + log.tailBytes + recordExtra * log.tail.length;
}

/** The slow twin of `KeyLog.weight`. */
export function recountedKey(log: KeyLog): number {
  let weight = weightOfKey(log.key) + weightOfState(log.state);
  for (const record of log.records) weight += weightOfRecord(record);
  for (const id of log.ids.keys()) weight += weightOfId(id);
  for (const session of log.handled.keys()) weight += weightOfHandled(session);
  for (const session of log.lostReplies.keys()) weight += weightOfLostReply(session);
  for (const present of log.presence.values()) weight += weightOfPresence(present);
  return weight;
}

/** The slow twin of `SlotLog.weight`. */
export function recounted(log: SlotLog): number {
  let weight = 0;
  for (const key of log.keys.values()) weight += recountedKey(key);
  for (const entry of log.outbox.values()) weight += weightOfOutward(entry);
  return weight;
}
