/**
 * The scripted scenario of each planted bug, as data: `scenarios/<plant>.json`. They are found,
 * shortened and written by `npm run sim -- --plants --write`, not by hand.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { parseFault } from './fault-text.ts';

export interface Scenario {
  /** What the plant breaks. */
  readonly invariant: string;
  /** How many the search took; of faults that were given by hand nobody knows. */
  readonly seeds: number | 'by hand';
  readonly mix: string;
  readonly seed: number;
  readonly jitter: number;
  /** As lines of text. */
  readonly faults: readonly string[];
}

const folder = join(import.meta.dirname, 'scenarios');

/** undefined = the plant has none. */
export function readScenario(plant: string): Scenario | undefined {
  const file = fileOf(plant);
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as Scenario;
}

export function writeScenario(plant: string, scenario: Scenario): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(plant), `${JSON.stringify(scenario, undefined, 2)}\n`);
}

export function caseOf(plant: string, { seed, mix, jitter, faults }: Scenario): Case {
  return { plant, seed, mix, jitter, faults: faults.map(parseFault) };
}

function fileOf(plant: string): string {
  return join(folder, `${plant}.json`);
}
