/** Every planted fault is found: what the simulator does not see cannot be called absent. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { plantedSubjects } from './plants.ts';
import { type Run, runSeed } from './run.ts';
import { productionSubjects } from './subjects.ts';

/**
 * A mix that is likely to meet the fault, and within how many seeds it does; from a later seed on
 * where it takes hundreds of them (of `no-lease` some four).
 */
const planted: readonly (readonly [name: string, mix: string, seeds: number, from?: number])[] = [
  ['ack-before-replicated', 'mixed', 10],
  ['replica-forgets', 'planned', 5],
  ['torn-snapshot', 'planned', 5],
  ['ignore-from', 'churn', 60],
  ['frames-before-attached', 'planned', 5],
  ['replay-off-by-one', 'planned', 5],
  ['drop-frame', 'planned', 5],
  ['no-republish', 'churn', 20],
  ['late-result-counts', 'churn', 5],
  ['late-run-counts', 'churn', 5],
  ['dedupe-at-arrival', 'planned', 5],
  ['dup-acked-at-once', 'mixed', 100],
  ['gateway-forgets-inputs', 'planned', 5],
  ['no-catch-up', 'mixed', 60],
  ['told-for-nothing', 'churn', 5],
  ['window-forgotten', 'trimming', 60],
  ['no-exit', 'wiped', 10],
  ['endless-lease', 'islands', 250],
  ['no-lease', 'pauses', 20, 1075],
];

describe('a planted fault', () => {
  for (const [name, mix, seeds, from = 1] of planted) {
    it(`is found: ${name}`, function () {
      this.timeout(120_000);
      const found = firstViolation(name, mix, { from, seeds });
      expect(found?.violation, `not found in ${seeds} seeds of ${mix}`).not.to.equal(undefined);
      const clean = runSeed({ seed: found?.seed ?? 1, mix, subjects: productionSubjects });
      expect(clean.violation?.message, 'the same seed without it').to.equal(undefined);
    });
  }
});

function firstViolation(
  name: string,
  mix: string,
  { from, seeds }: { readonly from: number; readonly seeds: number },
): Run | undefined {
  const subjects = plantedSubjects(name);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const run = runSeed({ seed, mix, subjects });
    if (run.violation !== undefined) return run;
  }
  return undefined;
}
