/**
 * Many seeds at once: child processes of the simulator keep all cores busy (`children.ts`), with
 * a small range of seeds at a time. The sum does not depend on how many there are.
 */
import { inChildren } from './children.ts';
import { plantedSubjects } from './plants.ts';
import { runSeed } from './run.ts';
import type { Finding, Search } from './search.ts';
import { addStatistics, newStatistics, type Statistics } from './statistics.ts';
import { productionSubjects } from './subjects.ts';

export interface Range {
  readonly from: number;
  readonly count: number;
  /** undefined = each seed's own. */
  readonly mix: string | undefined;
  readonly plant: string | undefined;
  /** Violations after which the range ends. */
  readonly stopAfter: number;
}

export interface Tally {
  readonly ran: number;
  readonly statistics: Statistics;
  /** By mix. */
  readonly seedsOf: Readonly<Record<string, number>>;
  readonly notes: readonly (readonly [note: string, times: number])[];
  readonly violations: readonly ViolationFound[];
}

export interface ViolationFound {
  readonly seed: number;
  readonly mix: string;
  readonly message: string;
}

/** What `child.ts` does. */
export type Task =
  | { readonly kind: 'range'; readonly range: Range }
  | { readonly kind: 'search'; readonly search: Search };

/** Few, so that all children are busy to the end. */
const seedsPerTask = 5;

export function runRange(range: Range): Tally {
  const { from, count, mix, plant, stopAfter } = range;
  const subjects = plant === undefined ? productionSubjects : plantedSubjects(plant);
  const statistics = newStatistics();
  const notes = new Map<string, number>();
  const violations: ViolationFound[] = [];
  const seedsOf: Record<string, number> = {};
  let ran = 0;
  for (let seed = from; seed < from + count && violations.length < stopAfter; seed += 1) {
    const run = runSeed({ seed, mix, subjects });
    ran += 1;
    seedsOf[run.mix] = (seedsOf[run.mix] ?? 0) + 1;
    addStatistics(statistics, run.statistics);
    for (const [note, times] of run.notes) notes.set(note, (notes.get(note) ?? 0) + times);
    if (run.violation === undefined) continue;
    violations.push({ seed, mix: run.mix, message: run.violation.message });
  }
  return { ran, statistics, seedsOf, notes: [...notes], violations };
}

/** The same over all cores; `onTally` hears of each part as it ends. */
export async function runMany(range: Range, onTally?: (part: Tally) => void): Promise<Tally> {
  const tallies: Tally[] = [];
  let found = 0;
  await inChildren<Tally>(partsOf(range), (tally) => {
    found += tally.violations.length;
    tallies.push(tally);
    onTally?.(tally);
    return found < range.stopAfter;
  });
  return sumOf(tallies);
}

function* partsOf(range: Range): Generator<Task> {
  for (let done = 0; done < range.count; done += seedsPerTask) {
    const count = Math.min(seedsPerTask, range.count - done);
    yield { kind: 'range', range: { ...range, from: range.from + done, count } };
  }
}

/** Looks for planted bugs; `onFinding` hears of each as it ends. */
export async function searchMany(
  searches: readonly Search[],
  onFinding: (finding: Finding) => void,
): Promise<void> {
  const tasks = searches.map((search): Task => ({ kind: 'search', search }));
  await inChildren<Finding>(tasks, (finding) => {
    onFinding(finding);
    return true;
  });
}

function sumOf(tallies: readonly Tally[]): Tally {
  const statistics = newStatistics();
  const notes = new Map<string, number>();
  const seedsOf: Record<string, number> = {};
  for (const tally of tallies) {
    addStatistics(statistics, tally.statistics);
    for (const [mix, seeds] of Object.entries(tally.seedsOf)) {
      seedsOf[mix] = (seedsOf[mix] ?? 0) + seeds;
    }
    for (const [note, times] of tally.notes) notes.set(note, (notes.get(note) ?? 0) + times);
  }
  const violations = tallies.flatMap((tally) => tally.violations);
  return {
    ran: tallies.reduce((sum, { ran }) => sum + ran, 0),
    statistics,
    seedsOf,
    notes: [...notes].sort(([a], [b]) => (a < b ? -1 : 1)),
    violations: [...violations].sort((a, b) => a.seed - b.seed),
  };
}
