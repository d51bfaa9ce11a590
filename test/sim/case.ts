/**
 * One run, said completely: seed, mix, faults and plant. What a violation is reported as, what is
 * shortened, and what the scripted scenarios hold.
 */
import type { Fault } from './fault.ts';
import { printFault } from './fault-text.ts';
import { plantedSubjects } from './plants.ts';
import { type Run, runSeed } from './run.ts';
import { productionSubjects } from './subjects.ts';

export interface Case {
  readonly seed: number;
  readonly mix: string;
  /** See `RunOptions`. */
  readonly jitter: number;
  readonly plant: string | undefined;
  readonly faults: readonly Fault[];
}

export function runCase(one: Case, print?: (line: string) => void): Run {
  const subjects = one.plant === undefined ? productionSubjects : plantedSubjects(one.plant);
  return runSeed({ ...one, subjects, print });
}

/** The command that runs it again. */
export function commandOf({ seed, mix, jitter, plant, faults }: Case): string {
  const words = [`npm run sim -- --seed ${seed} --mix ${mix}`];
  if (jitter !== 0) words.push(`--jitter ${jitter}`);
  if (plant !== undefined) words.push(`--plant ${plant}`);
  if (faults.length === 0) words.push('--faults none');
  for (const fault of faults) words.push(`--fault '${printFault(fault).trim()}'`);
  return words.join(' \\\n    ');
}
