/**
 * Many seeds at once: this process's cores are kept busy with child processes of the simulator,
 * each of which runs a range of seeds. The sum does not depend on how many there are.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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

/** Parts per core: few, because each child starts cold; more than one, because seeds differ. */
const partsPerCore = 2;

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
  const parts: Range[] = [];
  const rangeSeeds = Math.ceil(range.count / (availableParallelism() * partsPerCore));
  for (let done = 0; done < range.count; done += rangeSeeds) {
    const count = Math.min(rangeSeeds, range.count - done);
    parts.push({ ...range, from: range.from + done, count });
  }
  const tallies: Tally[] = [];
  let found = 0;
  await onAllCores(parts, async (part) => {
    if (found >= range.stopAfter) return;
    const tally = await inChild<Tally>({ kind: 'range', range: part });
    found += tally.violations.length;
    tallies.push(tally);
    onTally?.(tally);
  });
  return sumOf(tallies);
}

/** Looks for planted bugs, one process each; `onFinding` hears of each as it ends. */
export async function searchMany(
  searches: readonly Search[],
  onFinding: (finding: Finding) => void,
): Promise<void> {
  await onAllCores([...searches], async (search) => {
    onFinding(await inChild<Finding>({ kind: 'search', search }));
  });
}

async function onAllCores<T>(parts: T[], run: (part: T) => Promise<void>): Promise<void> {
  const work = async (): Promise<void> => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) await run(part);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

function inChild<T>(task: Task): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'child.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.once('message', (result) => resolve(result as T));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a simulator process ended with ${code}`)));
    child.send(task);
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
