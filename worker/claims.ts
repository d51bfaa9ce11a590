/**
 * Who owns a slot: learned only from the table as read (rule Z2), changed only by the owner or,
 * for an orphan, by anybody (C1). Also what a lost session means (Z6, Z7), and eviction (C11).
 */
import type { BootId } from '../base/index.ts';
import { type Entry, successorOf, type View } from '../cluster/index.ts';
import { holdLog } from './held.ts';
import { hasStrictLease } from './lease.ts';
import { reconcileOwn } from './moves.ts';
import { becomeOwner, stepDown } from './ownership.ts';
import { emit, entryFor, note, type SlotState, type WorkerState } from './slot.ts';
import { propose, targetOf } from './table-change.ts';

/** Others leave an heir this long to claim for itself before they claim for it. */
const claimForOthersAfterMs = 200;

/** Brings one slot in line with the newest view; safe to call at any time. */
export function reconcile(state: WorkerState, slot: SlotState): void {
  const entry = entryFor(state, slot);
  if (entry === undefined || !state.isRegistered || slot.isHalted) return;
  if (isNothingToMe(state, slot, entry)) return;
  state.unsettled.delete(slot);
  if (entry.term < slot.known) {
    if (!state.plants.has('older-table')) return; // Z4
  }
  slot.known = Math.max(slot.known, entry.term);
  if (slot.own !== undefined && (entry.owner !== state.me || entry.term !== slot.own.term)) {
    stepDown(state, slot, 'NOT_OWNER');
  }
  if (entry.owner === state.me && slot.own === undefined) claimOrOwn(state, slot, entry);
  if (slot.own !== undefined) {
    reconcileOwn(state, slot, slot.own, entry);
    return;
  }
  if (entry.owner !== state.me && !isLive(state, entry.owner)) {
    reconcileOrphan(state, slot, entry);
    return;
  }
  slot.orphan = undefined;
  dropUnlistedCopy(state, slot, entry);
}

/** Most slots at most times: somebody else's, in good hands, and no copy here. */
function isNothingToMe(state: WorkerState, slot: SlotState, entry: Entry): boolean {
  if (slot.own !== undefined || slot.log !== undefined || slot.orphan !== undefined) return false;
  if (entry.owner === state.me || entry.term < slot.known) return false;
  if (!isLive(state, entry.owner)) return false;
  slot.known = entry.term;
  return true;
}

/** Lost session: stop acting, close all bindings, keep the copies (rule Z7). */
export function loseSession(state: WorkerState): void {
  if (!state.isRegistered) return;
  state.isRegistered = false;
  for (const slot of state.slots) {
    if (slot.own !== undefined) {
      slot.lostTerm = Math.max(slot.lostTerm, slot.own.term);
      stepDown(state, slot, 'MOVING');
    }
    slot.orphan = undefined;
  }
  note(state, 'session.lost', undefined, {}, 'warn');
}

/**
 * Takes a newer view and reconciles what it touches. Views from before my newest registration
 * are ignored: whatever was claimed without me in mind has failed since (rule Z6).
 */
export function takeView(state: WorkerState, view: View): readonly SlotState[] {
  const before = state.view;
  if (view.tableVersion < Math.max(before?.tableVersion ?? 0, state.registeredAt)) return [];
  state.view = view;
  if (isSuperseded(state, view)) return [];
  if (state.pending !== undefined && view.tableVersion > state.pending.base) {
    state.pending = undefined; // Z3
  }
  const isFresh = state.mustReclaim;
  if (isFresh) reclaimAll(state, view);
  return isFresh || before === undefined ? state.slots : touchedSlots(state, before, view);
}

function claimOrOwn(state: WorkerState, slot: SlotState, entry: Entry): void {
  if (entry.term <= slot.lostTerm) {
    propose(state, slot, { ...entry, term: entry.term + 1 }); // Z7
    state.unsettled.add(slot);
    return;
  }
  becomeOwner(state, slot, entry);
}

