/**
 * How much of a client's input waits here for its owner. A session that sends on meanwhile is not
 * read any more; and as one user may come back again and again while its handler is stuck, all
 * that a key's sessions have sent counts together, also of those that are closed.
 *
 *   reading ──(session or key is full)──► paused ──(both at most half full)──► reading
 */
import { emit, type GatewayState, type Session } from './route.ts';

/** The sessions of a key together hold this many times what one may. */
const fullSessionsPerKey = 4;

/** Whether the key holds so much that another session for it would only add to that. */
export function isKeyFull(state: GatewayState, key: string): boolean {
  return heldOf(state, key) >= keyMax(state);
}

export function countHeld(state: GatewayState, session: Session): void {
  session.heldCount += 1;
  state.heldByKey.set(session.key, heldOf(state, session.key) + 1);
  const isFull = session.heldCount >= state.limits.heldPerSessionMax;
  if (session.isPaused || !(isFull || isKeyFull(state, session.key))) return;
  session.isPaused = true;
  emit(state, { kind: 'pause', session: session.session });
}

/** One of the key's messages is dealt with; `sender` is the session if it still counts it. */
export function countSettled(
  state: GatewayState,
  key: string,
  sessions: ReadonlyMap<string, Session> | undefined,
  sender: Session | undefined,
): void {
  const ofKey = heldOf(state, key) - 1;
  if (ofKey > 0) state.heldByKey.set(key, ofKey);
  else state.heldByKey.delete(key);
  if (sender !== undefined) {
    sender.heldCount -= 1;
    unpauseIfRoom(state, sender);
  }
  // All of them are looked at only once on the way down: a room may have thousands.
  if (ofKey !== keyMax(state) / 2) return;
  for (const session of sessions?.values() ?? []) unpauseIfRoom(state, session);
}

function unpauseIfRoom(state: GatewayState, session: Session): void {
  const isRoomy = session.heldCount <= state.limits.heldPerSessionMax / 2;
  if (!session.isPaused || !isRoomy || heldOf(state, session.key) > keyMax(state) / 2) return;
  session.isPaused = false;
  emit(state, { kind: 'unpause', session: session.session });
}

function heldOf(state: GatewayState, key: string): number {
  return state.heldByKey.get(key) ?? 0;
}

function keyMax({ limits }: GatewayState): number {
  return limits.heldPerSessionMax * fullSessionsPerKey;
}
