/**
 * The gateway's core: `(state, input, now) → effects`. It keeps every input until the owner has
 * acknowledged it, whatever happens to owners and links meanwhile, and every session's position.
 */
import { type BootId, unreachable } from '../base/index.ts';
import type { LinkMessage } from '../link/index.ts';
import { slotOf } from '../ring/index.ts';
import { countHeld, countSettled, isKeyFull } from './back-pressure.ts';
import {
  bindWhenReady,
  closeSession,
  hold,
  openSession,
  release,
  reroute,
  unbind,
  unbindRefused,
} from './binding.ts';
import type { GatewayEffect, GatewayInput, GatewayLimits } from './core-types.ts';
import { takeAttached, takeFrame, takeSend } from './frames.ts';
import { ping, pong, takePong } from './heard.ts';
import { checkInvariants } from './invariants.ts';
import { orphans } from './orphans.ts';
import {
  emit,
  type GatewayState,
  type HeldInput,
  type Route,
  routeFor,
  type Session,
} from './route.ts';

/** Close code for sockets of a gateway that has had no worker for too long (retryable). */
const noWorkerCode = 1013;
/** Before a session is attached its handshake is refused instead: no client ever sees it. */
const busyCode = 1013;

export interface GatewayCoreOptions {
  readonly slotCount: number;
  readonly limits: GatewayLimits;
  /** Test only: rules to leave out, so that a checker can prove that it would notice. */
  readonly plants?: ReadonlySet<string>;
}

export interface GatewayCore {
  step(input: GatewayInput, nowMs: number): readonly GatewayEffect[];
  /** Inputs held for owners: events and client messages not acknowledged yet. */
  heldCount(): number;
  /** @throws AssertionError on a broken invariant. */
  checkInvariants(): void;
  readonly state: GatewayState;
}

export function createGatewayCore(options: GatewayCoreOptions): GatewayCore {
  const state = newState(options);
  return {
    step(input, nowMs) {
      state.nowMs = nowMs;
      state.effects = [];
      take(state, input);
      return state.effects;
    },
    heldCount: () => {
      let count = 0;
      for (const route of state.routes.values()) count += route.held.size;
      return count;
    },
    checkInvariants: () => checkInvariants(state),
    state,
  };
}

function take(state: GatewayState, input: GatewayInput): void {
  switch (input.kind) {
    case 'view':
      return takeView(state, input);
    case 'confirmed':
      state.confirmedAtMs = Math.max(state.confirmedAtMs, input.sentAtMs);
      return;
    case 'linked':
      return link(state, input.peer, input.connection);
    case 'unlinked':
      return unlink(state, input.peer, input.connection);
    case 'message':
      if (state.peers.get(input.peer)?.connection !== input.connection) return;
      return takeMessage(state, input.peer, input.message);
    case 'session.open':
      return open(state, input);
    case 'session.message':
      return takeClientMessage(state, input);
    case 'session.close':
      return close(state, input.session, input.code, input.reason);
    case 'event': {
      const { ref, partition, event } = input;
      const route = routeFor(state, slotOf(event.key, state.slotCount));
      const origin = { kind: 'event', ref, partition } as const;
      return hold(state, route, { input: { kind: 'event', ...event }, origin });
    }
    case 'events.withdrawn':
      return withdraw(state, input.partition);
    case 'tick':
      return tick(state);
    default:
      return unreachable(input);
  }
}

function takeMessage(state: GatewayState, from: BootId, message: LinkMessage): void {
  if (message.type === 'PING') return pong(state, from, message.sentAtMs);
  if (message.type === 'PONG') return takePong(state, message);
  if (!('slot' in message)) return;
  const route = state.routes.get(message.slot);
  if (route === undefined || route.binding?.worker !== from) return;
  switch (message.type) {
    case 'INPUT_ACK': {
      const held = release(route, message.binding, message.n);
      if (held !== undefined) settle(state, route, held, message.failure);
      return;
    }
    case 'ATTACHED':
      return takeAttached(state, route, message);
    case 'FRAME':
      return takeFrame(state, route, message);
    case 'SEND':
      return takeSend(state, route, message);
    case 'MOVING':
    case 'NOT_OWNER':
      if (route.binding.number === message.binding) unbindRefused(state, route);
      return;
    default:
      return; // gateway → worker and worker ↔ worker messages: nothing for a gateway
  }
}

/** An input is dealt with: its sender may know. */
function settle(state: GatewayState, route: Route, held: HeldInput, failure: string): void {
  const { origin, input } = held;
  if (origin.kind === 'event') emit(state, { kind: 'event.done', ref: origin.ref, failure });
  if (origin.kind !== 'message') return;
  const session = state.sessions.get(origin.session);
  if (session !== undefined) {
    emit(state, { kind: 'accepted', session: origin.session, n: origin.n, failure });
  }
  // What an earlier socket of the session had sent does not count against this one.
  const sender = session?.connection === origin.connection ? session : undefined;
  countSettled(state, input.key, route.keys.get(input.key), sender);
}

