/**
 * Changing the table: one compare-and-set in flight, batched over slots, pending until a newer
 * version was read (rules Z2, Z3).
 */
import type { BootId, Slot } from '../base/index.ts';
import type { Entry } from '../cluster/index.ts';
import { emit, type SlotState, type WorkerState } from './slot.ts';

/** Changes are gathered for this long, so that table writes are few and large (A6). */
const changeIntervalMs = 5;

/** The member that the ring says should own the slot. */
export function targetOf(state: WorkerState, slot: SlotState): BootId | undefined {
  const id = state.placement?.target(slot.slot);
  return id === undefined ? undefined : state.view?.ring.get(id)?.boot;
}

/**
 * Proposes a change of one entry; all of a step's proposals go out in one compare-and-set. While
 * one is in flight, or has just been sent, the slot waits in `ready` and the answer is false.
 */
export function propose(state: WorkerState, slot: SlotState, entry: Entry): boolean {
  if (!mayPropose(state)) {
    state.ready.add(slot);
    return false;
  }
  state.proposals.set(slot.slot, entry);
  return true;
}

export function mayPropose(state: WorkerState): boolean {
  if (state.pending !== undefined || !state.isRegistered) return false;
  return state.nowMs - state.changeSentAtMs >= changeIntervalMs;
}

/** Sends the step's proposals, unless a change is in flight already. */
export function flushProposals(state: WorkerState): void {
  if (state.proposals.size === 0) return;
  const base = state.view?.tableVersion;
  if (base === undefined || state.pending !== undefined) {
    for (const slot of state.proposals.keys()) addReady(state, slot);
  } else {
    sendChange(state, base, new Map(state.proposals), undefined, []);
  }
  state.proposals.clear();
}

/** The compare-and-set was answered: whatever the answer, only a reading counts (rule Z2). */
export function takeAnswer(state: WorkerState, outcome: 'done' | 'refused' | 'unknown'): void {
  const { pending } = state;
  if (pending === undefined) return;
  pending.isSent = false;
  pending.sentAtMs = state.nowMs;
  if (outcome === 'refused' && pending.evicts !== undefined) {
    // Its nodes may be gone already, then the version never rises. It changes no slot of mine, so
    // nothing of mine hangs on whether an earlier, unanswered attempt is in force (rule C2).
    state.pending = undefined;
  }
  if (outcome !== 'unknown') emit(state, { kind: 'read' });
}

/** After a silence, the same change on the same base again (rule Z3). */
export function repeatPending(state: WorkerState): void {
  const { pending } = state;
  if (pending === undefined || pending.isSent || !state.isRegistered) return;
  if (state.nowMs - pending.sentAtMs < state.limits.pingIntervalMs) return;
  pending.isSent = true;
  pending.sentAtMs = state.nowMs;
  emitChange(state);
}

/** The only way that a change leaves; it is pending from now on (rule Z3). */
export function sendChange(
  state: WorkerState,
  base: number,
  changes: Map<Slot, Entry>,
  evicts: BootId | undefined,
  checks: readonly BootId[],
): void {
  state.pending = {
    base,
    changes,
    evicts,
    checks,
    sentAtMs: state.nowMs,
    isSent: true,
  };
  emitChange(state);
  state.changeSentAtMs = state.nowMs;
  for (const slot of changes.keys()) addReady(state, slot);
}

function emitChange(state: WorkerState): void {
  const { pending } = state;
  if (pending === undefined) return;
  const { base, changes, evicts, checks } = pending;
  if (evicts === undefined) emit(state, { kind: 'table', base, changes });
  else emit(state, { kind: 'evict', base, changes, checks, removes: [evicts] });
}

function addReady(state: WorkerState, number: Slot): void {
  const slot = state.slots[number];
  if (slot !== undefined) state.ready.add(slot);
}
