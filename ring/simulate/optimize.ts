/**
 * A more even ring and its price: weights whose virtual-node counts share the slots out almost
 * evenly. A weight w makes round(160 w) virtual nodes, so count ÷ 160 sets any count exactly, with the
 * `--weight` that every worker has. What a worker *should* carry is its capacity then.
 */
import { RingError } from '../error.ts';
import { weightMax } from '../members.ts';
import { vnodesOf, vnodesPerWeight } from '../virtual-nodes.ts';
import { inRange } from './bounds.ts';
import { fittedCounts } from './fit.ts';
import type { Load } from './load.ts';
import { noLoad } from './load.ts';
import type { Simulation } from './results.ts';
import { capacityOf, memberOf, requireRoster } from './roster.ts';
import { simulate } from './simulate.ts';
import { timelineOf } from './timeline.ts';
import type { BillRates, Measure, SimulatedMember } from './types.ts';

export interface OptimizeOptions {
  /**
   * What to even out. Default `slots`: it lasts; users and connections come and go, and with
   * many users it evens them out too.
   */
  readonly measure?: Measure | undefined;
  /** Fraction of the measure (0.03 = 3 %) that may move for it. Default 1. */
  readonly maxMoved?: number | undefined;
  /** Stop at this much for the busiest ÷ fair. Default 1.01. */
  readonly aim?: number | undefined;
  readonly rates?: Partial<BillRates> | undefined;
}

export interface Optimization {
  readonly measure: Measure;
  /** Busiest ÷ fair, of the measure. */
  readonly before: number;
  readonly after: number;
  /** Fraction of the measure that moves. */
  readonly moved: number;
  /** One for each member, in their order. */
  readonly workers: readonly FittedWorker[];
  /** What to set with `--weight`: those that change, and nothing else. */
  readonly weights: Readonly<Record<string, number>>;
  /** The members as they would be: fitted weights, capacities as they are meant. */
  readonly members: readonly SimulatedMember[];
  /** All weights changed at once, as a simulation of one step: the price. */
  readonly simulation: Simulation;
}

export interface FittedWorker {
  readonly id: string;
  readonly capacity: number;
  readonly vnodesBefore: number;
  readonly vnodes: number;
  readonly weightBefore: number;
  readonly weight: number;
  readonly timesFairBefore: number;
  readonly timesFair: number;
}

/**
 * Weights for `members` that even out the measure, at most `maxMoved` of it moving.
 *
 * @throws RingError those of `timelineOf`, `ring.bad_option`, `ring.bad_load`
 */
export function optimizeBalance(
  members: readonly SimulatedMember[],
  load: Load | undefined = undefined,
  options: OptimizeOptions = {},
): Optimization {
  const roster = requireRoster(members);
  const measure = options.measure ?? 'slots';
  const column = (load?.perSlot ?? noLoad())[measure];
  if (!column.some((each) => each > 0)) {
    throw new RingError('ring.bad_load', `measure ${measure}: the load has none`);
  }
  const sorted = [...roster].sort((a, b) => (a.id < b.id ? -1 : 1));
  const capacity = sorted.reduce((sum, member) => sum + capacityOf(member), 0);
  const fitted = fittedCounts({
    ids: sorted.map(({ id }) => id),
    vnodes: sorted.map(({ weight }) => vnodesOf(weight)),
    fair: sorted.map((member) => capacityOf(member) / capacity),
    load: column,
    maxMoved: inRange('maxMoved', options.maxMoved ?? 1, 0, 1),
    aim: inRange('aim', options.aim ?? 1.01, 1, 1_000),
  });
  const weights = new Map<string, number>();
  sorted.forEach(({ id, weight }, i) => {
    const vnodes = fitted.vnodes[i] ?? vnodesOf(weight);
    if (vnodes !== vnodesOf(weight)) weights.set(id, weightFor(vnodes));
  });
  const after = roster.map((member) =>
    memberOf({
      ...member,
      weight: weights.get(member.id) ?? member.weight,
      ...(weights.size === 0 ? {} : { capacity: capacityOf(member) }),
    }),
  );
  const before = roster.map((member) => ({ ...member, capacity: capacityOf(member) }));
  const changed = Object.fromEntries(weights);
  const timeline = timelineOf(
    before,
    weights.size === 0 ? [] : [{ kind: 'weight', weights: changed }],
  );
  const simulation = simulate(timeline, load, { measure, rates: options.rates });
  return {
    measure,
    before: fitted.before,
    after: fitted.after,
    moved: fitted.moved,
    workers: workersOf(simulation, measure),
    weights: changed,
    members: after,
    simulation,
  };
}

/**
 * The weight that makes exactly `vnodes` virtual nodes; at most five decimals, since 1 ÷ 160 =
 * 0.00625.
 *
 * @throws RingError `ring.bad_option`
 */
export function weightFor(vnodes: number): number {
  const weight = vnodes / vnodesPerWeight;
  if (vnodes >= 1 && weight <= weightMax && vnodesOf(weight) === vnodes) return weight;
  throw new RingError(
    'ring.bad_option',
    `no weight up to weightMax ${weightMax} makes ${vnodes} virtual nodes`,
  );
}

function workersOf({ before, after }: Simulation, measure: Measure): FittedWorker[] {
  return before.workers.map((worker, i) => {
    const fitted = after.workers[i] ?? worker;
    return {
      id: worker.id,
      capacity: worker.capacity,
      vnodesBefore: worker.vnodes,
      vnodes: fitted.vnodes,
      weightBefore: worker.weight,
      weight: fitted.weight,
      timesFairBefore: worker.timesFair[measure],
      timesFair: fitted.timesFair[measure],
    };
  });
}
