/**
 * The same users and the same time line through other ways of placing users. What moves is
 * counted user by user; for strategies that are rings the exact fraction of the circle is given
 * too, which no sample can blur.
 */
import { RingError } from '../error.ts';
import { bounded } from './bounds.ts';
import type { Load } from './load.ts';
import {
  balanceOf,
  type Crowd,
  changeOf,
  crowdOf,
  type PlacedBalance,
  type PlacedMoves,
  seated,
} from './seating.ts';
import { hashringReadme, ketama, nginx, ringway } from './strategies/rings.ts';
import type { Strategy, StrategyName } from './strategies/strategy.ts';
import { jump, maglev, modulo, rendezvous, sticky } from './strategies/tables.ts';
import type { Timeline } from './timeline.ts';

export const strategies: Readonly<Record<StrategyName, Strategy>> = Object.freeze({
  ringway,
  hashring: hashringReadme,
  ketama,
  nginx,
  rendezvous,
  maglev,
  jump,
  modulo,
  sticky,
});

export interface CompareOptions {
  /** Which, in the order of the answer. Default all. */
  readonly names?: readonly StrategyName[] | undefined;
  /** Users that are put through; of more, every n-th. Default 250,000. */
  readonly usersMax?: number | undefined;
}

export interface Comparison {
  /** Users put through, and all. */
  readonly users: number;
  readonly usersOf: number;
  readonly strategies: readonly StrategyRun[];
}

export interface StrategyRun {
  readonly name: StrategyName;
  readonly about: string;
  readonly source: string;
  readonly usesWeights: boolean;
  /** Busiest ÷ fair, of users and of connections, before the first step. */
  readonly before: PlacedBalance;
  readonly after: PlacedBalance;
  readonly steps: readonly StrategyStep[];
  /** Over all steps. */
  readonly moved: PlacedMoves;
  readonly minimum: PlacedMoves;
  readonly collateral: PlacedMoves;
}

export interface StrategyStep {
  readonly step: number;
  readonly label: string;
  readonly moved: PlacedMoves;
  /** The least for the shares that those who joined, left or changed weight end up with. */
  readonly minimum: PlacedMoves;
  /** Moved between two of which neither joined, left nor changed weight. */
  readonly collateral: PlacedMoves;
  /** Fractions of the circle, exact; for rings only. */
  readonly circle?: {
    readonly moved: number;
    readonly minimum: number;
    readonly collateral: number;
  };
  readonly balance: PlacedBalance;
}

/**
 * Puts the users of `load` through each strategy. `onStep` is called after each strategy's step
 * with how many of how many are done.
 *
 * @throws RingError `ring.bad_load` if the load kept no hashes, or no MD5 for a strategy that
 * places by it; `ring.bad_option`
 */
export function compareStrategies(
  timeline: Timeline,
  load: Load,
  options: CompareOptions = {},
  onStep: (done: number, all: number) => void = () => {},
): Comparison {
  const names = options.names ?? (Object.keys(strategies) as StrategyName[]);
  const usersMax = bounded('usersMax', options.usersMax ?? 250_000, 0xffff_ffff, 1);
  const { columns } = load;
  if (columns === undefined || columns.count === 0) {
    throw new RingError('ring.bad_load', 'a comparison needs a load with keepsHashes and users');
  }
  const chosen = names.map((name) => known(name));
  const byMd5 = chosen.find(({ placesBy }) => placesBy === 'md5');
  if (byMd5 !== undefined && !columns.keepsMd5) {
    throw new RingError('ring.bad_load', `${byMd5.name} needs a load with keepsMd5`);
  }
  const stride = Math.ceil(columns.count / usersMax);
  const crowd = crowdOf(columns, stride);
  const all = chosen.length * (timeline.steps.length + 1);
  let done = 0;
  const runs = chosen.map((strategy) =>
    runOf(strategy, timeline, crowd, () => {
      done += 1;
      onStep(done, all);
    }),
  );
  return { users: crowd.users, usersOf: columns.count, strategies: runs };
}

function known(name: StrategyName): Strategy {
  if (Object.hasOwn(strategies, name)) return strategies[name];
  throw new RingError(
    'ring.bad_option',
    `strategy ${String(name)} is not one of ${Object.keys(strategies).join(', ')}`,
  );
}

function runOf(
  strategy: Strategy,
  timeline: Timeline,
  crowd: Crowd,
  onStep: () => void,
): StrategyRun {
  let last = seated(strategy, timeline.members, crowd);
  const before = balanceOf(last);
  onStep();
  const steps = timeline.steps.map(({ label, members }, i): StrategyStep => {
    const next = seated(strategy, members, crowd, last.layout);
    const change = changeOf(last, next, crowd);
    last = next;
    onStep();
    return { step: i + 1, label, ...change, balance: balanceOf(next) };
  });
  const sum = (of: (step: StrategyStep) => PlacedMoves): PlacedMoves => ({
    users: steps.reduce((all, step) => all + of(step).users, 0),
    connections: steps.reduce((all, step) => all + of(step).connections, 0),
  });
  const { name, about, source, usesWeights } = strategy;
  return {
    ...{ name, about, source, usesWeights, before },
    after: balanceOf(last),
    steps,
    moved: sum(({ moved }) => moved),
    minimum: sum(({ minimum }) => minimum),
    collateral: sum(({ collateral }) => collateral),
  };
}
