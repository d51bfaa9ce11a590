/** Looking at a worker's core from outside: reports, and what must always hold of one worker. */
import { assert } from '../base/index.ts';
import type { SlotReport } from './core-types.ts';
import type { MemoryReport } from './memory.ts';
import type { Own, SlotState, WorkerState } from './slot.ts';
import { weightOf } from './weights.ts';

export function reportOf(state: WorkerState, number: number): SlotReport {
  const slot = state.slots[number];
  const role = slot?.own !== undefined ? 'owner' : slot?.log !== undefined ? 'copy' : 'none';
  return {
    slot: number,
    role,
    phase: slot?.own?.phase,
    term: slot?.own?.term ?? slot?.sourceTerm ?? 0,
    epoch: slot?.log?.epoch ?? 0,
    length: slot?.log?.length ?? 0,
    commit: slot?.own?.commit ?? 0,
    isSingle: slot?.own !== undefined && slot.log?.epoch !== 0 && slot.own.copies.length < 2,
    keys: slot?.log?.keys.size ?? 0,
    sessions: slot?.own === undefined ? 0 : sessionsOf(slot.own),
    bytes: weightOf(slot?.log),
  };
}

export function memoryReportOf({ memory, limits }: WorkerState): MemoryReport {
  const { heldBytes, full, counts } = memory;
  return { heldBytes, bytesMax: limits.memoryBytesMax, isFull: full.size > 0, ...counts };
}

/** Counted when somebody asks, so that sessions cost nothing as they come and go. */
function sessionsOf(own: Own): number {
  let count = 0;
  for (const { subscriptions } of own.bindings.values()) {
    for (const { sessions } of subscriptions.values()) count += sessions.size;
  }
  return count;
}

/**
 * By the newest view: nothing is owned here, and no slot counts on a copy here. Where one ring
 * member is left, it owns everything and can have no other copy: it goes on alone (C8′).
 */
export function isEmpty(state: WorkerState): boolean {
  const { view, me } = state;
  if (view === undefined || !state.isRegistered) return false;
  if (state.slots.some((slot) => slot.own !== undefined)) return false;
  const [last] = view.ring.size === 1 ? view.ring.values() : [];
  return view.table.entries.every(
    ({ owner, copies }) => owner !== me && (!copies.includes(me) || owner === last?.boot),
  );
}

/** @throws AssertionError when a sentence about one worker does not hold. */
export function checkInvariants(state: WorkerState): void {
  let heldBytes = 0;
  for (const slot of state.slots) {
    checkSlot(slot);
    heldBytes += weightOf(slot.log);
    assert(
      state.isRegistered || slot.own === undefined,
      () => `slot ${slot.slot} is owned without a registration`,
    );
  }
  const booked = state.memory.heldBytes;
  assert(booked === heldBytes, `${booked} bytes are booked for logs of ${heldBytes}`);
  for (const run of state.runs.values()) {
    assert(run.slot.own === run.own, () => `run ${run.token} outlives its ownership`);
    assert(run.queue.run === run, () => `run ${run.token} is not its queue's`);
  }
}

function checkSlot({ slot, own, log, known }: SlotState): void {
  if (log !== undefined) {
    const newest = log.tail.at(-1);
    const isWhole = newest === undefined || newest.idx === log.length - 1;
    assert(isWhole, () => `slot ${slot}: tail has a gap`);
    for (const { key, records, nextOffset } of log.keys.values()) {
      const isLevel = records.length === 0 || records.at(-1)?.offset === nextOffset - 1;
      assert(isLevel, () => `${key}: offset gap`);
    }
  }
  if (own === undefined) return;
  assert(log !== undefined, () => `slot ${slot} is owned without a log`);
  assert(own.term <= known, () => `slot ${slot}: owned term ${own.term} above known ${known}`);
  assert(own.commit <= log.length, () => `slot ${slot}: commit ${own.commit} beyond ${log.length}`);
  let running = 0;
  for (const queue of own.queues.values()) if (queue.run !== undefined) running += 1;
  assert(running === own.runCount, () => `slot ${slot}: ${running} runs, counted ${own.runCount}`);
  const isQuiet = own.phase === 'serving' || own.bindings.size === 0;
  assert(isQuiet, () => `slot ${slot}: bindings while ${own.phase}`);
}
