/**
 * From what a handler did, or what is built in for inputs without one, to the one record of the
 * input (rule H3).
 */
import type { Input, InputRecord, LogRecord, Outward, Push } from '../link/index.ts';
import { ackAt, append, takeStrikes } from './append.ts';
import type { RunOutcome } from './core-types.ts';
import { inputIdOf, recordsPresence } from './inputs.ts';
import type { Own, QueuedInput, SlotState, WorkerState } from './slot.ts';

/** What happens to an input that the application does not handle; undefined = no record. */
export function builtIn(state: WorkerState, input: Input): RunOutcome | undefined {
  if (input.kind === 'event') {
    const { id, type, format, data } = input;
    return returned([{ id, type, format, data }], []);
  }
  if (input.kind === 'message') {
    const { key, format, data } = input;
    const outward = {
      to: 'out',
      topic: `message.${key}`,
      type: 'ringway.message',
      format,
      data,
    } as const;
    return returned([], [outward]);
  }
  return recordsPresence(state.handled) ? returned([], []) : undefined;
}

function returned(pushes: readonly Push[], outward: readonly Outward[]): RunOutcome {
  return { kind: 'returned', pushes, replies: [], state: undefined, outward };
}

/** Rule H3: the record of an input, its acknowledgement waiting for its commit. */
export function finish(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  queued: QueuedInput,
  outcome: RunOutcome,
): void {
  const { log } = slot;
  if (log === undefined || slot.own !== own || own.phase === 'sealed') return;
  const { input } = queued;
  const { term } = own;
  if (!log.keys.has(input.key)) {
    append(state, slot, own, { kind: 'birth', idx: log.length, term, key: input.key });
  }
  const { pushes, replies, state: next, outward, failure } = effectsOf(queued, outcome);
  const record: LogRecord = {
    kind: 'input',
    idx: log.length,
    term,
    key: input.key,
    offset: log.keys.get(input.key)?.nextOffset ?? 0,
    atMs: state.nowMs + own.logTimeOffsetMs,
    inputId: inputIdOf(queued),
    pushes,
    replies,
    state: next,
    outward,
    failure,
    handled: input.kind === 'message' ? { session: input.session, n: input.n } : undefined,
    presence: presenceOf(queued),
    strikes: takeStrikes(own),
  };
  append(state, slot, own, record);
  if (queued.gateway !== '') ackAt(own, queued, record.idx, record.failure);
}

function effectsOf(
  queued: QueuedInput,
  outcome: RunOutcome,
): Pick<InputRecord, 'pushes' | 'replies' | 'state' | 'outward' | 'failure'> {
  if (outcome.kind === 'returned') {
    const { pushes, replies, state, outward } = outcome;
    return { pushes, replies, state, outward, failure: '' };
  }
  const { reason } = outcome;
  const outward = [undelivered(queued, reason)];
  return { pushes: [], replies: [], state: undefined, outward, failure: reason };
}

function undelivered(queued: QueuedInput, reason: string): Outward {
  const text = JSON.stringify({ input: inputIdOf(queued), reason });
  return {
    to: 'out',
    topic: `undelivered.${queued.input.key}`,
    type: 'ringway.handler_failed',
    format: 'json',
    data: new TextEncoder().encode(text),
  };
}

function presenceOf({ input, gateway }: QueuedInput): InputRecord['presence'] {
  if (input.kind !== 'open' && input.kind !== 'close') return undefined;
  const { session, connection } = input;
  const user = input.kind === 'open' ? input.about.user : '';
  return { session, connection, gateway, user, open: input.kind === 'open' };
}
