/**
 * Every planted bug is found by its scripted scenario: a short list of faults that breaks an
 * invariant with the bug and none without it. What the simulator does not see cannot be called
 * absent. A change of the cores may shift chance elsewhere: then the same faults are tried with
 * some other chance before the scenario counts as lost.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Case, commandOf, runCase } from './case.ts';
import { plantNames, plantOf } from './plants.ts';
import { caseOf, readScenario } from './scenarios.ts';

const jitters = 20;

describe('a planted bug', function () {
  this.timeout(60_000);

  for (const plant of plantNames.filter((name) => plantOf(name).coveredBy === undefined)) {
    it(`is found by its scenario: ${plant}`, () => {
      const scenario = readScenario(plant);
      const lost = `look for it anew: npm run sim -- --plants --plant ${plant} --seeds 2000 --write`;
      if (scenario === undefined) return expect.fail(`there is no scenario; ${lost}`);
      const scripted = caseOf(plant, scenario);
      const found = meet(scripted, scenario.invariant);
      if (found === undefined) return expect.fail(`${scenario.invariant} is not broken; ${lost}`);
      const { violation } = runCase({ ...found, plant: undefined });
      expect(violation?.message, commandOf({ ...found, plant: undefined })).to.equal(undefined);
    });
  }

  it('that other rules cover for has no scenario, for then they do not', () => {
    const covered = plantNames.filter((name) => plantOf(name).coveredBy !== undefined);
    expect(covered.filter((name) => readScenario(name) !== undefined)).to.deep.equal([]);
  });
});

/** The scripted faults, with the stored chance or another, where they break the invariant. */
function meet(scripted: Case, invariant: string): Case | undefined {
  for (let more = 0; more <= jitters; more += 1) {
    const one = { ...scripted, jitter: scripted.jitter + more };
    if (runCase(one).violation?.invariant === invariant) return one;
  }
  return undefined;
}
