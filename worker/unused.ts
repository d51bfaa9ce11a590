/**
 * Slots that no record was ever written to (epoch 0) need no copies and no seal: their owner
 * gives them to their targets in one change, all of them (A6), when nobody waits for any of its
 * other changes. Until that is known to be done it takes nobody's binding for them.
 */
import type { BootId } from '../base/index.ts';
import { hasStrictLease } from './lease.ts';
import { entryFor, type Own, type SlotState, type WorkerState } from './slot.ts';
import { mayPropose, propose, targetOf } from './table-change.ts';
import { isMyTurn } from './turns.ts';

export function reconcileUnused(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  target: BootId | undefined,
): void {
  if (state.pending?.changes.has(slot.slot) === true) return;
  own.phase = 'serving';
  if (target !== undefined && target !== state.me) state.hasUnusedToGive = true;
}

/** Looked at with every tick. */
export function giveUnusedAway(state: WorkerState): void {
  if (!state.hasUnusedToGive || state.moving.size > 0 || !mayPropose(state)) return;
  const isSettled = state.nowMs - state.ringChangedAtMs >= 2 * state.limits.settleMs;
  if (!isSettled || !isMyTurn(state) || !hasStrictLease(state)) return;
  state.hasUnusedToGive = false;
  for (const slot of state.slots) {
    if (slot.own !== undefined && slot.log?.epoch === 0) give(state, slot, slot.own);
  }
}

function give(state: WorkerState, slot: SlotState, own: Own): void {
  const entry = entryFor(state, slot);
  const target = targetOf(state, slot);
  if (entry === undefined || target === undefined || target === state.me) return;
  const given = { owner: target, term: own.term + 1, copies: [target], epoch: entry.epoch };
  if (propose(state, slot, given)) own.phase = 'sealed';
}
