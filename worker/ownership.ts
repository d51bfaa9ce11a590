/**
 * Becoming and ceasing to be the owner of a slot (rules C9, Z4, H4). The log outlives both: an
 * owner takes over its copy, a former owner stays one.
 */
import type { Term } from '../base/index.ts';
import type { Entry } from '../cluster/index.ts';
import { closeBinding } from './bindings.ts';
import { revokeRun } from './runs.ts';
import { emit, note, type Own, type SlotState, type WorkerState } from './slot.ts';
import { newSlotLog } from './slot-log.ts';

/** Rule C9. */
export function becomeOwner(state: WorkerState, slot: SlotState, entry: Entry): void {
  if (entry.epoch === 0) slot.log = newSlotLog(0);
  else if (slot.log?.epoch !== entry.epoch) {
    const isNewEpoch = entry.copies.length === 1 && entry.epoch > slot.highestEpoch;
    if (!isNewEpoch) {
      slot.isHalted = true;
      note(state, 'slot.halted', slot, { term: entry.term, epoch: entry.epoch }, 'error');
      return;
    }
    slot.log = newSlotLog(entry.epoch);
    slot.highestEpoch = entry.epoch;
  }
  slot.source = undefined;
  slot.staging = undefined;
  slot.orphan = undefined;
  slot.sourceTerm = entry.term;
  slot.own = newOwn(state, entry, slot.log.length);
  state.toCommit.add(slot);
  note(state, 'slot.owned', slot, { term: entry.term, epoch: entry.epoch });
}

function newOwn(state: WorkerState, entry: Entry, length: number): Own {
  return {
    term: entry.term,
    phase: 'serving',
    phaseSinceMs: state.nowMs,
    copies: entry.copies,
    epoch: entry.epoch,
    adopt: length,
    commit: 0,
    uncommitted: [],
    uncommittedOf: new Map(),
    streams: new Map(),
    bindings: new Map(),
    queues: new Map(),
    runCount: 0,
    acks: [],
    attaches: [],
    aloneSinceMs: undefined,
    actsAlone: false,
    order: undefined,
    outbox: { cursor: 0, unconfirmed: new Map(), confirmed: [], confirmedSinceMs: 0 },
    volatileHandled: new Map(),
    idleSinceMs: new Map(),
  };
}

/** A term above all I know, said by another worker, ends my ownership at once (rule Z4). */
export function deposeByMessage(state: WorkerState, slot: SlotState, term: Term): void {
  if (term <= slot.known) return;
  slot.known = term;
  if (slot.own !== undefined) stepDown(state, slot, 'NOT_OWNER');
  emit(state, { kind: 'read' });
}

/** Ends ownership; the log stays as a copy. Bindings are closed for good, runs revoked (H4). */
export function stepDown(
  state: WorkerState,
  slot: SlotState,
  answer: 'NOT_OWNER' | 'MOVING',
): void {
  const { own } = slot;
  if (own === undefined) return;
  for (const binding of [...own.bindings.values()]) {
    closeBinding(state, slot, own, binding, answer);
  }
  for (const queue of own.queues.values()) {
    if (queue.run !== undefined) revokeRun(state, queue.run);
  }
  slot.own = undefined;
  slot.sourceTerm = own.term;
  state.moving.delete(slot);
  state.stalled.delete(slot);
  note(state, 'slot.released', slot, { term: own.term });
}
