/**
 * Who is connected: users streamed in one at a time, of whom only sums per slot stay, and if
 * asked for a hash and a number each, in typed arrays that grow by chunks. A slot's users always
 * move together, so sums per slot are all that the ring needs: ten million users without hashes
 * take no more room than ten.
 */
import { quoted, RingError } from '../error.ts';
import { hashKey, slotCount } from '../hash.ts';
import { bounded } from './bounds.ts';
import { HotList, type HotUser } from './hot-list.ts';
import type { Quantities } from './types.ts';
import { simulationLimits } from './types.ts';
import { UserColumns } from './user-columns.ts';

export interface LoadOptions {
  /** Put before each user's id to make its key. Default `user:`. */
  readonly keyPrefix?: string | undefined;
  /** Keep a hash and the connections of each user (8 bytes): `compareStrategies` needs it. */
  readonly keepsHashes?: boolean | undefined;
  /** Keep the MD5 of each user too (4 bytes): for `hashring` and ketama in comparisons. */
  readonly keepsMd5?: boolean | undefined;
  /** Keep every id, for lists of moved users; at most `keptKeysMax`. */
  readonly keepsKeys?: boolean | undefined;
  /** The same user again adds to it (12 bytes each); else it counts as another user. */
  readonly sumsRepeats?: boolean | undefined;
  /** How many hot keys to find. Default 20, at most `hotKeysMax`. */
  readonly hotKeys?: number | undefined;
  /** Keep the ids of hot keys; else only their hashes. */
  readonly keepsHotIds?: boolean | undefined;
  /** Default 50,000,000. */
  readonly usersMax?: number | undefined;
}

/** Sums per slot, one entry for each of the 16,384. */
export interface SlotLoad {
  readonly slots: Float64Array;
  readonly users: Float64Array;
  readonly connections: Float64Array;
  readonly eventsPerS: Float64Array;
}

export class Load {
  readonly perSlot: SlotLoad;
  readonly columns: UserColumns | undefined;
  /** Over users: sums of squares and the largest, for the sampling floor. */
  readonly squares = { connections: 0, eventsPerS: 0 };
  readonly largest = { connections: 0, eventsPerS: 0 };
  /** How many hot keys were asked for. */
  readonly hotKeysMax: number;
  private readonly prefix: string;
  private readonly usersMax: number;
  private readonly hot: HotList;
  private readonly sumsRepeats: boolean;
  private count = 0;
  private connections = 0;
  private eventsPerS = 0;

  constructor(options: LoadOptions = {}) {
    this.perSlot = noLoad();
    this.prefix = options.keyPrefix ?? 'user:';
    this.usersMax = bounded('usersMax', options.usersMax, simulationLimits.usersMax);
    this.hotKeysMax = bounded('hotKeys', options.hotKeys ?? 20, simulationLimits.hotKeysMax);
    this.hot = new HotList(this.hotKeysMax, options.keepsHotIds ?? false);
    this.sumsRepeats = options.sumsRepeats ?? false;
    const { keepsHashes = false, keepsMd5 = false, keepsKeys = false } = options;
    const isKept = keepsHashes || keepsMd5 || keepsKeys || this.sumsRepeats;
    this.columns = isKept
      ? new UserColumns({ keepsMd5, keepsKeys, findsRepeats: this.sumsRepeats })
      : undefined;
  }

  /**
   * One user, by id without the prefix.
   *
   * @throws RingError `ring.bad_load` (a number below 0 or not finite, connections that are not
   * whole), `ring.too_many_users`
   */
  add(user: string, connections = 1, eventsPerS = 0): void {
    requireNumbers(connections, eventsPerS);
    const key = this.prefix + user;
    const hash = hashKey(key);
    const repeated = this.sumsRepeats ? this.columns?.find(key, hash) : undefined;
    if (repeated !== undefined) {
      this.grow(repeated, key, hash, { connections, eventsPerS });
      return;
    }
    if (this.count === this.usersMax) {
      throw new RingError('ring.too_many_users', `more users than usersMax ${this.usersMax}`);
    }
    this.columns?.add(key, hash, connections, eventsPerS);
    this.count += 1;
    const { users } = this.perSlot;
    const slot = hash >>> 18;
    users[slot] = (users[slot] ?? 0) + 1;
    this.sum(slot, connections, eventsPerS);
    this.squares.connections += connections * connections;
    this.squares.eventsPerS += eventsPerS * eventsPerS;
    this.rank(this.count - 1, key, hash, connections, eventsPerS);
  }

  /** Everything together; `slots` is the number of slots. */
  get totals(): Quantities {
    return {
      slots: slotCount,
      users: this.count,
      connections: this.connections,
      eventsPerS: this.eventsPerS,
    };
  }

  /** The users with the most connections and those with the most events. */
  hotUsers(): HotUser[] {
    return this.hot.users();
  }

  private grow(
    at: number,
    key: string,
    hash: number,
    more: { connections: number; eventsPerS: number },
  ): void {
    const before = this.columns?.at(at) ?? { connections: 0, eventsPerS: 0 };
    const connections = before.connections + more.connections;
    const eventsPerS = before.eventsPerS + more.eventsPerS;
    requireNumbers(connections, eventsPerS);
    this.columns?.set(at, connections, eventsPerS);
    this.sum(hash >>> 18, more.connections, more.eventsPerS);
    this.squares.connections += connections ** 2 - before.connections ** 2;
    this.squares.eventsPerS += eventsPerS ** 2 - before.eventsPerS ** 2;
    this.rank(at, key, hash, connections, eventsPerS);
  }

  private rank(at: number, key: string, hash: number, connections: number, events: number): void {
    const { largest } = this;
    if (connections > largest.connections) largest.connections = connections;
    if (events > largest.eventsPerS) largest.eventsPerS = events;
    this.hot.offer(at, key, hash, connections, events);
  }

  private sum(slot: number, connections: number, eventsPerS: number): void {
    const { perSlot } = this;
    perSlot.connections[slot] = (perSlot.connections[slot] ?? 0) + connections;
    perSlot.eventsPerS[slot] = (perSlot.eventsPerS[slot] ?? 0) + eventsPerS;
    this.connections += connections;
    this.eventsPerS += eventsPerS;
  }
}

/** Slots without users. */
export function noLoad(): SlotLoad {
  return {
    slots: new Float64Array(slotCount).fill(1),
    users: new Float64Array(slotCount),
    connections: new Float64Array(slotCount),
    eventsPerS: new Float64Array(slotCount),
  };
}

function requireNumbers(connections: number, eventsPerS: number): void {
  if (!Number.isInteger(connections) || connections < 0 || connections > 0xffff_ffff) {
    throw new RingError(
      'ring.bad_load',
      `connections ${quoted(connections)} of a user is not a whole number from 0 to 4294967295`,
    );
  }
  if (!(Number.isFinite(eventsPerS) && eventsPerS >= 0)) {
    throw new RingError(
      'ring.bad_load',
      `events per second ${quoted(eventsPerS)} of a user is not a number from 0 up`,
    );
  }
}
