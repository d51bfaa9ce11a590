/**
 * Volatile client messages (amendment A2): no record, no offset; shown and acknowledged at once
 * if this worker may act, else not handled at all.
 */
import type { Push } from '../link/index.ts';
import type { RunOutcome } from './core-types.ts';
import { isBound } from './inputs.ts';
import { mayStartRuns } from './lease.ts';
import {
  emit,
  type KeyQueue,
  type Own,
  type QueuedInput,
  type SlotState,
  type WorkerState,
} from './slot.ts';

/** Sessions per slot whose volatile messages are known as handled; the seal record lists them. */
const volatileSessionsMax = 2048;

type Shown = Pick<Push, 'format' | 'data'>;

export function finishVolatile(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  queue: KeyQueue,
  queued: QueuedInput,
  outcome: RunOutcome,
): void {
  const { input } = queued;
  if (input.kind !== 'message' || slot.own !== own) return;
  if (!mayStartRuns(state, slot, own)) {
    if (isBound(own, queued)) queue.waiting.unshift(queued);
    return;
  }
  if (outcome.kind === 'returned') sendVolatile(state, slot, own, input.key, outcome);
  noteVolatile(own, input.session, input.key, input.n);
  if (!isBound(own, queued)) return;
  const failure = outcome.kind === 'failed' ? outcome.reason : '';
  const { gateway, binding, n } = queued;
  emit(state, {
    kind: 'send',
    peer: gateway,
    message: { type: 'INPUT_ACK', slot: slot.slot, binding, n, failure },
  });
}

function noteVolatile(own: Own, session: string, key: string, n: number): void {
  own.volatileHandled.delete(session);
  own.volatileHandled.set(session, { key, n });
  if (own.volatileHandled.size <= volatileSessionsMax) return;
  for (const oldest of own.volatileHandled.keys()) {
    own.volatileHandled.delete(oldest);
    return;
  }
}

function sendVolatile(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  key: string,
  outcome: Extract<RunOutcome, { kind: 'returned' }>,
): void {
  for (const { gateway, binding, subscriptions } of own.bindings.values()) {
    const subscription = subscriptions.get(key);
    if (subscription === undefined) continue;
    const send = (session: string, kind: string, { format, data }: Shown): void => {
      emit(state, {
        kind: 'send',
        peer: gateway,
        message: { type: 'SEND', slot: slot.slot, binding, key, session, kind, format, data },
      });
    };
    for (const push of outcome.pushes) send('', push.type, push);
    for (const reply of outcome.replies) {
      if (subscription.sessions.has(reply.session)) send(reply.session, '', reply);
    }
  }
}
