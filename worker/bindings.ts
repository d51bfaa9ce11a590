/**
 * Bindings: one gateway's input stream to one slot owner (rules B1–B3), and attaching sessions
 * at their positions (B6, P1–P6). A closed binding never opens again; its inputs that have not
 * started leave the queues, because the gateway sends them again to whoever owns next (H5).
 */
import type { BootId } from '../base/index.ts';
import type { GatewayToWorker, SessionRef } from '../link/index.ts';
import { append, nextRecordHead } from './append.ts';
import { answer, closeBinding } from './binding-end.ts';
import { startUse } from './ownership.ts';
import { noteQuiet } from './quiet.ts';
import { enqueue } from './runs.ts';
import { isFull } from './shed.ts';
import { emit, type Own, type SlotState, type WorkerState } from './slot.ts';

/** Never committed: the session waits for its key to be born. */
const notBorn = Number.POSITIVE_INFINITY;

type Of<T extends GatewayToWorker['type']> = Extract<GatewayToWorker, { type: T }>;

export function takeBind(
  state: WorkerState,
  slot: SlotState,
  gateway: BootId,
  message: Of<'BIND'>,
): void {
  let { own } = slot;
  if (message.term > (own?.term ?? slot.known)) {
    // B3: the gateway has read a newer table than I have.
    answer(state, slot, gateway, message.binding, 'MOVING');
    emit(state, { kind: 'read' });
    return;
  }
  if (own === undefined || own.phase !== 'serving') {
    const reply = own === undefined && state.isRegistered ? 'NOT_OWNER' : 'MOVING';
    answer(state, slot, gateway, message.binding, reply);
    return;
  }
  if (slot.log?.epoch === 0) own = startUse(state, slot, own);
  const older = own.bindings.get(gateway);
  if (older !== undefined) closeBinding(state, slot, own, older, undefined);
  const { binding } = message;
  own.bindings.set(gateway, { gateway, binding, next: 1, subscriptions: new Map() });
  for (const ref of message.sessions) attach(state, slot, own, gateway, binding, ref);
}

export function takeOpen(
  state: WorkerState,
  slot: SlotState,
  gateway: BootId,
  message: Of<'OPEN'>,
): void {
  const own = openOwn(slot, gateway, message.binding);
  if (own === undefined) return answer(state, slot, gateway, message.binding, 'MOVING');
  for (const ref of message.sessions) attach(state, slot, own, gateway, message.binding, ref);
}

export function takeClose(
  state: WorkerState,
  slot: SlotState,
  gateway: BootId,
  message: Of<'CLOSE'>,
): void {
  const own = openOwn(slot, gateway, message.binding);
  if (own === undefined) return;
  const { session, connection } = message;
  own.attaches = own.attaches.filter(({ gateway: g, ref }) => {
    const isIt = g === gateway && ref.session === session && ref.connection === connection;
    if (isIt) own.isQuietKnown = false;
    return !isIt;
  });
  const binding = own.bindings.get(gateway);
  for (const subscription of binding?.subscriptions.values() ?? []) {
    if (subscription.sessions.get(session) !== connection) continue;
    subscription.sessions.delete(session);
    if (subscription.sessions.size > 0) continue;
    binding?.subscriptions.delete(subscription.key);
    noteQuiet(state, slot, own, subscription.key);
  }
}

/** Rule B2: the open binding's next input, or nothing. */
export function takeInput(
  state: WorkerState,
  slot: SlotState,
  gateway: BootId,
  message: Of<'INPUT'>,
): void {
  const own = openOwn(slot, gateway, message.binding);
  const binding = own?.bindings.get(gateway);
  if (own === undefined || binding === undefined) {
    return answer(state, slot, gateway, message.binding, 'MOVING');
  }
  if (message.n !== binding.next) return;
  binding.next += 1;
  const { n, input } = message;
  enqueue(state, slot, own, { gateway, binding: message.binding, n, input, attempts: 0 });
}

/** Sessions and inputs that waited for room to give birth to their keys (rule G4). */
export function retryBirths(state: WorkerState): void {
  const { waiting } = state.memory;
  for (const number of waiting) {
    const slot = state.slots[number];
    const own = slot?.own;
    if (slot !== undefined && own !== undefined && isFull(state, own)) continue;
    waiting.delete(number);
    if (slot === undefined || own === undefined) continue;
    const unborn = own.attaches.filter(({ idx }) => idx === notBorn);
    own.attaches = own.attaches.filter(({ idx }) => idx !== notBorn);
    for (const { gateway, binding, ref } of unborn) {
      attach(state, slot, own, gateway, binding, ref);
    }
    state.toPump.add(slot);
  }
}

/** Queues the session for its position; a key that is not there yet is born first. */
function attach(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  gateway: BootId,
  binding: number,
  ref: SessionRef,
): void {
  const { log } = slot;
  if (log === undefined) return;
  if (!log.keys.has(ref.key) && isFull(state, own)) {
    own.attaches.push({ gateway, binding, ref, idx: notBorn, head: 0 });
    state.memory.counts.delayedSessions += 1;
    state.memory.waiting.add(slot.slot);
    return;
  }
  if (!log.keys.has(ref.key)) {
    append(state, slot, own, { kind: 'birth', ...nextRecordHead(slot, own), key: ref.key });
  }
  const head = log.keys.get(ref.key)?.nextOffset ?? 0;
  own.attaches.push({ gateway, binding, ref, idx: log.length - 1, head });
  state.toCommit.add(slot);
}

function openOwn(slot: SlotState, gateway: BootId, binding: number): Own | undefined {
  return slot.own?.bindings.get(gateway)?.binding === binding ? slot.own : undefined;
}
