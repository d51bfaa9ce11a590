/**
 * Looks for a planted bug: runs seeds of its mix until one breaks an invariant that the same run
 * without the plant keeps, and shortens that run's schedule to one that still tells them apart.
 */
import { type Case, runCase } from './case.ts';
import type { Fault } from './fault.ts';
import { printFault } from './fault-text.ts';
import { plantOf } from './plants.ts';
import { type Run, scheduleOf } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { shorten } from './shorten.ts';

export interface Search {
  readonly plant: string;
  /** undefined = the plant's own. */
  readonly mix: string | undefined;
  readonly from: number;
  readonly seedsMax: number;
  /** In the place of those that each seed draws. */
  readonly faults: readonly Fault[] | undefined;
  /** Whether to shorten what is found. */
  readonly isShortened: boolean;
}

export interface Finding {
  readonly plant: string;
  readonly mix: string;
  /** Seeds that were run. */
  readonly seeds: number;
  /** undefined = not found. */
  readonly scenario: Scenario | undefined;
}

export function search(options: Search): Finding {
  const { plant, mix, from, seedsMax, isShortened } = options;
  const mixName = mix ?? plantOf(plant).mix;
  for (let seed = from; seed < from + seedsMax; seed += 1) {
    const faults = options.faults ?? scheduleOf(seed, mixName);
    const found: Case = { seed, mix: mixName, jitter: 0, plant, faults };
    const run = runCase(found);
    if (run.violation === undefined || !isCleanWithout(found)) continue;
    const seeds = seed - from + 1;
    const took = options.faults === undefined ? seeds : 'by hand';
    const scenario = isShortened ? shortest(found, run, took) : scenarioOf(found, run, took);
    return { plant, mix: mixName, seeds, scenario };
  }
  return { plant, mix: mixName, seeds: seedsMax, scenario: undefined };
}

function shortest(found: Case, run: Run, seeds: Scenario['seeds']): Scenario {
  const short = shorten(found, run);
  // Only if the shorter one, too, shows the plant and nothing else.
  const isUsable = isCleanWithout(short.case);
  return isUsable ? scenarioOf(short.case, short.run, seeds) : scenarioOf(found, run, seeds);
}

function isCleanWithout(one: Case): boolean {
  return runCase({ ...one, plant: undefined }).violation === undefined;
}

function scenarioOf(
  { seed, mix, jitter, faults }: Case,
  run: Run,
  seeds: Scenario['seeds'],
): Scenario {
  const invariant = run.violation?.invariant ?? '';
  return { invariant, seeds, mix, seed, jitter, faults: faults.map(printFault) };
}
