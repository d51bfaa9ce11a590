/**
 * When a worker may act: rules L1–L6. Within its lease (two thirds of the session timeout since
 * the last leader-confirmed operation was sent) freely. Past it, because ZooKeeper is away, only
 * while nobody it has heard of was confirmed noticeably later, and everybody who could know
 * better has just answered. One later confirmation heard stops it until its own is renewed.
 */
import type { BootId } from '../base/index.ts';
import { emit, type Own, otherCopies, type SlotState, type WorkerState } from './slot.ts';

/** Sealing, and acting as the only copy, need this (rule L2). */
export function hasStrictLease(state: WorkerState): boolean {
  return state.isRegistered && state.nowMs - state.confirmedAtMs < state.limits.leaseMs;
}

/** Whether an owner's effects are allowed now; checked before each batch (rule L4). */
export function mayActAsOwner(state: WorkerState, slot: SlotState, own: Own): boolean {
  if (hasStrictLease(state)) return true;
  const others = otherCopies(state, slot, own);
  if (others.length > 0) return mayActPastLease(state, others);
  const live = state.view?.live;
  const wasAlone = live !== undefined && live.size === 1 && live.has(state.me);
  return wasAlone && mayActPastLease(state, []); // L6
}

/** Handlers start only where their effects could follow. */
export function mayStartRuns(state: WorkerState, slot: SlotState, own: Own): boolean {
  if (own.phase !== 'serving' || own.commit < own.adopt) return false;
  return hasStrictLease(state) || mayActAsOwner(state, slot, own);
}

/** Whether a replica may confirm what it stored: rule S4, with the owner in place of (b). */
export function mayConfirm(state: WorkerState, owner: BootId): boolean {
  return hasStrictLease(state) || mayActPastLease(state, [owner]);
}

/** Age of the newest confirmation that I know of, my own or heard; −1 = none (rule L3). */
export function newestConfirmationAgeMs(state: WorkerState): number {
  const newest = Math.max(state.confirmedAtMs, state.heardAtMs);
  return newest === Number.NEGATIVE_INFINITY ? -1 : Math.max(0, state.nowMs - newest);
}

export function takePong(
  state: WorkerState,
  from: BootId,
  sentAtMs: number,
  confirmationAgeMs: number,
): void {
  const peer = state.peers.get(from);
  if (peer === undefined || sentAtMs > state.nowMs || sentAtMs < peer.answeredAtMs) return;
  peer.answeredAtMs = sentAtMs;
  if (confirmationAgeMs < 0) return;
  // Booked on my own send time: passing a confirmation on never makes it look newer.
  state.heardAtMs = Math.max(state.heardAtMs, sentAtMs - confirmationAgeMs);
}

export function pingPeers(state: WorkerState): void {
  for (const [peer, link] of state.peers) {
    if (link.connection === undefined) continue;
    if (state.nowMs - link.pingedAtMs < state.limits.pingIntervalMs) continue;
    link.pingedAtMs = state.nowMs;
    emit(state, { kind: 'send', peer, message: { type: 'PING', sentAtMs: state.nowMs } });
  }
}

function mayActPastLease(state: WorkerState, copies: readonly BootId[]): boolean {
  if (!state.isRegistered || state.limits.isStrict) return false;
  if (state.confirmedAtMs === Number.NEGATIVE_INFINITY) return false;
  if (state.heardAtMs > state.confirmedAtMs + state.limits.slackMs) return false; // (a)
  for (const copy of copies) if (!hasAnswered(state, copy)) return false; // (b)
  for (const [peer, link] of state.peers) {
    if (link.connection !== undefined && !hasAnswered(state, peer)) return false; // (c)
  }
  return true;
}

function hasAnswered(state: WorkerState, peer: BootId): boolean {
  const answeredAtMs = state.peers.get(peer)?.answeredAtMs ?? Number.NEGATIVE_INFINITY;
  return state.nowMs - answeredAtMs < state.limits.pingWindowMs;
}
