/**
 * Many seeds at once: this process's cores are kept busy with child processes of the simulator,
 * each of which runs a range of seeds. The sum does not depend on how many there are.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { plantedSubjects } from './plants.ts';
import { type Run, runSeed } from './run.ts';
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
  readonly notes: readonly (readonly [note: string, times: number])[];
  readonly violations: readonly ViolationFound[];
}

export interface ViolationFound {
  readonly seed: number;
  readonly mix: string;
  readonly atMs: number;
  readonly message: string;
}

/** Parts per core: few, because each child starts cold; more than one, because seeds differ. */
const partsPerCore = 2;

export function runRange(range: Range): Tally {
  const { from, count, mix, plant, stopAfter } = range;
  const subjects = plant === undefined ? productionSubjects : plantedSubjects(plant);
  const statistics = newStatistics();
  const notes = new Map<string, number>();
  const violations: ViolationFound[] = [];
  let ran = 0;
  for (let seed = from; seed < from + count && violations.length < stopAfter; seed += 1) {
    const run = runSeed({ seed, mix, subjects });
    ran += 1;
    addStatistics(statistics, run.statistics);
    for (const [note, times] of run.notes) notes.set(note, (notes.get(note) ?? 0) + times);
    const found = violationOf(run);
    if (found !== undefined) violations.push(found);
  }
  return { ran, statistics, notes: [...notes], violations };
}

/** The same over all cores; `onTally` hears of each part as it ends. */
export async function runMany(range: Range, onTally?: (part: Tally) => void): Promise<Tally> {
  const parts: Range[] = [];
  const cores = availableParallelism();
  const rangeSeeds = Math.ceil(range.count / (cores * partsPerCore));
  for (let done = 0; done < range.count; done += rangeSeeds) {
    const count = Math.min(rangeSeeds, range.count - done);
    parts.push({ ...range, from: range.from + done, count });
  }
  const tallies: Tally[] = [];
  let found = 0;
  const work = async (): Promise<void> => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      if (found >= range.stopAfter) return;
      const tally = await runInChild(part);
      found += tally.violations.length;
      tallies.push(tally);
      onTally?.(tally);
    }
  };
  await Promise.all(Array.from({ length: cores }, work));
  return sumOf(tallies);
}

export function violationOf({ seed, mix, endedAtMs, violation }: Run): ViolationFound | undefined {
  if (violation === undefined) return undefined;
  return { seed, mix, atMs: endedAtMs, message: violation.message };
}

function runInChild(range: Range): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'child.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.once('message', (tally) => resolve(tally as Tally));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a simulator process ended with ${code}`)));
    child.send(range);
  });
}

function sumOf(tallies: readonly Tally[]): Tally {
  const statistics = newStatistics();
  const notes = new Map<string, number>();
  for (const tally of tallies) {
    addStatistics(statistics, tally.statistics);
    for (const [note, times] of tally.notes) notes.set(note, (notes.get(note) ?? 0) + times);
  }
  const violations = tallies.flatMap((tally) => tally.violations);
  return {
    ran: tallies.reduce((sum, { ran }) => sum + ran, 0),
    statistics,
    notes: [...notes].sort(([a], [b]) => (a < b ? -1 : 1)),
    violations: [...violations].sort((a, b) => a.seed - b.seed),
  };
}
