/**
 * Keys whose handler hangs (rule H7). An input of such a key takes two deadlines before it is
 * recorded as failed, and meanwhile the events behind it take up the window of their partition,
 * which other keys share. So only a few of them may wait; those beyond are recorded as failed
 * at once, oldest first, and end up among the dead letters like any event that failed.
 *
 *   well ──two runs overdue, no input done at once between──► stuck ──input done at once──► well
 *
 * Only time that a handler has taken counts: what waits for a lease, a copy, a link or the bus is
 * never refused. Nor is anything while many keys are overdue at once, which then have a cause in
 * common that will pass, and nobody else to make room for.
 */
import { ackIfKnown, inputIdOf } from './inputs.ts';
import { mayStartRuns } from './lease.ts';
import { finish } from './outcomes.ts';
import type { SlotState, WorkerState } from './slot.ts';
import { note, type QueuedInput, type Run } from './slot.ts';

/** As many as an input has attempts: the one that brought it to light is recorded as failed. */
const overdueRunsToBeStuck = 2;

export function markOverdue(state: WorkerState, { slot, queue }: Run): void {
  queue.overdueRuns += 1;
  if (queue.overdueRuns < overdueRunsToBeStuck || queue.stuck !== undefined) return;
  queue.stuck = { sinceMs: state.nowMs, refusedCount: 0 };
  note(state, 'key.stuck', slot, { key: queue.key, waiting: queue.waiting.length }, 'warn');
}

/** A run returned, or threw, in time. */
export function markReturned(state: WorkerState, { slot, queue, queued }: Run): void {
  if (queued.attempts > 1) return; // each input in twice the deadline is no recovery
  queue.overdueRuns = 0;
  if (queue.stuck === undefined) return;
  const { sinceMs, refusedCount } = queue.stuck;
  queue.stuck = undefined;
  const fields = { key: queue.key, stuckMs: state.nowMs - sinceMs, refusedCount };
  note(state, 'key.recovered', slot, fields);
}

/** Keys that wait for a handler after a run which overran its deadline. */
export function overdueKeys(state: WorkerState): number {
  let count = 0;
  for (const { queue } of state.runs.values()) if (queue.overdueRuns > 0) count += 1;
  return count;
}

/** Makes room for other keys; looked at once in a tick. */
export function refuseStuck(state: WorkerState): void {
  const { stuckKeysMax, stuckEventsMax, handlerDeadlineMs } = state.limits;
  if (overdueKeys(state) > stuckKeysMax) state.manyOverdueAtMs = state.nowMs;
  // Neither the first ones to fail in an outage nor the last ones to come out of it are stuck.
  const wellForMs = state.nowMs - state.manyOverdueAtMs;
  if (wellForMs < overdueRunsToBeStuck * handlerDeadlineMs) return;
  const stuck = [...state.runs.values()].filter(({ queue }) => queue.stuck !== undefined);
  const share = Math.max(1, Math.floor(stuckEventsMax / stuck.length));
  for (const run of stuck) refuseBeyond(state, run, share);
}

/** The oldest events of the key go on waiting, as many as its share; the others are refused. */
function refuseBeyond(state: WorkerState, { slot, own, queue, queued }: Run, share: number): void {
  const { stuck } = queue;
  if (stuck === undefined || !mayStartRuns(state, slot, own)) return;
  const events = queue.waiting.filter(({ input }) => input.kind === 'event');
  if (events.length <= share) return;
  // A repeat of what waits or runs is not an event of its own: refusing it would refuse that one.
  const known = new Set([queued, ...events.slice(0, share)].map(inputIdOf));
  const refused = new Set<QueuedInput>();
  for (const event of events.slice(share)) {
    if (isOutboxFull(state, slot)) break; // each refusal is reported outward
    if (known.has(inputIdOf(event))) continue;
    refused.add(event);
    if (ackIfKnown(state, slot, own, event)) continue;
    if (stuck.refusedCount === 0) note(state, 'key.refuses', slot, { key: queue.key }, 'warn');
    stuck.refusedCount += 1;
    const seconds = Math.round((state.nowMs - stuck.sinceMs) / 1000);
    const reason = `stuck: handlers of this key have overrun their deadline for ${seconds} s`;
    finish(state, slot, own, event, { kind: 'failed', reason });
  }
  const kept = queue.waiting.filter((waiting) => !refused.has(waiting));
  queue.waiting.splice(0, queue.waiting.length, ...kept);
}

function isOutboxFull(state: WorkerState, { log }: SlotState): boolean {
  return (log?.outbox.size ?? 0) >= state.limits.outboxPerSlotMax;
}
