/**
 * From the owner's frames to sessions: each session has one position of its own, takes a frame
 * only if it covers that position, and nothing before it is attached in the present binding
 * (rules P2–P4). What it gets of a record is the pushes and its own replies.
 */
import type { WorkerToGateway } from '../link/index.ts';
import { announce } from './binding.ts';
import { emit, type GatewayState, type Route, type Session } from './route.ts';

type Of<T extends WorkerToGateway['type']> = Extract<WorkerToGateway, { type: T }>;

export function takeAttached(state: GatewayState, route: Route, message: Of<'ATTACHED'>): void {
  const session = state.sessions.get(message.session);
  if (session === undefined || session.route !== route) return;
  if (session.connection !== message.connection) return;
  if (route.binding?.number !== message.binding) return;
  const { epoch, next, recovered, reason } = message;
  const isFirst = !session.isWelcome;
  session.isAttached = true;
  session.isWelcome = true;
  session.epoch = epoch;
  session.next = next;
  // To every owner and every log: one that knows of it ignores it (rule B8).
  session.isAnnounced = true;
  announce(state, session);
  if (!isFirst && recovered) return; // it moved, and need not know
  const { session: id } = session;
  emit(state, { kind: 'attached', session: id, epoch, next, recovered, reason, isFirst });
}

export function takeFrame(state: GatewayState, route: Route, message: Of<'FRAME'>): void {
  if (route.binding?.number !== message.binding) return;
  const { key, offset, pushes, replies } = message;
  const sessions = [];
  for (const session of route.keys.get(key)?.values() ?? []) {
    if (!covers(state, message, session)) continue;
    session.next = offset + 1;
    const own =
      replies.length === 0 ? replies : replies.filter((r) => r.session === session.session);
    if (pushes.length > 0 || own.length > 0) {
      sessions.push({ session: session.session, replies: own });
    }
  }
  if (sessions.length > 0) emit(state, { kind: 'frame', key, offset, pushes, sessions });
}

export function takeSend(state: GatewayState, route: Route, message: Of<'SEND'>): void {
  if (route.binding?.number !== message.binding) return;
  const { session: only, key, kind: type, format, data } = message;
  const sessions = [];
  for (const { session, isAttached } of route.keys.get(key)?.values() ?? []) {
    if (isAttached && (only === '' || only === session)) sessions.push(session);
  }
  if (sessions.length > 0) emit(state, { kind: 'volatile', sessions, type, format, data });
}

/** Rules P3, P4. */
function covers(state: GatewayState, frame: Of<'FRAME'>, session: Session): boolean {
  if (!session.isAttached && !state.plants.has('frames-before-attached')) return false;
  if (session.epoch !== frame.epoch) return false;
  const isCovered = frame.from <= session.next || state.plants.has('ignore-from');
  return isCovered && session.next <= frame.offset;
}
