/**
 * Sides measured in turns (A B A B …) in one run, and what comes of it: each metric's median for
 * each side, and each round's ratio to the first side. What a machine does beside the benchmark
 * hits both halves of a round; two runs after another it would not.
 */
import { type Spread, spreadOf } from './statistics.ts';

/** What one measurement gave, by metric. */
export type Sample = Readonly<Record<string, number>>;

export interface Comparison {
  readonly title: string;
  /** The first one is what the others are compared with. */
  readonly sides: readonly string[];
  /** One sample for each side, in their order. */
  readonly rounds: readonly (readonly Sample[])[];
}

export interface Row {
  readonly metric: string;
  /** Medians, in the order of the sides. */
  readonly medians: readonly number[];
  /** Of every side but the first to the first, over the rounds. */
  readonly ratios: readonly Spread[];
  /** Likewise, less the first. */
  readonly differences: readonly Spread[];
}

/** @param measure of the side with this number */
export async function inTurns(
  title: string,
  sides: readonly string[],
  roundsMax: number,
  measure: (side: number) => Promise<Sample>,
): Promise<Comparison> {
  const rounds: Sample[][] = [];
  for (let round = 0; round < roundsMax; round += 1) {
    const samples: Sample[] = [];
    for (const side of sides.keys()) samples.push(await measure(side));
    rounds.push(samples);
  }
  return { title, sides, rounds };
}

export function rowsOf({ sides, rounds }: Comparison): readonly Row[] {
  const metrics = Object.keys(rounds[0]?.[0] ?? {});
  const others = [...sides.keys()].slice(1);
  return metrics.map((metric) => {
    const value = (round: readonly Sample[], side: number): number =>
      round[side]?.[metric] ?? Number.NaN;
    return {
      metric,
      medians: [...sides.keys()].map(
        (side) => spreadOf(rounds.map((round) => value(round, side))).median,
      ),
      ratios: others.map((side) =>
        spreadOf(rounds.map((round) => value(round, side) / value(round, 0))),
      ),
      differences: others.map((side) =>
        spreadOf(rounds.map((round) => value(round, side) - value(round, 0))),
      ),
    };
  });
}

/** As a table for people. Latencies are compared by what is added, all else by ratio. */
export function linesOf(comparison: Comparison): readonly string[] {
  const [first = '', ...others] = comparison.sides;
  const head = ['', first, ...others.flatMap((side) => [side, `${side} / ${first}`])];
  const body = rowsOf(comparison).map(({ metric, medians, ratios, differences }) => {
    const [base = Number.NaN, ...rest] = medians;
    const compared = rest.flatMap((median, at) => {
      const ratio = ratios[at];
      const added = differences[at];
      if (ratio === undefined || added === undefined) return [];
      const isLatency = metric.endsWith(' ms');
      return [shown(median), isLatency ? spread(added, signed) : spread(ratio, timed)];
    });
    return [metric, shown(base), ...compared];
  });
  const table = [head, ...body];
  const widths = head.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const aligned = (cell: string, at: number): string =>
    at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0);
  return [comparison.title, ...table.map((row) => `  ${row.map(aligned).join('  ')}`)];
}

function spread({ min, median, max }: Spread, printed: (value: number) => string): string {
  return `${printed(median)} (${printed(min)} … ${printed(max)})`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${shown(Math.abs(value))}`;
}

function timed(value: number): string {
  return `×${shown(value)}`;
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
