/**
 * One queue per key, events and client messages in the order of arrival; at most one handler of
 * a key runs; whether an input is a repeat is asked when it is next, not when it arrives (H1,
 * H2). A run holds a token that a deadline, a seal or a loss takes away; what comes back with a
 * revoked token is thrown away (H4). One input becomes one record (H3).
 */
import type { Input } from '../link/index.ts';
import { ackKnown } from './append.ts';
import { mustNotBear, refuseBirth } from './births.ts';
import type { RunOutcome } from './core-types.ts';
import { ackIfKnown, inputIdOf, isBound, isVolatile } from './inputs.ts';
import { mayStartRuns } from './lease.ts';
import { builtIn, finish } from './outcomes.ts';
import { noteQuiet } from './quiet.ts';
import {
  emit,
  type KeyQueue,
  note,
  type Own,
  type QueuedInput,
  type Run,
  type SlotState,
  type WorkerState,
} from './slot.ts';
import { markOverdue, markReturned } from './stuck.ts';
import { finishVolatile } from './volatile.ts';

/** Attempts of one input before it is recorded as failed: rule H4's "once more". */
const attemptsMax = 2;

export function enqueue(state: WorkerState, slot: SlotState, own: Own, queued: QueuedInput): void {
  const { key } = queued.input;
  let queue = own.queues.get(key);
  if (queue === undefined) {
    queue = { key, waiting: [], run: undefined, overdueRuns: 0, stuck: undefined };
    own.queues.set(key, queue);
  }
  if (state.plants.has('dedupe-at-arrival') && ackIfKnown(state, slot, own, queued)) return;
  queue.waiting.push(queued);
  pump(state, slot, own, queue);
}

export function pumpAll(state: WorkerState, slot: SlotState, own: Own): void {
  for (const queue of [...own.queues.values()]) pump(state, slot, own, queue);
}

/** A handler ended, in time or not. */
export function takeRan(state: WorkerState, token: number, outcome: RunOutcome): void {
  const run = state.runs.get(token);
  if (run === undefined) return; // revoked (H4)
  const { slot, own, queue, queued } = run;
  endRun(state, run);
  markReturned(state, run);
  if (isVolatile(state, queued.input)) {
    finishVolatile(state, slot, own, queue, queued, outcome);
  } else {
    finish(state, slot, own, queued, outcome);
  }
  if (own.phase === 'sealing') state.toReconcile.add(slot);
  pump(state, slot, own, queue);
}

/** Rule H4: once more at the head if its binding is still open, then recorded as failed. */
export function revokeOverdue(state: WorkerState): void {
  for (const run of [...state.runs.values()]) {
    if (state.nowMs - run.startedAtMs < state.limits.handlerDeadlineMs) continue;
    const { slot, own, queue, queued } = run;
    note(state, 'handler.overdue', slot, { attempt: queued.attempts }, 'warn');
    revokeRun(state, run);
    markOverdue(state, run);
    if (queued.attempts >= attemptsMax) {
      finish(state, slot, own, queued, { kind: 'failed', reason: 'deadline' });
    } else if (isBound(own, queued)) {
      queue.waiting.unshift(queued);
    }
    if (own.phase === 'sealing') state.toReconcile.add(slot);
    pump(state, slot, own, queue);
  }
}

/** Takes the token away: the run's context refuses everything from now on. */
export function revokeRun(state: WorkerState, run: Run): void {
  if (!state.plants.has('late-run-counts')) endRun(state, run);
  emit(state, { kind: 'revoke', token: run.token });
}

function endRun(state: WorkerState, run: Run): void {
  state.runs.delete(run.token);
  run.own.runCount -= 1;
  if (run.queue.run === run) run.queue.run = undefined;
}

function pump(state: WorkerState, slot: SlotState, own: Own, queue: KeyQueue): void {
  while (queue.run === undefined) {
    const queued = queue.waiting[0];
    if (slot.own !== own) return;
    if (queued === undefined) return dropIdle(state, slot, own, queue);
    if (!mayStartRuns(state, slot, own)) {
      state.stalled.add(slot);
      return;
    }
    if (!state.plants.has('dedupe-at-arrival') && ackIfKnown(state, slot, own, queued)) {
      queue.waiting.shift();
      continue;
    }
    if (mustNotBear(state, slot, own, queued)) {
      if (!refuseBirth(state, slot, own, queued)) return;
      queue.waiting.shift();
      continue;
    }
    if (isOutboxFull(state, slot, queued.input)) {
      state.unsettled.add(slot);
      return;
    }
    queue.waiting.shift();
    begin(state, slot, own, queue, queued);
  }
}

function begin(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  queue: KeyQueue,
  queued: QueuedInput,
): void {
  const { input } = queued;
  if (!state.handled[input.kind]) {
    const outcome = builtIn(state, input);
    if (outcome === undefined) ackKnown(state, slot, own, undefined, { queued, idx: -1 });
    else finish(state, slot, own, queued, outcome);
    return;
  }
  queued.attempts += 1;
  const token = ++state.nextToken;
  const run = { token, slot, own, queue, queued, startedAtMs: state.nowMs };
  queue.run = run;
  own.runCount += 1;
  state.runs.set(token, run);
  emit(state, {
    kind: 'run',
    token,
    slot: slot.slot,
    input,
    inputId: inputIdOf(queued),
    state: slot.log?.keys.get(input.key)?.state,
    isVolatile: isVolatile(state, input),
    user: userOf(slot, input),
  });
}

function userOf({ log }: SlotState, input: Input): string {
  if (input.kind === 'event') return '';
  if (input.kind === 'open') return input.about.user;
  return log?.keys.get(input.key)?.presence.get(input.session)?.user ?? '';
}

/** Rule O4: at its bound only inputs that may write outward wait. */
function isOutboxFull(state: WorkerState, slot: SlotState, input: Input): boolean {
  if (input.kind !== 'message' && !state.handled[input.kind]) return false;
  if (isVolatile(state, input)) return false;
  return (slot.log?.outbox.size ?? 0) >= state.limits.outboxPerSlotMax;
}

function dropIdle(state: WorkerState, slot: SlotState, own: Own, queue: KeyQueue): void {
  if (own.queues.get(queue.key) === queue) own.queues.delete(queue.key);
  noteQuiet(state, slot, own, queue.key);
}
