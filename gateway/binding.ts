/**
 * Bindings as the gateway sees them: opening one with all sessions and all held inputs, closing
 * it for good, and the inputs that go through it (rules B1, B2, B7).
 */
import type { BootId } from '../base/index.ts';
import type { GatewayToWorker } from '../link/index.ts';
import {
  emit,
  type GatewayState,
  type HeldInput,
  type Route,
  refOf,
  type Session,
  sessionsOf,
} from './route.ts';

/**
 * Mostly the owner is a few milliseconds behind this gateway in reading the table, so the next
 * try comes soon; each wait is a part of the time gone by, so that little is waited in vain.
 */
const retryGrowth = 1.3;
const retriesMax = 15;

/** Binds if there is a reason to, the owner is linked and it is time; else waits for that. */
export function bindWhenReady(state: GatewayState, route: Route): void {
  if (route.binding !== undefined || !isWanted(route)) {
    state.waiting.delete(route);
    return;
  }
  if (!state.peers.has(route.owner)) {
    state.waiting.delete(route); // a link or a table change wakes it
    return;
  }
  if (state.nowMs < route.retryAtMs) {
    state.waiting.add(route);
    return;
  }
  state.waiting.delete(route);
  bind(state, route);
}

/** The binding is closed for good; what was sent through it counts as never sent. */
export function unbind(route: Route): void {
  route.binding = undefined;
  for (const sessions of route.keys.values()) {
    for (const session of sessions.values()) session.isAttached = false;
  }
}

/** The owner refused: bind again soon, later each time while the table does not change. */
export function unbindRefused(state: GatewayState, route: Route): void {
  unbind(route);
  const patience = retryGrowth ** Math.min(route.retries, retriesMax);
  route.retries += 1;
  route.retryAtMs = state.nowMs + state.limits.rebindAfterMs * patience;
  bindWhenReady(state, route);
}

/** Takes the owner from the newest view if its term is higher (rule B1). */
export function reroute(state: GatewayState, route: Route): void {
  const entry = state.view?.table.entries[route.slot];
  if (entry !== undefined && entry.term > route.term) {
    route.owner = entry.owner;
    route.term = entry.term;
    route.retries = 0;
    route.retryAtMs = 0;
    unbind(route);
  }
  bindWhenReady(state, route);
}

export function hold(state: GatewayState, route: Route, held: HeldInput): void {
  route.held.add(held);
  if (route.binding === undefined) bindWhenReady(state, route);
  else sendInput(state, route, held);
}

/** The owner has dealt with input `n`. @returns what it was, if it still counts (rule B7). */
export function release(route: Route, binding: number, n: number): HeldInput | undefined {
  if (route.binding?.number !== binding) return undefined;
  const held = route.binding.sent.get(n);
  if (held === undefined) return undefined;
  route.binding.sent.delete(n);
  route.retries = 0;
  return route.held.delete(held) ? held : undefined;
}

export function openSession(state: GatewayState, session: Session): void {
  const { route } = session;
  if (route.binding === undefined) return bindWhenReady(state, route);
  const { number: binding } = route.binding;
  const sessions = [refOf(session)];
  send(state, route.owner, { type: 'OPEN', slot: route.slot, binding, sessions });
}

/** Tells the application that the session is there; a log that knows of it ignores it. */
export function announce(state: GatewayState, session: Session): void {
  const { key, session: id, connection, about, route } = session;
  const input = { kind: 'open', key, session: id, connection, about } as const;
  hold(state, route, { input, origin: { kind: 'presence' } });
}

export function closeSession(state: GatewayState, session: Session): void {
  const { route } = session;
  const sessions = route.keys.get(session.key);
  sessions?.delete(session.session);
  if (sessions?.size === 0) route.keys.delete(session.key);
  if (route.binding === undefined) return;
  send(state, route.owner, {
    type: 'CLOSE',
    slot: route.slot,
    binding: route.binding.number,
    session: session.session,
    connection: session.connection,
  });
}

function bind(state: GatewayState, route: Route): void {
  const { slot, owner: worker, term } = route;
  const binding = ++state.nextBinding;
  route.binding = { number: binding, worker, next: 1, sent: new Map() };
  const refs = sessionsOf(route).map(refOf);
  const { sessionsPerBindMax } = state.limits;
  const sessions = refs.slice(0, sessionsPerBindMax);
  send(state, worker, { type: 'BIND', slot, binding, term, sessions });
  for (let from = sessionsPerBindMax; from < refs.length; from += sessionsPerBindMax) {
    const more = refs.slice(from, from + sessionsPerBindMax);
    send(state, worker, { type: 'OPEN', slot, binding, sessions: more });
  }
  for (const held of route.held) sendInput(state, route, held);
}

function sendInput(state: GatewayState, route: Route, held: HeldInput): void {
  const { binding } = route;
  if (binding === undefined) return;
  const n = binding.next;
  binding.next += 1;
  binding.sent.set(n, held);
  const { slot } = route;
  const { input } = held;
  send(state, binding.worker, { type: 'INPUT', slot, binding: binding.number, n, input });
}

function isWanted(route: Route): boolean {
  return route.held.size > 0 || route.keys.size > 0;
}

function send(state: GatewayState, peer: BootId, message: GatewayToWorker): void {
  emit(state, { kind: 'send', peer, message });
}
