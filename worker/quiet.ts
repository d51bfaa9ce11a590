/**
 * Keys that nobody uses: no session, no open connection in the log, nothing waiting or running,
 * nothing uncommitted. They are kept in the order in which they fell quiet, so that the oldest
 * are found without looking at all. A key that comes into use again is found out when its turn
 * comes. They are forgotten by records, so that every copy forgets the same.
 */
import { append, nextRecordHead } from './append.ts';
import { mayStartRuns } from './lease.ts';
import type { Quiet } from './memory.ts';
import type { Own, SlotState, WorkerState } from './slot.ts';

/** Keys looked at, and forgotten, in one step. */
export const quietPerStepMax = 500;

/** Called whenever a key may have fallen quiet: its time begins now. */
export function noteQuiet(state: WorkerState, slot: SlotState, own: Own, key: string): void {
  const { quiet } = state.memory;
  if (slot.own !== own || isInUse(slot, own, key)) return;
  quiet.delete(key);
  quiet.set(key, { slot: slot.slot, term: own.term, sinceMs: state.nowMs });
}

/** After many may have fallen quiet at once, or the slot has just become mine. */
export function noteAllQuiet(state: WorkerState, slot: SlotState, own: Own): void {
  if (own.isQuietKnown) return;
  own.isQuietKnown = true;
  for (const key of slot.log?.keys.keys() ?? []) {
    const known = state.memory.quiet.get(key);
    if (known?.slot !== slot.slot || known.term !== own.term) noteQuiet(state, slot, own, key);
  }
}

/** The owner's slot of a quiet key; undefined, and the entry gone, when it is quiet no more. */
export function slotOfQuiet(
  state: WorkerState,
  key: string,
  { slot: number, term }: Quiet,
): { readonly slot: SlotState; readonly own: Own } | undefined {
  const slot = state.slots[number];
  const own = slot?.own;
  if (slot !== undefined && own?.term === term && !isInUse(slot, own, key)) return { slot, own };
  state.memory.quiet.delete(key);
  return undefined;
}

/** Those that were quiet for `retentionMs`, with their ids and their state. */
export function evictIdle(state: WorkerState): void {
  const { memory, nowMs, limits } = state;
  const evicted = new Evictions(state);
  let left = quietPerStepMax;
  for (const [key, quiet] of memory.quiet) {
    if (nowMs - quiet.sinceMs < limits.retentionMs || left-- === 0) break;
    const found = slotOfQuiet(state, key, quiet);
    if (found !== undefined && mayStartRuns(state, found.slot, found.own)) {
      evicted.add(found.slot, key);
    }
  }
  memory.counts.evictedIdle += evicted.append();
}

/** Gathers keys of any slots; one record for each slot. */
export class Evictions {
  readonly #state: WorkerState;
  readonly #keys = new Map<SlotState, string[]>();

  constructor(state: WorkerState) {
    this.#state = state;
  }

  add(slot: SlotState, key: string): void {
    this.#state.memory.quiet.delete(key);
    const keys = this.#keys.get(slot);
    if (keys === undefined) this.#keys.set(slot, [key]);
    else keys.push(key);
  }

  /** @returns how many keys are forgotten */
  append(): number {
    let count = 0;
    for (const [slot, keys] of this.#keys) {
      if (slot.own === undefined) continue;
      append(this.#state, slot, slot.own, {
        kind: 'evict',
        ...nextRecordHead(slot, slot.own),
        keys,
      });
      count += keys.length;
    }
    return count;
  }
}

function isInUse({ log }: SlotState, own: Own, key: string): boolean {
  const keyLog = log?.keys.get(key);
  // Forgotten already: nothing is left to forget.
  if (keyLog === undefined || keyLog.presence.size > 0) return true;
  if (own.queues.has(key) || own.uncommittedOf.has(key)) return true;
  for (const { subscriptions } of own.bindings.values()) if (subscriptions.has(key)) return true;
  return own.attaches.some(({ ref }) => ref.key === key);
}
