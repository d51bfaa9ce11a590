/**
 * Housekeeping of an owner, now and then: keys that are idle and offline for longer than the
 * retention time are forgotten by a record of their own, so that every copy forgets the same;
 * and sessions of a gateway that is gone for good are closed for it (rule B8). Tails are aged at
 * owners and replicas alike.
 */
import type { BootId } from '../base/index.ts';
import { append, nextRecordHead } from './append.ts';
import { recordsPresence } from './inputs.ts';
import type { KeyLog } from './key-log.ts';
import { hasStrictLease, mayStartRuns } from './lease.ts';
import { enqueue } from './runs.ts';
import { isLinked, type Own, type SlotState, type WorkerState } from './slot.ts';
import { ageTail } from './slot-log.ts';

const sweepsPerRetention = 20;
const sweepIntervalMaxMs = 30_000;
/** Keys forgotten in one record. */
const evictedMax = 500;
/** An absence is forgotten after so many times the span that makes it one. */
const absencesPerGone = 10;

export function sweepWhenDue(state: WorkerState): void {
  const intervalMs = Math.min(
    sweepIntervalMaxMs,
    state.limits.retentionMs / sweepsPerRetention,
    state.limits.gatewayGoneMs / 2,
  );
  if (state.nowMs - state.sweptAtMs < intervalMs) return;
  state.sweptAtMs = state.nowMs;
  forgetAbsences(state);
  for (const slot of state.slots) {
    const { own, log } = slot;
    if (log !== undefined) ageTail(log);
    if (own === undefined || !mayStartRuns(state, slot, own)) continue;
    evictIdle(state, slot, own);
    if (recordsPresence(state.handled)) closeOrphaned(state, slot, own);
  }
}

/** Gateways that came back, or whose boot nobody asks about any more. */
function forgetAbsences(state: WorkerState): void {
  for (const [gateway, sinceMs] of state.absentGateways) {
    const isOver = state.nowMs - sinceMs > absencesPerGone * state.limits.gatewayGoneMs;
    if (isOver || state.view?.gateways.has(gateway)) state.absentGateways.delete(gateway);
  }
}

function evictIdle(state: WorkerState, slot: SlotState, own: Own): void {
  const busy = busyKeys(own);
  const keys: string[] = [];
  for (const keyLog of slot.log?.keys.values() ?? []) {
    if (busy.has(keyLog.key) || keyLog.presence.size > 0) {
      own.idle.delete(keyLog.key);
      continue;
    }
    const { key, nextOffset: offset } = keyLog;
    const idle = own.idle.get(key);
    // A new record starts the time anew: ids have to outlive the repeats of their inputs (B9).
    if (idle?.offset !== offset) own.idle.set(key, { sinceMs: state.nowMs, offset });
    else if (state.nowMs - idle.sinceMs >= state.limits.retentionMs) keys.push(key);
    if (keys.length === evictedMax) break;
  }
  if (keys.length === 0) return;
  for (const key of keys) own.idle.delete(key);
  append(state, slot, own, { kind: 'evict', ...nextRecordHead(slot, own), keys });
}

function busyKeys(own: Own): ReadonlySet<string> {
  const busy = new Set<string>([...own.queues.keys(), ...own.uncommittedOf.keys()]);
  for (const { subscriptions } of own.bindings.values()) {
    for (const key of subscriptions.keys()) busy.add(key);
  }
  for (const { ref } of own.attaches) busy.add(ref.key);
  return busy;
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
