/**
 * How evenly load lies on workers, and how evenly it could: `expectedMax` is what a perfect hash
 * would be expected to show. Nobody should chase a 1.05 where luck alone gives 1.05.
 */
import type { Balance } from './results.ts';

export interface Part {
  readonly id: string;
  readonly load: number;
  /** Fraction of everything that would be fair; all parts together 1. */
  readonly fair: number;
}

/** The users behind a load, as far as luck needs to know them. */
export interface Grain {
  /** Σ size² ÷ (Σ size)² over users: 1/users if all are alike, 0 if nothing is drawn. */
  readonly spread: number;
  /** The largest user's fraction of everything. */
  readonly heaviest: number;
}

export function balanceOf(parts: readonly Part[], grain: Grain): Balance {
  const total = parts.reduce((sum, { load }) => sum + load, 0);
  const times = parts.map(({ load, fair }) => (total === 0 ? 0 : load / total / fair));
  const sorted = [...times].sort((a, b) => a - b);
  const max = sorted.at(-1) ?? 0;
  const busiest = parts.filter((_, i) => times[i] === max).map(({ id }) => id);
  const mean = times.reduce((sum, each) => sum + each, 0) / Math.max(1, times.length);
  const variance = times.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return {
    busiest: total === 0 ? '' : (busiest.sort()[0] ?? ''),
    max,
    min: sorted[0] ?? 0,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    deviation: Math.sqrt(variance / Math.max(1, times.length)),
    floor:
      total === 0
        ? 0
        : expectedMax(
            parts.map(({ fair }) => fair),
            grain,
          ),
  };
}

/** Nearest rank: the smallest value that at least this fraction of all does not exceed. */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? 0;
}

/**
 * The expected largest load ÷ fair load when users are thrown at random onto workers with the
 * given fair shares. Each worker's load is taken as normal and independent of the others', and
 * E[max] = peak − ∫ P(all ≤ x) dx is summed up: 1.046 for 1.048 by simulation (10,000 users on 10
 * workers), 1.103 for 1.103 (a million on 1,000). One user who outweighs that is a floor alone.
 */
export function expectedMax(fairs: readonly number[], { spread, heaviest }: Grain): number {
  const counts = new Map<number, number>();
  for (const fair of fairs) {
    const deviation = Math.sqrt(Math.max(0, (spread * (1 - fair)) / fair));
    counts.set(deviation, (counts.get(deviation) ?? 0) + 1);
  }
  const widest = Math.max(0, ...counts.keys());
  const alone = 1 + heaviest * (fairs.length - 1);
  if (widest === 0) return 1;
  const low = 1 - 9 * widest;
  const peak = 1 + 9 * widest;
  const steps = 2_000;
  const width = (peak - low) / steps;
  let below = 0;
  for (let step = 0; step < steps; step += 1) {
    const x = low + (step + 0.5) * width;
    let all = 1;
    for (const [deviation, count] of counts) {
      all *= deviation === 0 ? Number(x >= 1) : normalBelow((x - 1) / deviation) ** count;
      if (all === 0) break;
    }
    below += all * width;
  }
  return Math.max(alone, peak - below);
}

/** P(a standard normal ≤ z); Abramowitz and Stegun 7.1.26, wrong by less than 1.5e−7. */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (poly * Math.exp(-x * x)) / 2;
  return z < 0 ? tail : 1 - tail;
}
