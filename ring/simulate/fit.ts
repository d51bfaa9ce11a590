/**
 * Counts of virtual nodes that even out the load: first all counts are pulled towards their fair
 * share a few dozen times, then the busiest and the idlest are improved one at a time. Every
 * trial is judged on whole slots, as the cluster moves them. Nothing random: the same members
 * and load give the same counts.
 */
import { nobody } from '../circle.ts';
import { FittingCircle } from './fitting.ts';

export interface FitProblem {
  /** Ascending by id. */
  readonly ids: readonly string[];
  readonly vnodes: readonly number[];
  /** Fractions of everything, together 1. */
  readonly fair: readonly number[];
  /** What lies on each slot. */
  readonly load: Float64Array;
  /** Fraction of the load that may change owner. */
  readonly maxMoved: number;
  /** Stop when the busiest has no more than this × fair. */
  readonly aim: number;
}

export interface Fit {
  readonly vnodes: readonly number[];
  /** Busiest ÷ fair before and after. */
  readonly before: number;
  readonly after: number;
  readonly moved: number;
}

/** A member's count stays within this fraction of its own: enough for any ring that was tried. */
const reach = 0.4;
const pulls = 48;
const pullStrength = 0.6;
const improvementsMax = 600;

interface Trial {
  readonly counts: Float64Array;
  readonly times: Float64Array;
  readonly max: number;
  readonly score: number;
  readonly moved: number;
}

export function fittedCounts(problem: FitProblem): Fit {
  const { vnodes, maxMoved } = problem;
  const bench = new Bench(problem);
  const first = bench.tried(Float64Array.from(vnodes));
  let best = first;
  const consider = (trial: Trial): void => {
    if (trial.moved <= maxMoved && trial.score < best.score) best = trial;
  };
  const aimed = Float64Array.from(vnodes);
  let last = first;
  for (let pull = 0; pull < pulls && best.max > problem.aim; pull += 1) {
    for (let i = 0; i < aimed.length; i += 1) {
      const count = aimed[i] ?? 1;
      aimed[i] = bench.bounded(i, count + pullStrength * count * (1 - (last.times[i] ?? 1)));
    }
    last = bench.tried(aimed.map(Math.round));
    consider(last);
  }
  // Where the whole way costs too much, part of it.
  for (let part = 9; part > 0 && best.max > problem.aim && last.moved > maxMoved; part -= 1) {
    const counts = aimed.map((count, i) =>
      Math.round((vnodes[i] ?? 1) + (part / 10) * (count - (vnodes[i] ?? 1))),
    );
    consider(bench.tried(counts));
  }
  for (let i = 0; i < improvementsMax && best.max > problem.aim; i += 1) {
    const better = bench.improved(best, maxMoved);
    if (better === undefined) break;
    best = better;
  }
  return { vnodes: [...best.counts], before: first.max, after: best.max, moved: best.moved };
}

/** Tries counts out. */
class Bench {
  private readonly problem: FitProblem;
  private readonly circle: FittingCircle;
  private readonly total: number;
  private readonly initial = new Uint16Array(16_384);
  private readonly targets = new Uint16Array(16_384);

  constructor(problem: FitProblem) {
    this.problem = problem;
    this.circle = new FittingCircle(
      problem.ids.map((id, i) => ({
        id,
        vnodesMax: this.most(i),
      })),
    );
    this.total = problem.load.reduce((sum, each) => sum + each, 0);
    this.circle.targets(problem.vnodes, this.initial);
  }

  bounded(index: number, count: number): number {
    return Math.min(this.most(index), Math.max(this.least(index), count));
  }

  tried(counts: Float64Array): Trial {
    const { load, fair } = this.problem;
    this.circle.targets(counts, this.targets);
    const times = new Float64Array(counts.length);
    let moved = 0;
    for (let slot = 0; slot < this.targets.length; slot += 1) {
      const target = this.targets[slot] ?? nobody;
      const here = load[slot] ?? 0;
      times[target] = (times[target] ?? 0) + here;
      if (target !== this.initial[slot]) moved += here;
    }
    let max = 0;
    let uneven = 0;
    for (let i = 0; i < times.length; i += 1) {
      const own = (times[i] ?? 0) / this.total / (fair[i] ?? 1);
      times[i] = own;
      max = Math.max(max, own);
      uneven += (own - 1) ** 2;
    }
    // The peak decides; among equal peaks, fewer that are near it.
    return { counts, times, max, score: max + uneven / times.length, moved: moved / this.total };
  }

  /** The best single change to one of the busiest or idlest; undefined if none helps. */
  improved(from: Trial, maxMoved: number): Trial | undefined {
    const ranked = [...from.times.keys()].sort(
      (a, b) => (from.times[b] ?? 0) - (from.times[a] ?? 0) || a - b,
    );
    const trials = [
      ...ranked.slice(0, 3).flatMap((index) => [...this.changes(from, index, -1)]),
      ...ranked.slice(-4).flatMap((index) => [...this.changes(from, index, 1)]),
    ];
    let best: Trial | undefined;
    for (const trial of trials) {
      if (trial.moved > maxMoved || trial.score >= (best?.score ?? from.score)) continue;
      best = trial;
    }
    return best;
  }

  private *changes(from: Trial, index: number, sign: 1 | -1): Generator<Trial> {
    const count = from.counts[index] ?? 1;
    for (const step of [1, 2, 3, 5, 8]) {
      const changed = this.bounded(index, count + sign * step);
      if (changed === count) continue;
      yield this.tried(from.counts.with(index, changed));
    }
  }

  private least(index: number): number {
    return Math.max(1, Math.floor((this.problem.vnodes[index] ?? 1) * (1 - reach)));
  }

  private most(index: number): number {
    return Math.min(16_000, Math.ceil((this.problem.vnodes[index] ?? 1) * (1 + reach)));
  }
}
