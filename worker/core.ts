/**
 * The worker's core: `(state, input, now) → effects`. It decides everything about ownership,
 * copies, commit, bindings and dedupe; the shell and the simulator only carry out what it says.
 * Deterministic: the same inputs at the same times give the same effects.
 */
import { type BootId, unreachable } from '../base/index.ts';
import type { LinkMessage } from '../link/index.ts';
import { createRing, placement } from '../ring/index.ts';
import { retryBirths, takeBind, takeClose, takeInput, takeOpen } from './bindings.ts';
import { isSameRing, loseSession, reconcile, takeView } from './claims.ts';
import { settle } from './commit.ts';
import { confirmStored, takeAppend, takeProbe, takeSnapshot } from './copies.ts';
import type { SlotReport, WorkerEffect, WorkerInput } from './core-types.ts';
import { evictGone, suspect, suspectAnew } from './eviction.ts';
import { feedAllWaiting, flushAppends, takeAppended, takeProbed, takeResync } from './feed.ts';
import { newestConfirmationAgeMs, pingPeers, takePong } from './lease.ts';
import type { MemoryReport } from './memory.ts';
import { newState, type WorkerCoreOptions } from './new-state.ts';
import { resetPublications, strikeLate, takePublished } from './outbox.ts';
import { deposeByMessage } from './ownership.ts';
import { link, unlink } from './peer-links.ts';
import { checkInvariants, isEmpty, memoryReportOf, reportOf } from './report.ts';
import { pumpAll, revokeOverdue, takeRan } from './runs.ts';
import { keepWithinMemory, shedPart, takeShed } from './shed.ts';
import { emit, type SlotState, type WorkerState } from './slot.ts';
import type { SlotLog } from './slot-log.ts';
import { overdueKeys, refuseStuck } from './stuck.ts';
import { sweepSome } from './sweep.ts';
import { flushProposals, mayPropose, repeatPending, takeAnswer } from './table-change.ts';
import { giveUnusedAway } from './unused.ts';

/** Bounds of the work that one tick may cause, so that no step blocks its process for long. */
const visitsPerTick = 1024;
const streamStartsPerTick = 512;

export interface WorkerCore {
  step(input: WorkerInput, nowMs: number): readonly WorkerEffect[];
  /** Owns nothing and is nobody's copy: a drained worker may exit. */
  isEmpty(): boolean;
  report(slot: number): SlotReport;
  memory(): MemoryReport;
  /** Keys whose handler overran its deadline and has not caught up (rule H7). */
  overdueKeys(): number;
  /** @throws AssertionError on a broken invariant. */
  checkInvariants(): void;
  /** Read-only, for invariants that look across processes. */
  logOf(slot: number): SlotLog | undefined;
  readonly state: WorkerState;
}

export function createWorkerCore(options: WorkerCoreOptions): WorkerCore {
  const state = newState(options);
  return {
    step(input, nowMs) {
      state.nowMs = nowMs;
      state.effects = [];
      take(state, input);
      finishStep(state);
      return state.effects;
    },
    isEmpty: () => isEmpty(state),
    report: (slot) => reportOf(state, slot),
    memory: () => memoryReportOf(state),
    overdueKeys: () => overdueKeys(state),
    checkInvariants: () => checkInvariants(state),
    logOf: (slot) => state.slots[slot]?.log,
    state,
  };
}

function take(state: WorkerState, input: WorkerInput): void {
  switch (input.kind) {
    case 'registered':
      return register(state, input);
    case 'view':
      for (const slot of applyView(state, input)) reconcile(state, slot);
      suspectAnew(state);
      return evictGone(state);
    case 'confirmed':
      state.confirmedAtMs = Math.max(state.confirmedAtMs, input.sentAtMs);
      return retryStalled(state);
    case 'session.lost':
      return loseSession(state);
    case 'foreign.cluster':
      // L7: somebody was confirmed in newer data, just now.
      state.heardAtMs = state.nowMs;
      return;
    case 'table.answered':
      return takeAnswer(state, input.outcome);
    case 'linked':
      return link(state, input);
    case 'unlinked':
      return unlink(state, input.peer, input.connection);
    case 'gone':
      if (state.peers.get(input.peer)?.connection !== undefined) return;
      suspect(state, input.peer);
      return evictGone(state);
    case 'message':
      if (state.peers.get(input.peer)?.connection !== input.connection) return;
      return takeMessage(state, input.peer, input.message);
    case 'ran':
      return takeRan(state, input.token, input.outcome);
    case 'published':
      return takePublished(state, input.publication);
    case 'publish.reset':
      return resetPublications(state);
    case 'tick':
      return tick(state);
    default:
      return unreachable(input);
  }
}

function takeMessage(state: WorkerState, from: BootId, message: LinkMessage): void {
  if (message.type === 'PING') {
    const confirmationAgeMs = newestConfirmationAgeMs(state);
    const { sentAtMs } = message;
    const pong = { type: 'PONG', sentAtMs, confirmationAgeMs, shed: shedPart(state) } as const;
    return emit(state, { kind: 'send', peer: from, message: pong });
  }
  if (message.type === 'PONG') {
    takePong(state, from, message.sentAtMs, message.confirmationAgeMs);
    takeShed(state, from, message.shed);
    return retryStalled(state);
  }
  if (message.type === 'DRAIN') return; // the shell's business
  const slot = state.slots[message.slot];
  // Without a session too: a copy stores and answers, it only confirms nothing (S2, S4, Z7).
  if (slot !== undefined) takeSlotMessage(state, slot, from, message);
}