function takeView(state: GatewayState, { view }: Extract<GatewayInput, { kind: 'view' }>): void {
  const before = state.view;
  const isReplaced = before !== undefined && before.cluster !== view.cluster;
  if (before !== undefined && !isReplaced && view.tableVersion < before.tableVersion) return;
  state.view = view;
  for (const route of state.routes.values()) {
    if (isReplaced) {
      route.term = -1; // W2: terms of the old data mean nothing
      unbind(route);
    }
    reroute(state, route);
  }
}

function open(state: GatewayState, input: Extract<GatewayInput, { kind: 'session.open' }>): void {
  const { session: id, connection, key, position, about } = input;
  const older = state.sessions.get(id);
  if (older !== undefined) close(state, id, 1006, 'replaced');
  if (isKeyFull(state, key)) {
    emit(state, { kind: 'close', session: id, code: busyCode, reason: 'too much held' });
    return;
  }
  const route = routeFor(state, slotOf(key, state.slotCount));
  const session: Session = {
    session: id,
    connection,
    key,
    about,
    route,
    epoch: position?.epoch ?? '',
    next: position?.next ?? 0,
    isAttached: false,
    isAnnounced: false,
    isWelcome: false,
    heldCount: 0,
    isPaused: false,
  };
  state.sessions.set(id, session);
  const sessions = route.keys.get(key);
  if (sessions === undefined) route.keys.set(key, new Map([[id, session]]));
  else sessions.set(id, session);
  openSession(state, session);
}

function takeClientMessage(
  state: GatewayState,
  { session: id, n, format, data }: Extract<GatewayInput, { kind: 'session.message' }>,
): void {
  const session = state.sessions.get(id);
  if (session === undefined) return;
  const { key, route, connection } = session;
  countHeld(state, session);
  const input = { kind: 'message', key, session: id, n, format, data } as const;
  hold(state, route, { input, origin: { kind: 'message', session: id, connection, n } });
}

/** What the session had sent stays held: it reached us, so it is handled. */
function close(state: GatewayState, id: string, code: number, reason: string): void {
  const session = state.sessions.get(id);
  if (session === undefined) return;
  state.sessions.delete(id);
  closeSession(state, session);
  if (!session.isAnnounced) return;
  const { key, connection, route } = session;
  const input = { kind: 'close', key, session: id, connection, code, reason } as const;
  hold(state, route, { input, origin: { kind: 'presence' } });
}

/** Rule B9: the partition's events come again, to whoever consumes it next. */
function withdraw(state: GatewayState, partition: number): void {
  for (const route of state.routes.values()) {
    for (const held of route.held) {
      const { origin } = held;
      if (origin.kind === 'event' && origin.partition === partition) route.held.delete(held);
    }
  }
}

function link(state: GatewayState, peer: BootId, connection: number): void {
  state.peers.set(peer, { connection, pingedAtMs: Number.NEGATIVE_INFINITY });
  state.workerlessSinceMs = undefined;
  for (const route of state.routes.values()) {
    if (route.owner !== peer) continue;
    if (route.binding !== undefined) unbind(route);
    route.retryAtMs = 0;
    bindWhenReady(state, route);
  }
  ping(state);
}

function unlink(state: GatewayState, peer: BootId, connection: number): void {
  if (state.peers.get(peer)?.connection !== connection) return;
  state.peers.delete(peer);
  state.unlinkedSince.set(peer, state.nowMs);
  if (state.peers.size === 0) state.workerlessSinceMs = state.nowMs;
  for (const route of state.routes.values()) {
    if (route.binding?.worker === peer) unbind(route);
  }
}

function tick(state: GatewayState): void {
  ping(state);
  for (const route of [...state.waiting]) bindWhenReady(state, route);
  for (const session of orphans(state)) giveUp(state, session);
}

/**
 * Its client comes again, elsewhere, and sends again what was not accepted (M3). The other
 * sessions of the key are given up with it.
 */
function giveUp(state: GatewayState, { session, route, key }: Session): void {
  emit(state, { kind: 'close', session, code: noWorkerCode, reason: 'no worker' });
  close(state, session, noWorkerCode, 'no worker');
  for (const held of route.held) {
    if (held.origin.kind === 'message' && held.input.key === key) route.held.delete(held);
  }
  state.heldByKey.delete(key);
}

function newState({ slotCount, limits, plants = new Set() }: GatewayCoreOptions): GatewayState {
  return {
    slotCount,
    limits,
    plants,
    nowMs: 0,
    effects: [],
    view: undefined,
    routes: new Map(),
    sessions: new Map(),
    heldByKey: new Map(),
    peers: new Map(),
    confirmedAtMs: Number.NEGATIVE_INFINITY,
    heardAtMs: Number.NEGATIVE_INFINITY,
    workerlessSinceMs: undefined,
    unlinkedSince: new Map(),
    nextBinding: 0,
    waiting: new Set(),
  };
}
