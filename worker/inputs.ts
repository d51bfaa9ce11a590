/**
 * What an input is to the log: its identity, and whether it is there already (rules H1, H2).
 */
import { type Idx, unreachable } from '../base/index.ts';
import type { Input } from '../link/index.ts';
import { ackKnown } from './append.ts';
import type { HandledKinds } from './core-types.ts';
import { closeId, guessedCloseId, type KeyLog } from './key-log.ts';
import type { Own, QueuedInput, SlotState, WorkerState } from './slot.ts';

/** Stable over attempts, owners and gateways: what repeats of an input have in common (H1). */
export function inputIdOf({ input, gateway }: Pick<QueuedInput, 'input' | 'gateway'>): string {
  switch (input.kind) {
    case 'event':
      return `e/${input.source.length}/${input.source}/${input.id}`;
    case 'message':
      return `m/${input.session}/${input.n}`;
    case 'open':
      return `o/${input.session}/${input.connection}`;
    case 'close':
      return gateway === '' ? guessedCloseId(input) : closeId(input);
    default:
      return unreachable(input);
  }
}

/** Rule H2, at the head of the queue. @returns whether it was a repeat. */
export function ackIfKnown(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  queued: QueuedInput,
): boolean {
  const { input } = queued;
  const keyLog = slot.log?.keys.get(input.key);
  const idx = keyLog === undefined ? undefined : knownIdx(keyLog, queued);
  const volatileN = input.kind === 'message' ? (own.volatileHandled.get(input.session)?.n ?? 0) : 0;
  const isVolatileRepeat = input.kind === 'message' && input.n <= volatileN;
  if (idx === undefined && !isVolatileRepeat) return false;
  if (queued.gateway !== '') {
    ackKnown(state, slot, own, keyLog, { queued, idx: idx ?? -1 });
  }
  return true;
}

function knownIdx(keyLog: KeyLog, queued: QueuedInput): Idx | undefined {
  const { input } = queued;
  if (input.kind === 'message') {
    const handled = keyLog.handled.get(input.session);
    return handled !== undefined && input.n <= handled.n ? handled.idx : undefined;
  }
  const idx = keyLog.ids.get(inputIdOf(queued));
  if (input.kind === 'event') return idx;
  const connection = keyLog.presence.get(input.session)?.connection ?? -1;
  if (idx !== undefined) {
    // Announced again after the owner had closed it on a guess: it is open after all.
    const isReopened = input.kind === 'open' && keyLog.ids.has(guessedCloseId(input));
    return isReopened && connection === -1 && !keyLog.ids.has(closeId(input)) ? undefined : idx;
  }
  // An open or close that a later connection of the session has overtaken.
  if (connection > input.connection) return -1;
  return input.kind === 'close' && connection === -1 ? -1 : undefined;
}

/** Who is there is in the log of any application that deals with sessions at all. */
export function recordsPresence(handled: HandledKinds): boolean {
  return handled.open || handled.close || handled.message;
}

export function isVolatile(state: WorkerState, input: Input): boolean {
  return state.handled.volatile && input.kind === 'message';
}

export function isBound(own: Own, { gateway, binding }: QueuedInput): boolean {
  return own.bindings.get(gateway)?.binding === binding;
}
