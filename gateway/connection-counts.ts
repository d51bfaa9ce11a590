/**
 * How many connections there are: in all, per network and per user. A place is taken before
 * the token is verified, so that a flood of half-made handshakes counts as well.
 */
import { assert } from '../base/index.ts';
import type { RefusalCode } from './refusals.ts';

export interface ConnectionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly connectionsPerUserMax: number;
}

/** One connection's place; given back exactly once. */
export interface Place {
  readonly network: string;
  user: string | undefined;
  isHeld: boolean;
}

export class ConnectionCounts {
  readonly #limits: ConnectionLimits;
  readonly #networks = new Map<string, number>();
  readonly #users = new Map<string, number>();
  #total = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** A place for a connection from this network, or why there is none. */
  enter(network: string): Place | RefusalCode {
    const fromNetwork = this.#networks.get(network) ?? 0;
    if (this.#total >= this.#limits.connectionsMax) return 'connections.total';
    if (fromNetwork >= this.#limits.connectionsPerAddressMax) return 'connections.address';
    this.#total += 1;
    this.#networks.set(network, fromNetwork + 1);
    return { network, user: undefined, isHeld: true };
  }

  /** The place's user is known now; a refusal leaves the place to `leave`. */
  identify(place: Place, user: string): RefusalCode | undefined {
    assert(place.isHeld && place.user === undefined, 'a place is identified once, while held');
    const ofUser = this.#users.get(user) ?? 0;
    if (ofUser >= this.#limits.connectionsPerUserMax) return 'connections.user';
    this.#users.set(user, ofUser + 1);
    place.user = user;
    return undefined;
  }

  leave(place: Place): void {
    if (!place.isHeld) return;
    place.isHeld = false;
    this.#total -= 1;
    takeOne(this.#networks, place.network);
    if (place.user !== undefined) takeOne(this.#users, place.user);
  }
}

function takeOne(counts: Map<string, number>, name: string): void {
  const count = counts.get(name) ?? 0;
  if (count > 1) counts.set(name, count - 1);
  else counts.delete(name);
}
