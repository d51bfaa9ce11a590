/**
 * Appending to one's own log, and what waits for the commit of what was appended. The copies are
 * fed and the effects follow at the end of the step (`core.ts`).
 */
import { assert, type Idx } from '../base/index.ts';
import type { LogRecord } from '../link/index.ts';
import { applyHeld } from './held.ts';
import { failureAt, type KeyLog } from './key-log.ts';
import type { Own, QueuedInput, SlotState, WorkerState } from './slot.ts';

/** Strikes carried by one record. */
const strikesPerRecordMax = 256;

export function nextRecordHead(slot: SlotState, own: Own): { idx: Idx; term: number } {
  return { idx: slot.log?.length ?? 0, term: own.term };
}

/** Appends to my own log; copies are sent it, and effects follow, at the end of the step. */
export function append(state: WorkerState, slot: SlotState, own: Own, record: LogRecord): void {
  if (slot.log === undefined) return;
  assert(slot.log.epoch !== 0, () => `record for slot ${slot.slot}, which is unused`);
  applyHeld(state, slot.log, record);
  own.uncommitted.push(record);
  if (record.kind === 'input') {
    own.uncommittedOf.set(record.key, (own.uncommittedOf.get(record.key) ?? 0) + 1);
  }
  // Struck off by whatever record: keys that waited at the outbox's bound may go on (rule O4).
  if ('strikes' in record && record.strikes.length > 0) state.toPump.add(slot);
  state.toAppend.add(slot);
  state.toCommit.add(slot);
}

/** Confirmed outward messages, to be struck off by the record that carries them (rule O2). */
export function takeStrikes(own: Own): readonly number[] {
  const strikes = own.outbox.confirmed.slice(0, strikesPerRecordMax);
  own.outbox.confirmed = own.outbox.confirmed.slice(strikes.length);
  return strikes;
}

/** An input that is in the log already: acknowledged when that record is committed (rule H2). */
export function ackKnown(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  keyLog: KeyLog | undefined,
  { queued, idx }: { readonly queued: QueuedInput; readonly idx: Idx },
): void {
  const failure = keyLog === undefined ? '' : failureAt(keyLog, idx);
  ackAt(own, queued, state.plants.has('dup-acked-at-once') ? -1 : idx, failure);
  state.toCommit.add(slot);
}

/** To be acknowledged when the record at `idx` is committed; −1 = when I may act. */
export function ackAt(own: Own, queued: QueuedInput, idx: Idx, failure: string): void {
  // Member by member: adding to a spread object costs microseconds in V8, and this is every input.
  const { gateway, binding, n } = queued;
  own.acks.push({ gateway, binding, n, idx, failure });
}
