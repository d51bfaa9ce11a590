/** The end of a binding: closed for good, and the gateway told (rules B1, H5). */
import type { BootId } from '../base/index.ts';
import { type Binding, emit, type Own, type SlotState, type WorkerState } from './slot.ts';

/** Closes a binding for good; `reply` undefined when the gateway knows already. */
export function closeBinding(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  binding: Binding,
  reply: 'MOVING' | 'NOT_OWNER' | undefined,
): void {
  const { gateway } = binding;
  own.bindings.delete(gateway);
  for (const queue of own.queues.values()) {
    const staysQueued = state.plants.has('inputs-stay-queued'); // H5
    const kept = queue.waiting.filter((queued) => staysQueued || queued.gateway !== gateway);
    queue.waiting.splice(0, queue.waiting.length, ...kept);
    // H6: the queue object of a running key stays.
    if (queue.waiting.length === 0 && queue.run === undefined) own.queues.delete(queue.key);
  }
  own.acks = own.acks.filter((ack) => ack.gateway !== gateway);
  own.attaches = own.attaches.filter((waiting) => waiting.gateway !== gateway);
  own.isQuietKnown = false;
  if (reply !== undefined) answer(state, slot, gateway, binding.binding, reply);
}

/** Tells a gateway that a binding is closed for good, or never was open. */
export function answer(
  state: WorkerState,
  slot: SlotState,
  gateway: BootId,
  binding: number,
  type: 'MOVING' | 'NOT_OWNER',
): void {
  emit(state, { kind: 'send', peer: gateway, message: { type, slot: slot.slot, binding } });
}
