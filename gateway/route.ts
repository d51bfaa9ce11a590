/**
 * The state of a gateway's core: a route per slot that somebody here is interested in, and the
 * sessions. A route is bound to the slot's owner through one binding, or it is not; its inputs
 * are held, in order, until the owner has acknowledged them.
 *
 *   unbound ──owner known and linked: BIND, then every held input from 1──► bound
 *      ▲                                                                      │
 *      └── higher term, link lost, MOVING, NOT_OWNER (for good, rule B1) ─────┘
 */
import type { BootId, KeyEpoch, Offset, Slot, Term } from '../base/index.ts';
import type { View } from '../cluster/index.ts';
import type { Input, SessionAbout, SessionRef } from '../link/index.ts';
import type { GatewayEffect, GatewayLimits } from './core-types.ts';

export interface GatewayState {
  readonly slotCount: number;
  readonly limits: GatewayLimits;
  readonly plants: ReadonlySet<string>;
  nowMs: number;
  effects: GatewayEffect[];
  view: View | undefined;
  readonly routes: Map<Slot, Route>;
  readonly sessions: Map<string, Session>;
  /** Client messages held for each key; keys without one are not in it. */
  readonly heldByKey: Map<string, number>;
  /** Linked workers. */
  readonly peers: Map<BootId, { readonly connection: number; pingedAtMs: number }>;
  /** Send time of my newest leader-confirmed operation, and the newest heard of (rule L3). */
  confirmedAtMs: number;
  heardAtMs: number;
  /** No worker is linked since; undefined while one is (amendment A7). */
  workerlessSinceMs: number | undefined;
  /** Live workers without a link, and since when, as ticks found them. */
  readonly unlinkedSince: Map<BootId, number>;
  /** Never reused: a binding number says one input stream, for ever. */
  nextBinding: number;
  /** Routes to bind again at a time of their own. */
  readonly waiting: Set<Route>;
}

export interface Route {
  readonly slot: Slot;
  owner: BootId;
  term: Term;
  /** undefined = unbound. */
  binding: Binding | undefined;
  retryAtMs: number;
  retries: number;
  /** Unacknowledged inputs in order of arrival. */
  readonly held: Set<HeldInput>;
  readonly keys: Map<string, Map<string, Session>>;
}

export interface Binding {
  readonly number: number;
  readonly worker: BootId;
  /** Number of the next input (rule B2). */
  next: number;
  /** Sent in this binding, by number. */
  readonly sent: Map<number, HeldInput>;
}

export interface HeldInput {
  readonly input: Input;
  readonly origin: Origin;
}

export type Origin =
  | { readonly kind: 'event'; readonly ref: number; readonly partition: number }
  | {
      readonly kind: 'message';
      readonly session: string;
      readonly connection: number;
      readonly n: number;
    }
  | { readonly kind: 'presence' };

export interface Session {
  readonly session: string;
  readonly connection: number;
  readonly key: string;
  readonly about: SessionAbout;
  readonly route: Route;
  /** '' until the first attach, unless the client resumes. */
  epoch: KeyEpoch;
  /** The next record: its one position, for pushes and replies alike (rule P1). */
  next: Offset;
  /** Attached in the route's present binding (rule P4). */
  isAttached: boolean;
  /** Some owner was told of it, and is owed word of its end. */
  isAnnounced: boolean;
  /** The client was told its position once. */
  isWelcome: boolean;
  heldCount: number;
  isPaused: boolean;
}

export function emit(state: GatewayState, effect: GatewayEffect): void {
  state.effects.push(effect);
}

export function routeFor(state: GatewayState, slot: Slot): Route {
  const known = state.routes.get(slot);
  if (known !== undefined) return known;
  const entry = state.view?.table.entries[slot];
  const route: Route = {
    slot,
    owner: entry?.owner ?? '',
    term: entry?.term ?? 0,
    binding: undefined,
    retryAtMs: 0,
    retries: 0,
    held: new Set(),
    keys: new Map(),
  };
  state.routes.set(slot, route);
  return route;
}

export function refOf({ session, connection, key, epoch, next }: Session): SessionRef {
  return { session, connection, key, epoch, next };
}

export function sessionsOf(route: Route): readonly Session[] {
  return Array.from(route.keys.values(), (sessions) => [...sessions.values()]).flat();
}