function takeSlotMessage(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Exclude<LinkMessage, { type: 'PING' | 'PONG' | 'DRAIN' }>,
): void {
  switch (message.type) {
    case 'PROBE':
      return takeProbe(state, slot, from, message);
    case 'PROBED':
      return takeProbed(state, slot, from, message);
    case 'SNAPSHOT':
      return takeSnapshot(state, slot, from, message);
    case 'APPEND':
      return takeAppend(state, slot, from, message);
    case 'APPENDED':
      if (takeAppended(state, slot, from, message) && state.unsettled.has(slot)) {
        settle(state, slot);
        reconcile(state, slot);
      }
      return;
    case 'RESYNC':
      return takeResync(state, slot, from, message);
    case 'FENCED':
      return deposeByMessage(state, slot, message.term);
    case 'BIND':
      return takeBind(state, slot, from, message);
    case 'OPEN':
      return takeOpen(state, slot, from, message);
    case 'CLOSE':
      return takeClose(state, slot, from, message);
    case 'INPUT':
      return takeInput(state, slot, from, message);
    default:
      return; // worker → gateway messages: nothing for a worker
  }
}

/** Some of them, the longest waiting first: what is still unsettled goes to the end again. */
function visitUnsettled(state: WorkerState): void {
  let left = visitsPerTick;
  for (const slot of [...state.unsettled]) {
    if (left-- === 0) return;
    state.unsettled.delete(slot);
    reconcile(state, slot);
    if (slot.own !== undefined) strikeLate(state, slot, slot.own);
  }
}

/** The end of every step: copies are fed, storage confirmed, effects had, changes proposed. */
function finishStep(state: WorkerState): void {
  // A commit may start handlers, whose built-in outcomes append and commit again.
  while (state.toCommit.size + state.toPump.size + state.toReconcile.size > 0) {
    for (const slot of taken(state.toReconcile)) reconcile(state, slot);
    for (const slot of taken(state.toCommit)) settle(state, slot);
    for (const slot of taken(state.toPump)) if (slot.own) pumpAll(state, slot, slot.own);
  }
  if (state.ready.size > 0 && mayPropose(state)) {
    for (const slot of taken(state.ready)) reconcile(state, slot);
  }
  sealMore(state);
  for (const slot of taken(state.toCommit)) settle(state, slot);
  for (const slot of taken(state.toAppend)) flushAppends(state, slot);
  for (const slot of taken(state.toConfirm)) confirmStored(state, slot);
  flushProposals(state);
}

/** Fills up the moves that may be under way at once. */
function sealMore(state: WorkerState): void {
  for (const slot of state.sealable) {
    if (state.moving.size >= state.limits.movesMax) return;
    state.sealable.delete(slot);
    reconcile(state, slot);
  }
}

const none: readonly SlotState[] = [];

/** Most sets are empty at the end of most steps, and to clear one costs even then. */
function taken(slots: Set<SlotState>): readonly SlotState[] {
  if (slots.size === 0) return none;
  const all = [...slots];
  slots.clear();
  return all;
}

function register(state: WorkerState, input: Extract<WorkerInput, { kind: 'registered' }>): void {
  if (state.cluster !== '' && state.cluster !== input.cluster) {
    // W2: nothing of the old data may act on; a new boot starts clean.
    loseSession(state);
    const reason = `cluster ${state.cluster} is gone, ${input.cluster} is in its place`;
    emit(state, { kind: 'exit', code: 'worker.data_replaced', reason });
    return;
  }
  state.mustReclaim = state.me !== '';
  state.me = input.boot;
  state.cluster = input.cluster;
  state.isRegistered = true;
  state.registeredAt = input.tableVersion;
}

function applyView(
  state: WorkerState,
  { view }: Extract<WorkerInput, { kind: 'view' }>,
): readonly SlotState[] {
  if (!state.isRegistered || view.cluster !== state.cluster) return [];
  const before = state.view;
  const touched = takeView(state, view);
  if (state.view !== view) return [];
  if (before !== undefined && isSameRing(before, view)) return touched;
  const members = Array.from(view.ring.values(), ({ id, weight }) => ({ id, weight: weight ?? 1 }));
  state.placement = placement(createRing(members, state.placement?.ring), state.slotCount);
  state.ringChangedAtMs = state.nowMs;
  for (const { own } of state.slots) if (own !== undefined) own.order = undefined;
  return touched;
}

function retryStalled(state: WorkerState): void {
  for (const slot of taken(state.stalled)) {
    state.toConfirm.add(slot);
    state.toCommit.add(slot);
    state.toPump.add(slot);
  }
}

function tick(state: WorkerState): void {
  keepWithinMemory(state);
  retryBirths(state);
  pingPeers(state);
  revokeOverdue(state);
  refuseStuck(state);
  retryStalled(state);
  repeatPending(state);
  evictGone(state);
  state.streamStartsLeft = streamStartsPerTick;
  feedAllWaiting(state);
  visitUnsettled(state);
  giveUnusedAway(state);
  sweepSome(state);
}
