/**
 * What an owner does about its slot: feed the second copy (C4, C5), go on alone where the rules
 * allow it (C8′), and hand the slot to the member that the ring says should have it: first as
 * replica, then seal, then swap (C6), or unseal when that does not work out (C7). An owner of one
 * copy does the same without a second copy that stays (C13).
 */
import { type BootId, memberIdOf } from '../base/index.ts';
import type { Entry } from '../cluster/index.ts';
import { append, nextRecordHead, takeStrikes } from './append.ts';
import { closeBinding } from './binding-end.ts';
import { openStream } from './feed.ts';
import { hasStrictLease } from './lease.ts';
import { revokeRun } from './runs.ts';
import { isLinked, note, type Own, type SlotState, type WorkerState } from './slot.ts';
import { propose, targetOf } from './table-change.ts';
import { isMyTurn } from './turns.ts';
import { reconcileUnused } from './unused.ts';

/** Members in ring order that are looked at for a second copy. */
const orderMax = 8;

export function reconcileOwn(state: WorkerState, slot: SlotState, own: Own, entry: Entry): void {
  own.copies = entry.copies;
  own.epoch = entry.epoch;
  const target = targetOf(state, slot);
  if (slot.log?.epoch === 0) return reconcileUnused(state, slot, own, target);
  const wanted = wantedReplica(state, slot, own);
  keepStreams(state, slot, own, wanted);
  watchLoneliness(state, slot, own, wanted);
  state.toCommit.add(slot);
  const isPlaced = target === undefined || target === state.me;
  const isCopied = hasWantedCopies(state, own, wanted);
  const hasStrikes = own.outbox.confirmed.length > 0; // see `strikeLate`
  if (!isPlaced || !isCopied || hasStrikes || own.phase !== 'serving') state.unsettled.add(slot);
  if (state.pending?.changes.has(slot.slot) === true) return;
  if (own.phase === 'serving') improve(state, slot, own, entry, wanted, target);
  else handOver(state, slot, own, entry, target);
}

/** Starts nothing more; the seal follows the last handler's end (rules C6, H6). */
function sealWhenIdle(state: WorkerState, slot: SlotState, own: Own): void {
  if (own.phase !== 'sealing') return;
  const isOverdue = state.nowMs - own.phaseSinceMs >= state.limits.sealWaitMs;
  if (own.runCount > 0 && !isOverdue) return;
  for (const queue of own.queues.values()) {
    if (queue.run !== undefined) revokeRun(state, queue.run);
  }
  appendSeal(state, slot, own);
  own.phase = 'sealed';
  own.phaseSinceMs = state.nowMs;
}

function improve(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  entry: Entry,
  wanted: BootId | undefined,
  target: BootId | undefined,
): void {
  const epoch = slot.log?.epoch ?? 0;
  const isNew = entry.epoch !== epoch;
  const isNewReplica = wanted !== undefined && (isNew || !own.copies.includes(wanted));
  if (isNewReplica && isLevel(state, slot, own, wanted)) {
    if (isInNoHurry(state, own, wanted, target)) return;
    propose(state, slot, { ...entry, epoch, copies: [state.me, wanted] }); // C5
    return;
  }
  if (wanted === undefined && mayGoAlone(state, own)) {
    const isAlone = own.copies.length === 1 && !isNew;
    if (!isAlone) propose(state, slot, { ...entry, epoch, copies: [state.me] }); // C8′, C13
    return;
  }
  if (target === undefined || target === state.me || wanted !== target) return;
  if (!own.copies.includes(target) || !isLevel(state, slot, own, target)) return;
  startSeal(state, slot, own);
}

/**
 * Both copies are well, and only the ring would have the second one elsewhere. Whatever users wait
 * for goes first, and what a planned move needs before what only changes place.
 */
function isInNoHurry(
  state: WorkerState,
  own: Own,
  wanted: BootId,
  target: BootId | undefined,
): boolean {
  if (own.copies.length < 2) return false;
  const { me, view } = state;
  const isWell = (copy: BootId) => view?.live.has(copy) === true && isLinked(state, copy);
  if (!own.copies.every((copy) => copy === me || isWell(copy))) return false;
  if (!isMyTurn(state)) return true;
  const quietSinceMs = Math.max(own.phaseSinceMs, state.ringChangedAtMs);
  return wanted !== target && state.nowMs - quietSinceMs < 2 * state.limits.settleMs;
}

/** Rule C6, up to the seal record. */
function startSeal(state: WorkerState, slot: SlotState, own: Own): void {
  const isSettled = state.nowMs - state.ringChangedAtMs >= state.limits.settleMs;
  if (!isSettled || !hasStrictLease(state) || own.commit < own.adopt) return;
  if (!isMyTurn(state)) return;
  if (state.moving.size >= state.limits.movesMax) {
    state.sealable.add(slot);
    return;
  }
  state.moving.add(slot);
  own.phase = 'sealing';
  own.phaseSinceMs = state.nowMs;
  note(state, 'slot.sealing', slot, { term: own.term });
  for (const binding of [...own.bindings.values()]) {
    closeBinding(state, slot, own, binding, 'MOVING');
  }
  sealWhenIdle(state, slot, own);
}

