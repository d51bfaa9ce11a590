/**
 * Housekeeping of an owner, some slots at a time: keys that fell quiet unnoticed are listed, so
 * that they are forgotten once they have been so for the retention time (`quiet.ts`); and sessions of a gateway that is gone for good are closed for it (rule B8). Tails are aged at
 * owners and replicas alike.
 */
import type { BootId } from '../base/index.ts';
import { ageHeldTail } from './held.ts';
import { recordsPresence } from './inputs.ts';
import type { KeyLog } from './key-log.ts';
import { hasStrictLease, mayStartRuns } from './lease.ts';
import { evictIdle, noteAllQuiet } from './quiet.ts';
import { enqueue } from './runs.ts';
import { isLinked, type Own, type SlotState, type WorkerState } from './slot.ts';

const sweepsPerRetention = 20;
const sweepIntervalMaxMs = 30_000;
/** An absence is forgotten after so many times the span that makes it one. */
const absencesPerGone = 10;

/** Some slots in each tick, so that all of them have their turn in each interval. */
export function sweepSome(state: WorkerState): void {
  const intervalMs = Math.min(
    sweepIntervalMaxMs,
    state.limits.retentionMs / sweepsPerRetention,
    state.limits.gatewayGoneMs / 2,
  );
  const perSlotMs = intervalMs / state.slotCount;
  const due = Math.min(Math.floor((state.nowMs - state.sweptAtMs) / perSlotMs), state.slotCount);
  const isLate = due === state.slotCount;
  state.sweptAtMs = isLate ? state.nowMs : state.sweptAtMs + due * perSlotMs;
  for (let left = due; left > 0; left -= 1) {
    const slot = state.slots[state.sweepNext];
    if (slot !== undefined) sweep(state, slot);
    state.sweepNext = (state.sweepNext + 1) % state.slotCount;
    if (state.sweepNext === 0) forgetAbsences(state);
  }
  evictIdle(state);
}

function sweep(state: WorkerState, slot: SlotState): void {
  const { own, log } = slot;
  if (log !== undefined && log.epoch !== 0) ageHeldTail(state, log);
  if (own === undefined) return;
  noteAllQuiet(state, slot, own);
  const isClosing = recordsPresence(state.handled) && mayStartRuns(state, slot, own);
  if (isClosing) closeOrphaned(state, slot, own);
}

/** Gateways that came back, and processes whose boot nobody asks about any more. */
function forgetAbsences(state: WorkerState): void {
  for (const [gateway, sinceMs] of state.absentGateways) {
    const isOver = state.nowMs - sinceMs > absencesPerGone * state.limits.gatewayGoneMs;
    if (isOver || state.view?.gateways.has(gateway)) state.absentGateways.delete(gateway);
  }
  for (const [peer, link] of state.peers) {
    const isListed = state.view?.live.has(peer) === true || state.view?.gateways.has(peer) === true;
    if (link.connection !== undefined || isListed) continue;
    const downMs = state.nowMs - link.downSinceMs;
    if (downMs > absencesPerGone * state.limits.gatewayGoneMs) state.peers.delete(peer);
  }
}

function closeOrphaned(state: WorkerState, slot: SlotState, own: Own): void {
  for (const keyLog of slot.log?.keys.values() ?? []) {
    for (const present of keyLog.presence.values()) {
      if (isGone(state, own, present.gateway)) closeFor(state, slot, own, keyLog, present);
    }
  }
}

/**
 * Out of the view and without a binding, for a while in which I could have seen it come back:
 * a link that broke long ago says nothing when both of us were cut off from ZooKeeper.
 */
function isGone(state: WorkerState, own: Own, gateway: BootId): boolean {
  const isSeen = state.view?.gateways.has(gateway) === true || own.bindings.has(gateway);
  if (isSeen || isLinked(state, gateway) || !hasStrictLease(state)) {
    state.absentGateways.delete(gateway);
    return false;
  }
  const absentSinceMs = state.absentGateways.get(gateway) ?? state.nowMs;
  state.absentGateways.set(gateway, absentSinceMs);
  return state.nowMs - Math.max(absentSinceMs, own.phaseSinceMs) >= state.limits.gatewayGoneMs;
}

function closeFor(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  { key }: KeyLog,
  { session, connection }: { readonly session: string; readonly connection: number },
): void {
  const queue = own.queues.get(key);
  if (queue?.waiting.some(({ gateway }) => gateway === '')) return;
  const reason = 'gateway gone';
  const input = { kind: 'close', key, session, connection, code: 1006, reason } as const;
  enqueue(state, slot, own, { gateway: '', binding: 0, n: 0, input, attempts: 0 });
}
