/**
 * Users that nobody has: for planning before there are any. Their keys are real ones
 * (`user:s1-1x2dlqz`, … for seed 1), so they can be explained and placed on a running cluster. They are
 * not counted through: CRC-32 spreads consecutive numbers more evenly than chance would. With
 * `zipf`, connections and events of the user at rank r are in proportion to 1 / rˢ, as popularity
 * often is; which worker a rank meets is up to its hash.
 */
import { bounded, inRange } from './bounds.ts';
import { type Chance, seededChance } from './chance.ts';
import type { Load } from './load.ts';
import { mixed } from './mixed.ts';
import { simulationLimits } from './types.ts';

export interface SyntheticOptions {
  readonly users: number;
  /** Decides the keys and, between bounds, the connections. Default 1. */
  readonly seed?: number | undefined;
  /** The exponent s; without it all users are alike. */
  readonly zipf?: number | undefined;
  /** On average, at least 1. Default 1, with `zipf` 2: one for everybody, the rest by rank. */
  readonly connectionsPerUser?: number | undefined;
  /** On average. Default 0.1. */
  readonly eventsPerUserPerS?: number | undefined;
}

/** Makes users a portion at a time, so that the caller can show how far it is. */
export class SyntheticUsers {
  readonly users: number;
  private readonly prefix: string;
  private readonly salt: number;
  private readonly chance: Chance;
  private readonly zipf: number | undefined;
  private readonly connections: number;
  private readonly events: number;
  /** Of the Zipf weights, so that their mean is 1. */
  private readonly scale: number;
  private made = 0;

  /** @throws RingError `ring.bad_option` */
  constructor(options: SyntheticOptions) {
    this.users = bounded('users', options.users, simulationLimits.usersMax, 1);
    const seed = bounded('seed', options.seed ?? 1, 0xffff_ffff);
    this.prefix = `s${seed}-`;
    this.salt = mixed(seed ^ 0x5bd1e995);
    this.chance = seededChance(seed);
    this.zipf = options.zipf === undefined ? undefined : inRange('zipf', options.zipf, 0, 10);
    const usual = this.zipf === undefined ? 1 : 2;
    this.connections = inRange('connectionsPerUser', options.connectionsPerUser ?? usual, 1, 1e6);
    this.events = inRange('eventsPerUserPerS', options.eventsPerUserPerS ?? 0.1, 0, 1e6);
    this.scale = this.zipf === undefined ? 1 : this.users / harmonic(this.users, this.zipf);
  }

  /** Users still to be made. */
  get left(): number {
    return this.users - this.made;
  }

  /** Unlike for every index: mixing numbers is one to one. */
  private nameOf(index: number): string {
    return this.prefix + mixed(index ^ this.salt).toString(36);
  }

  /** Adds up to `count` users to `load`; true while some are left. */
  addTo(load: Load, count: number = this.left): boolean {
    const end = Math.min(this.users, this.made + count);
    for (; this.made < end; this.made += 1) {
      const popularity = this.zipf === undefined ? 1 : this.scale * (this.made + 1) ** -this.zipf;
      const extra = (this.connections - 1) * popularity;
      // The fraction by chance: the mean is kept and every count is whole.
      const connections = 1 + (extra === 0 ? 0 : Math.floor(extra + this.chance.next()));
      load.add(this.nameOf(this.made), connections, this.events * popularity);
    }
    return this.made < this.users;
  }
}

/** Σ r⁻ˢ for r = 1 … n: the first ten thousand exactly, the rest by Euler and Maclaurin. */
export function harmonic(n: number, s: number): number {
  const exact = Math.min(n, 10_000);
  let sum = 0;
  for (let rank = 1; rank <= exact; rank += 1) sum += rank ** -s;
  if (n === exact) return sum;
  const integral = s === 1 ? Math.log(n / exact) : (n ** (1 - s) - exact ** (1 - s)) / (1 - s);
  return sum + integral + (n ** -s - exact ** -s) / 2;
}
