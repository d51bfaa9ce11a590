/**
 * Replicate before effect: a record is appended, confirmed by every copy (rule C2), and only
 * then shown, acknowledged and published; by a new owner only once all it adopted is committed
 * (C3). Every effect passes `settle`, behind the lease check.
 */
import type { Idx } from '../base/index.ts';
import type { InputRecord, LogRecord } from '../link/index.ts';
import { mayActAsOwner } from './lease.ts';
import { publishCommitted } from './outbox.ts';
import { grantAttaches, show } from './positions.ts';
import { noteQuiet } from './quiet.ts';
import { emit, type Own, otherCopies, type SlotState, type WorkerState } from './slot.ts';
import type { SlotLog } from './slot-log.ts';

/** Moves the commit forward and has all effects that are due, if I may act at all. */
export function settle(state: WorkerState, slot: SlotState): void {
  const { own, log } = slot;
  if (own === undefined || log === undefined) return;
  const limit = commitLimit(state, slot, own, log);
  const isBehind = limit > own.commit || own.acks.length > 0 || own.attaches.length > 0;
  const hasOutbox = log.outbox.size > 0 && own.outbox.cursor < own.commit;
  if (!isBehind && !hasOutbox) return;
  if (!mayActAsOwner(state, slot, own) && !state.plants.has('no-lease')) {
    state.stalled.add(slot);
    return;
  }
  const wasAdopted = own.commit >= own.adopt;
  for (const record of advance(state, slot, own, limit)) {
    if (record.kind === 'input' && record.idx >= own.adopt) showAll(state, slot, own, record);
  }
  if (own.commit < own.adopt) return;
  if (own.acks.length > 0) sendAcks(state, slot, own);
  if (own.attaches.length > 0) grantAttaches(state, slot, own, log);
  publishCommitted(state, slot, own, log);
  if (!wasAdopted) state.toPump.add(slot);
}

/**
 * Rule C2: what all copies, confirmed and pending, hold. A second copy that is only proposed does
 * not end being alone: if I died before the table names it, nobody would ask it for the log.
 */
function commitLimit(state: WorkerState, slot: SlotState, own: Own, log: SlotLog): Idx {
  if (state.plants.has('ack-before-replicated')) return log.length;
  if (own.epoch !== log.epoch) return own.commit; // first used: not in the table yet
  if (own.copies.length === 1 && !own.actsAlone) return own.commit;
  let limit = log.length;
  for (const copy of otherCopies(state, slot, own)) {
    const stream = own.streams.get(copy);
    if (stream === undefined || !stream.synced) return own.commit;
    limit = Math.min(limit, stream.acked);
  }
  return Math.max(limit, own.commit);
}

function advance(state: WorkerState, slot: SlotState, own: Own, limit: Idx): readonly LogRecord[] {
  const count = limit - own.commit;
  if (count <= 0) return [];
  own.commit = limit;
  // Adopted records are in no list: `uncommitted` begins at `adopt`.
  const firstIdx = own.uncommitted[0]?.idx ?? limit;
  const records = own.uncommitted.splice(0, Math.max(0, limit - firstIdx));
  for (const record of records) {
    if (record.kind !== 'input') continue;
    const left = (own.uncommittedOf.get(record.key) ?? 1) - 1;
    if (left === 0) {
      own.uncommittedOf.delete(record.key);
      noteQuiet(state, slot, own, record.key);
    } else own.uncommittedOf.set(record.key, left);
  }
  return records;
}

function showAll(state: WorkerState, slot: SlotState, own: Own, record: InputRecord): void {
  for (const binding of own.bindings.values()) {
    const subscription = binding.subscriptions.get(record.key);
    if (subscription !== undefined) show(state, slot, binding, subscription, record);
  }
}

function sendAcks(state: WorkerState, slot: SlotState, own: Own): void {
  const waiting = [];
  for (const ack of own.acks) {
    if (ack.idx >= own.commit) {
      waiting.push(ack);
      continue;
    }
    const { gateway, binding, n, failure } = ack;
    if (own.bindings.get(gateway)?.binding !== binding) continue;
    emit(state, {
      kind: 'send',
      peer: gateway,
      message: { type: 'INPUT_ACK', slot: slot.slot, binding, n, failure },
    });
  }
  own.acks = waiting;
}
