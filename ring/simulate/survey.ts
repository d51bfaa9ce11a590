/**
 * What if any one, or any two, members crashed: every case is tried, from the ring order of each
 * slot rather than from a ring without them. That is the same (a law of the ring, and tested)
 * and makes a hundred members' 4,950 pairs a matter of milliseconds.
 */
import { nobody } from '../circle.ts';
import type { CrashCase, Survey } from './results.ts';
import type { Frame, Weighed } from './state.ts';

const worstShown = 10;

/** Loads that pass from one member (or from a pair) to another: sparse, by number. */
type Heirs = Map<number, number>;

interface Inheritance {
  /** Of each member, to whom its load goes if it crashes alone. */
  readonly single: Heirs[];
  /** Of each slot whose two first are this pair, either way round: to the third. */
  readonly pairs: Map<number, { readonly heirs: Heirs; users: number }>;
}

export function surveyOf(
  of: {
    readonly kind: 'any-one' | 'any-two';
    readonly changeIndex: number;
    readonly afterStep: number;
  },
  at: Weighed,
  frame: Frame,
): Survey {
  const { numbers } = at.instant;
  const inheritance = inheritanceOf(at, frame);
  const worst: CrashCase[] = [];
  let cases = 0;
  let sum = 0;
  const consider = (crashed: readonly number[]): void => {
    const found = crashCase(crashed, inheritance, at, frame);
    cases += 1;
    sum += found.timesFair;
    if (worst.length === worstShown && found.timesFair <= (worst.at(-1)?.timesFair ?? 0)) return;
    // Before the first that is less bad, so that equals stay in the order of members.
    const place = worst.findIndex(({ timesFair }) => timesFair < found.timesFair);
    worst.splice(place === -1 ? worst.length : place, 0, found);
    if (worst.length > worstShown) worst.pop();
  };
  numbers.forEach((one, i) => {
    if (of.kind === 'any-one') consider([one]);
    else for (const other of numbers.slice(i + 1)) consider([one, other]);
  });
  const [first] = worst;
  const { kind, changeIndex, afterStep } = of;
  return {
    kind,
    changeIndex,
    afterStep,
    cases,
    ...(first === undefined ? {} : { worst: first }),
    worstCases: worst,
    mean: cases === 0 ? 0 : sum / cases,
  };
}

function inheritanceOf({ instant }: Weighed, { load, cast, measure }: Frame): Inheritance {
  const single = cast.ids.map(() => new Map<number, number>());
  const pairs: Inheritance['pairs'] = new Map();
  const column = load[measure];
  instant.targets.forEach((target, slot) => {
    const replica = instant.replicas[slot] ?? nobody;
    const third = instant.thirds[slot] ?? nobody;
    const amount = column[slot] ?? 0;
    const heirs = single[target];
    if (heirs !== undefined) add(heirs, replica, amount);
    const name = pairName(target, replica);
    const pair = pairs.get(name) ?? { heirs: new Map<number, number>(), users: 0 };
    pair.users += load.users[slot] ?? 0;
    add(pair.heirs, third, amount);
    pairs.set(name, pair);
  });
  return { single, pairs };
}

function crashCase(
  crashed: readonly number[],
  { single, pairs }: Inheritance,
  { instant, tally, fair }: Weighed,
  { cast, measure, totals }: Frame,
): CrashCase {
  const [one = nobody, other = nobody] = crashed;
  const more: Heirs = new Map();
  for (const number of crashed) {
    for (const [heir, amount] of single[number] ?? []) {
      if (!crashed.includes(heir)) add(more, heir, amount);
    }
  }
  const pair = other === nobody ? undefined : pairs.get(pairName(one, other));
  for (const [heir, amount] of pair?.heirs ?? []) add(more, heir, amount);
  const left = crashed.reduce((sum, number) => sum - (fair[number] ?? 0), 1);
  let busiest = nobody;
  let load = 0;
  let timesFair = -1;
  for (const number of instant.numbers) {
    if (number === one || number === other) continue;
    const own = (tally[measure][number] ?? 0) + (more.get(number) ?? 0);
    const times = totals[measure] === 0 ? 0 : (own / totals[measure] / (fair[number] ?? 0)) * left;
    if (times <= timesFair) continue;
    busiest = number;
    load = own;
    timesFair = times;
  }
  return {
    crashed: crashed.map((number) => cast.ids[number] ?? ''),
    busiest: cast.ids[busiest] ?? '',
    load,
    timesFair,
    usersLost: pair?.users ?? 0,
  };
}

function pairName(one: number, other: number): number {
  return one < other ? one * 0x10000 + other : other * 0x10000 + one;
}

function add(heirs: Heirs, heir: number, amount: number): void {
  heirs.set(heir, (heirs.get(heir) ?? 0) + amount);
}