/** Sealed: the swap as soon as the target has the seal record, else back to serving (C6, C7). */
function handOver(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  entry: Entry,
  target: BootId | undefined,
): void {
  sealWhenIdle(state, slot, own);
  if (own.phase !== 'sealed') return;
  const isAgreed = target !== undefined && target !== state.me && own.copies.includes(target);
  if (isAgreed && hasStrictLease(state) && hasAll(slot, own, target)) {
    const { me } = state;
    propose(state, slot, { ...entry, owner: target, term: own.term + 1, copies: [target, me] });
    return;
  }
  const isLate = state.nowMs - own.phaseSinceMs >= state.limits.unsealAfterMs;
  if (isAgreed && isLinked(state, target) && !isLate) return;
  own.phase = 'serving';
  own.phaseSinceMs = state.nowMs;
  state.moving.delete(slot);
  note(state, 'slot.unsealed', slot, { term: own.term }, 'warn');
  state.toPump.add(slot);
}

/** The owner takes no more inputs in this phase; the record travels with the log (rule C6). */
function appendSeal(state: WorkerState, slot: SlotState, own: Own): void {
  const volatileHandled = Array.from(own.volatileHandled, ([session, { key, n }]) => ({
    key,
    session,
    n,
  }));
  const head = nextRecordHead(slot, own);
  append(state, slot, own, { kind: 'seal', ...head, strikes: takeStrikes(own), volatileHandled });
}

/** Everything that ever had an effect is there, and it has answered (rule C5). */
function isLevel(state: WorkerState, slot: SlotState, own: Own, peer: BootId): boolean {
  if (state.plants.has('no-catch-up')) return true;
  const stream = own.streams.get(peer);
  const floor = Math.max(own.commit, Math.min(own.adopt, slot.log?.length ?? 0));
  return stream?.synced === true && stream.acked >= floor;
}

function hasAll(slot: SlotState, own: Own, peer: BootId): boolean {
  const stream = own.streams.get(peer);
  return stream?.synced === true && stream.acked === slot.log?.length;
}

/** Rule C13: nobody else is to hold the log, but for the target on its way in. */
function keepsOneCopy(state: WorkerState): boolean {
  return state.limits.copies === 1;
}

/** Nothing is left to do about the copies; an owner that is alone of need goes on looking. */
function hasWantedCopies(state: WorkerState, own: Own, wanted: BootId | undefined): boolean {
  if (wanted !== undefined) return own.copies.length === 2 && own.copies.includes(wanted);
  return keepsOneCopy(state) && own.copies.length === 1;
}

/** Rule C4: the target if that is not me, else the next in ring order; linked and live ones. */
function wantedReplica(state: WorkerState, slot: SlotState, own: Own): BootId | undefined {
  const target = targetOf(state, slot);
  if (target !== undefined && isCandidate(state, own, target)) return target;
  if (keepsOneCopy(state)) return undefined; // C13
  own.order ??= state.placement?.order(slot.slot, orderMax) ?? [];
  for (const id of own.order) {
    const boot = state.view?.ring.get(id)?.boot;
    if (boot !== undefined && isCandidate(state, own, boot)) return boot;
  }
  return drainedReplica(state, own);
}

/** A worker that left the ring may stay a copy, or become one, when no ring member can. */
function drainedReplica(state: WorkerState, own: Own): BootId | undefined {
  const present = own.copies.find((copy) => isCandidate(state, own, copy));
  if (present !== undefined) return present;
  for (const boot of state.view?.live.keys() ?? []) {
    if (state.view?.ring.get(memberIdOf(boot))?.boot === boot) continue;
    if (isCandidate(state, own, boot)) return boot;
  }
  return undefined;
}

/** Live and linked; a present copy stays wanted over a short loss of its link. */
function isCandidate(state: WorkerState, own: Own, boot: BootId): boolean {
  if (boot === state.me || state.view?.live.has(boot) !== true) return false;
  const peer = state.peers.get(boot);
  if (peer?.connection !== undefined) return true;
  const downMs = state.nowMs - (peer?.downSinceMs ?? Number.NEGATIVE_INFINITY);
  return own.copies.includes(boot) && downMs < 3 * state.limits.pingIntervalMs;
}

/** Streams to the confirmed copy, to a pending one, and to the wanted one; no others. */
function keepStreams(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  wanted: BootId | undefined,
): void {
  const pending = state.pending?.changes.get(slot.slot)?.copies ?? [];
  for (const peer of own.streams.keys()) {
    const isNeeded = peer === wanted || own.copies.includes(peer) || pending.includes(peer);
    if (!isNeeded) own.streams.delete(peer);
  }
  if (wanted !== undefined) openStream(state, slot, wanted);
  // C13: a former owner that was never fed drops its copy as soon as it is not listed (C10).
  if (keepsOneCopy(state)) return;
  for (const copy of own.copies) {
    if (copy !== state.me && copy !== wanted) openStream(state, slot, copy);
  }
}

/** Rules C2, C8′ and C13: when the only confirmed copy is me, whether I may act alone. */
function watchLoneliness(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  wanted: BootId | undefined,
): void {
  const hasCandidate = wanted !== undefined && isLinked(state, wanted);
  if (hasCandidate) own.aloneSinceMs = undefined;
  else own.aloneSinceMs ??= state.nowMs;
  const isConfirmedAlone = own.copies.length === 1;
  if (!isConfirmedAlone) own.actsAlone = false;
  else if (!own.actsAlone && mayGoAlone(state, own)) {
    own.actsAlone = true;
    const { term } = own;
    if (!keepsOneCopy(state)) note(state, 'slot.alone', slot, { term }, 'warn');
  }
}

function mayGoAlone(state: WorkerState, own: Own): boolean {
  if (keepsOneCopy(state)) return true;
  if (own.aloneSinceMs === undefined) return false;
  const live = state.view?.live;
  if (live?.size === 1 && live.has(state.me)) return true;
  return state.nowMs - own.aloneSinceMs >= state.limits.degradeAfterMs;
}
