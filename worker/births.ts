/**
 * Inputs that would give birth to a key where memory is full (rule G4). Events fail, visibly: they
 * end up among the dead letters, because one that waited would hold up its partition for users
 * who are there. Nobody is there to be closed. Everything else waits for room, as sessions do
 * that want to attach (`bindings.ts`); the gateway ends their handshakes in its own time.
 */
import { ackAt, ackKnown } from './append.ts';
import { isVolatile, recordsPresence } from './inputs.ts';
import { isFull } from './shed.ts';
import type { Own, QueuedInput, SlotState, WorkerState } from './slot.ts';

const failure = 'memory: no room for a new key, memoryBytesMax is reached';

export function mustNotBear(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  { input }: QueuedInput,
): boolean {
  if (!isFull(state, own) || slot.log?.keys.has(input.key)) return false;
  if (input.kind === 'event') return true;
  return input.kind === 'message' ? !isVolatile(state, input) : recordsPresence(state.handled);
}

/** @returns false when the input is to wait at the head of its queue. */
export function refuseBirth(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  queued: QueuedInput,
): boolean {
  switch (queued.input.kind) {
    case 'event':
      state.memory.counts.refusedEvents += 1;
      ackAt(own, queued, -1, failure);
      state.toCommit.add(slot);
      return true;
    case 'close':
      ackKnown(state, slot, own, undefined, { queued, idx: -1 });
      return true;
    default:
      state.memory.waiting.add(slot.slot);
      return false;
  }
}
