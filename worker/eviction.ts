/**
 * Fast detection (rules C11, A5): of a worker whose address refuses connections, or of which a
 * later boot has proved itself, the slots go to their other copies and the nodes away, in one
 * multi-operation. A wrong conclusion costs a move; it can lose nothing.
 */
import { type BootId, memberIdOf, type Slot } from '../base/index.ts';
import type { Entry, View } from '../cluster/index.ts';
import { hasStrictLease } from './lease.ts';
import { note, type WorkerState } from './slot.ts';
import { sendChange } from './table-change.ts';

/** Only one of those who notice acts at once: of several attempts all but one are in vain. */
const evictForOthersAfterMs = 100;
/** Members in ring order that are looked at for an unused slot. */
const orderMax = 8;

export function suspect(state: WorkerState, boot: BootId): void {
  if (state.gone.has(boot)) return;
  state.gone.set(boot, { sinceMs: state.nowMs, isTried: false });
}

/** What was refused, or was in vain, may be right on a newer reading. */
export function suspectAnew(state: WorkerState): void {
  for (const suspicion of state.gone.values()) suspicion.isTried = false;
}

export function evictGone(state: WorkerState): void {
  const { view } = state;
  if (view === undefined || state.gone.size === 0) return;
  for (const [boot, suspicion] of state.gone) {
    if (!view.live.has(boot)) {
      state.gone.delete(boot);
      const tookMs = state.nowMs - suspicion.sinceMs;
      note(state, 'worker.gone', undefined, { boot, tookMs });
      continue;
    }
    if (state.peers.get(boot)?.connection !== undefined) {
      state.gone.delete(boot);
      continue;
    }
    if (suspicion.isTried || state.pending !== undefined || !hasStrictLease(state)) continue;
    const waitedMs = state.nowMs - suspicion.sinceMs;
    if (waitedMs < evictForOthersAfterMs && !isFirstOfOthers(state, view)) continue;
    suspicion.isTried = true;
    const plan = evictionPlan(state, view, boot);
    if (plan === undefined || isHarmless(view, boot, plan)) continue;
    note(state, 'worker.evicting', undefined, { boot, slots: plan.used, waitedMs }, 'warn');
    sendChange(state, view.tableVersion, plan.changes, boot, [...plan.checks]);
  }
}

/** Of the living that are not suspected themselves. */
function isFirstOfOthers({ me, gone }: WorkerState, { live }: View): boolean {
  for (const boot of live.keys()) if (boot < me && !gone.has(boot)) return false;
  return true;
}

/** Holds nothing and wants nothing, like one that has just left in good order: its session ends. */
function isHarmless({ ring }: View, boot: BootId, { changes, checks }: Plan): boolean {
  return changes.size === 0 && checks.size === 0 && ring.get(memberIdOf(boot))?.boot !== boot;
}

interface Plan {
  readonly changes: Map<Slot, Entry>;
  /** Changes of slots that have a log. */
  readonly used: number;
  readonly checks: ReadonlySet<BootId>;
}

/** undefined when `boot` is the only live copy of some slot: then its session decides. */
function evictionPlan(state: WorkerState, view: View, boot: BootId): Plan | undefined {
  const changes = new Map<Slot, Entry>();
  const checks = new Set<BootId>();
  let used = 0;
  const { entries } = view.table;
  for (let slot = 0; slot < entries.length; slot += 1) {
    const entry = entries[slot];
    if (entry === undefined || !entry.copies.includes(boot)) continue;
    if (entry.epoch === 0) {
      // Nothing to inherit: straight to its next owner, which nobody has to claim it for.
      const owner = nextOwner(state, view, slot, boot);
      if (owner === undefined) continue;
      changes.set(slot, { owner, term: entry.term + 1, copies: [owner], epoch: 0 });
      continue;
    }
    const heir = entry.copies.find((copy) => copy !== boot && view.live.has(copy));
    if (heir === undefined) return undefined;
    checks.add(heir);
    if (entry.owner !== boot) continue;
    // C1a′: all copies stay listed.
    changes.set(slot, { ...entry, owner: heir, term: entry.term + 1 });
    used += 1;
  }
  return { changes, used, checks };
}

function nextOwner(
  { placement }: WorkerState,
  { ring }: View,
  slot: Slot,
  boot: BootId,
): BootId | undefined {
  for (const id of placement?.order(slot, orderMax) ?? []) {
    const next = ring.get(id)?.boot;
    if (next !== undefined && next !== boot) return next;
  }
  return undefined;
}