/** Rule C1: to a living copy at once; with none, after the hold-off, to the target, empty. */
function reconcileOrphan(state: WorkerState, slot: SlotState, entry: Entry): void {
  state.unsettled.add(slot);
  if (!hasStrictLease(state)) {
    slot.orphan = undefined; // L8: the timer runs only while my own lease is good.
    return;
  }
  if (slot.orphan?.entry !== entry && !isSameClaim(slot.orphan?.entry, entry)) {
    slot.orphan = { entry, sinceMs: state.nowMs };
  }
  const waitedMs = state.nowMs - (slot.orphan?.sinceMs ?? state.nowMs);
  const heir = entry.copies.find((copy) => isLive(state, copy));
  if (heir !== undefined) {
    if (heir !== state.me && waitedMs < claimForOthersAfterMs) return;
    propose(state, slot, { ...entry, owner: heir, term: entry.term + 1 }); // C1a′
    return;
  }
  const isNew = entry.term === 0 && state.view?.isFirstData === true; // W4
  // Nothing of an unused slot ever had an effect: there is nothing to wait for.
  const isUnused = entry.term > 0 && entry.epoch === 0;
  const waitMs = isUnused ? 0 : isNew ? state.limits.settleMs : state.limits.holdOffMs;
  const target = targetOf(state, slot);
  if (waitedMs < waitMs || target === undefined) return; // C12
  if (isNew && state.nowMs - state.ringChangedAtMs < waitMs) return; // members still come
  if (target !== state.me && waitedMs < waitMs + claimForOthersAfterMs) return;
  const term = entry.term + 1;
  const epoch = entry.epoch === 0 ? 0 : term;
  propose(state, slot, { owner: target, term, copies: [target], epoch });
  if (epoch > 0) note(state, 'slot.lost', slot, { term, copies: entry.copies }, 'error');
}

/**
 * The slots that a newer view means anything to: changed entries, by identity, which tables keep;
 * those of workers that are gone, and orphans; my own when the members are others than before.
 * A plain loop, because it is gone through for every view.
 */
function touchedSlots(
  { slots }: WorkerState,
  before: View,
  { table, live, ring }: View,
): readonly SlotState[] {
  const gone = [...before.live.keys()].filter((boot) => !live.has(boot));
  const areOthers = gone.length > 0 || !isSameRing(before, { ring });
  const touched: SlotState[] = [];
  for (let number = 0; number < table.entries.length; number += 1) {
    const slot = slots[number];
    const entry = table.entries[number];
    if (slot === undefined || entry === undefined) continue;
    const isTouched =
      before.table.entries[number] !== entry ||
      (areOthers && slot.own !== undefined) ||
      slot.orphan !== undefined ||
      (gone.length > 0 && gone.includes(entry.owner));
    if (isTouched) touched.push(slot);
  }
  return touched;
}

/** The hold-off is bound to this exact (term, copies) (rule C1b). */
function isSameClaim(a: Entry | undefined, b: Entry): boolean {
  return a !== undefined && a.term === b.term && a.copies.join() === b.copies.join();
}

/** Rule C10. */
function dropUnlistedCopy(state: WorkerState, slot: SlotState, entry: Entry): void {
  if (slot.log === undefined || entry.copies.includes(state.me)) return;
  // The owner of that term may have put me into `copies` since this table was written: also when
  // its stream to me has died meanwhile, because its change may still be on the way.
  if (entry.term <= slot.sourceTerm) return;
  holdLog(state, slot, undefined);
  slot.source = undefined;
  slot.staging = undefined;
  note(state, 'copy.dropped', slot, { term: entry.term });
}

function reclaimAll(state: WorkerState, view: View): void {
  state.mustReclaim = false;
  for (const slot of state.slots) {
    const entry = view.table.entries[slot.slot];
    if (entry?.owner === state.me) slot.lostTerm = Math.max(slot.lostTerm, entry.term);
  }
}

/** Of two boots of one id the higher wins, the other exits. */
function isSuperseded(state: WorkerState, view: View): boolean {
  if (state.me === '') return false;
  const boot = successorOf(view.live.keys(), state.me);
  if (boot === undefined) return false;
  loseSession(state);
  const reason = `${boot} is a newer process with the id of ${state.me}`;
  emit(state, { kind: 'exit', code: 'worker.superseded', reason });
  return true;
}

function isLive(state: WorkerState, boot: BootId): boolean {
  return state.view?.live.has(boot) ?? false;
}

/** The same members, boots and weights: targets and successors are as before. */
export function isSameRing(a: Pick<View, 'ring'>, b: Pick<View, 'ring'>): boolean {
  if (a.ring === b.ring) return true;
  if (a.ring.size !== b.ring.size) return false;
  for (const [id, node] of a.ring) {
    const other = b.ring.get(id);
    if (other?.boot !== node.boot || other.weight !== node.weight) return false;
  }
  return true;
}
