/**
 * Becoming and ceasing to be the owner of a slot (rules C9, Z4, H4). The log outlives both: an
 * owner takes over its copy, a former owner stays one.
 */
import type { Term } from '../base/index.ts';
import type { Entry } from '../cluster/index.ts';
import { closeBinding } from './binding-end.ts';
import { holdLog } from './held.ts';
import { revokeRun } from './runs.ts';
import { emit, note, type Own, type SlotState, type WorkerState } from './slot.ts';
import { newSlotLog, type SlotLog } from './slot-log.ts';

/** Rule C9. */
export function becomeOwner(state: WorkerState, slot: SlotState, entry: Entry): void {
  const isUnused = entry.epoch === 0;
  let log = isUnused ? unusedLog : slot.log;
  if (log?.epoch !== entry.epoch) {
    const isNewEpoch = entry.copies.length === 1 && entry.epoch > slot.highestEpoch;
    if (!isNewEpoch) {
      slot.isHalted = true;
      note(state, 'slot.halted', slot, { term: entry.term, epoch: entry.epoch }, 'error');
      return;
    }
    log = newSlotLog(entry.epoch);
    slot.highestEpoch = entry.epoch;
  }
  holdLog(state, slot, log);
  slot.source = undefined;
  slot.staging = undefined;
  slot.orphan = undefined;
  slot.sourceTerm = entry.term;
  slot.own = newOwn(state, entry, log, isUnused ? nothing : fresh());
  // Unused slots change hands by the thousand, which is no news.
  if (isUnused) return;
  state.toCommit.add(slot);
  note(state, 'slot.owned', slot, { term: entry.term, epoch: entry.epoch });
}

/**
 * The first interest in a slot that was never used: its log begins now, with an epoch of this
 * term; nothing is committed before the table says so, and names the copies.
 */
export function startUse(state: WorkerState, slot: SlotState, own: Own): Own {
  const { term, copies, epoch } = own;
  const log = newSlotLog(term);
  holdLog(state, slot, log);
  slot.highestEpoch = Math.max(slot.highestEpoch, term);
  slot.own = newOwn(state, { owner: state.me, term, copies, epoch }, log, fresh());
  state.toReconcile.add(slot);
  return slot.own;
}

type Holdings = Pick<
  Own,
  'uncommittedOf' | 'streams' | 'bindings' | 'queues' | 'outbox' | 'volatileHandled'
>;

function fresh(): Holdings {
  return {
    uncommittedOf: new Map(),
    streams: new Map(),
    bindings: new Map(),
    queues: new Map(),
    outbox: { cursor: 0, unconfirmed: new Map(), confirmed: [], confirmedSinceMs: 0 },
    volatileHandled: new Map(),
  };
}

/** What all unused slots share, thousands of them: nothing is ever put in. */
const nothing = fresh();
const unusedLog = newSlotLog(0);

/**
 * Rule P7: the log's time goes on from its newest record by my own monotonic clock. A wall clock
 * that is wrong or jumps can then neither end a key's retention early nor put it off; the time
 * between that record and now is kept on top.
 */
function logTimeOffsetOf(state: WorkerState, log: SlotLog): number {
  let newestAtMs = Number.NEGATIVE_INFINITY;
  for (const { records } of log.keys.values()) {
    newestAtMs = Math.max(newestAtMs, records.at(-1)?.atMs ?? newestAtMs);
  }
  return newestAtMs === Number.NEGATIVE_INFINITY ? state.wallOffsetMs : newestAtMs - state.nowMs;
}

function newOwn(state: WorkerState, entry: Entry, log: SlotLog, holdings: Holdings): Own {
  const { length } = log;
  const logTimeOffsetMs = logTimeOffsetOf(state, log);
  return {
    term: entry.term,
    phase: 'serving',
    phaseSinceMs: state.nowMs,
    copies: entry.copies,
    epoch: entry.epoch,
    adopt: length,
    logTimeOffsetMs,
    commit: 0,
    uncommitted: [],
    runCount: 0,
    acks: [],
    attaches: [],
    aloneSinceMs: undefined,
    actsAlone: false,
    order: undefined,
    // One by one: a spread makes this many times dearer, and it is done for every slot.
    uncommittedOf: holdings.uncommittedOf,
    streams: holdings.streams,
    bindings: holdings.bindings,
    queues: holdings.queues,
    outbox: holdings.outbox,
    volatileHandled: holdings.volatileHandled,
    isQuietKnown: false,
  };
}

/** A term above all I know, said by another worker, ends my ownership at once (rule Z4). */
export function deposeByMessage(state: WorkerState, slot: SlotState, term: Term): void {
  if (term <= slot.known) return;
  slot.known = term;
  if (slot.own !== undefined) stepDown(state, slot, 'NOT_OWNER');
  emit(state, { kind: 'read' });
}

/** Ends ownership; the log stays as a copy. Bindings are closed for good, runs revoked (H4). */
export function stepDown(
  state: WorkerState,
  slot: SlotState,
  answer: 'NOT_OWNER' | 'MOVING',
): void {
  const { own } = slot;
  if (own === undefined) return;
  for (const binding of [...own.bindings.values()]) {
    closeBinding(state, slot, own, binding, answer);
  }
  for (const queue of own.queues.values()) {
    if (queue.run !== undefined) revokeRun(state, queue.run);
  }
  slot.own = undefined;
  slot.sourceTerm = own.term;
  state.moving.delete(slot);
  state.stalled.delete(slot);
  if (slot.log?.epoch === 0) holdLog(state, slot, undefined);
  else note(state, 'slot.released', slot, { term: own.term });
}
