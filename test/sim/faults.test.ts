/** Faults as data: drawn apart from the run, readable, and the same when they are run again. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { FaultKind } from './fault.ts';
import { parseFault, printFault, sentences } from './fault-text.ts';
import { mixNames } from './mixes.ts';
import { runSeed, scheduleOf } from './run.ts';
import { productionSubjects as subjects } from './subjects.ts';

describe('a schedule of faults', function () {
  this.timeout(60_000);

  it('is read back from its text as it was drawn, with faults of every kind', () => {
    const kinds = new Set<FaultKind>();
    for (const mix of mixNames) {
      for (let seed = 1; seed <= 20; seed += 1) {
        const faults = scheduleOf(seed, mix);
        for (const { kind } of faults) kinds.add(kind);
        expect(faults.map(printFault).map(parseFault), `${mix} ${seed}`).to.deep.equal(faults);
      }
    }
    expect([...kinds]).to.have.members(Object.keys(sentences));
  });

  it('says which line it does not understand', () => {
    expect(() => parseFault('  812 ms  crash g7 for good')).to.throw('crash g7 for good');
  });

  it('is sorted by time', () => {
    const times = scheduleOf(4, 'mixed').map(({ atMs }) => atMs);
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    expect(times.length).to.be.greaterThan(10);
  });

  it('makes the same run when it is given as when it is drawn', () => {
    for (const seed of [2, 3]) {
      const drawn = runSeed({ seed, subjects });
      const given = runSeed({ seed, subjects, faults: scheduleOf(seed) });
      expect(given.hash).to.equal(drawn.hash);
    }
  });

  it('changes nothing else with a fault that hits nobody', () => {
    const faults = scheduleOf(2);
    const miss = parseFault('401 ms  crash w99 for good');
    const steps = runSeed({ seed: 2, subjects, faults }).statistics.steps;
    const run = runSeed({ seed: 2, subjects, faults: [miss, ...faults] });
    expect(run.statistics.steps).to.equal(steps);
  });

  it('leaves a quiet cluster alone when it is empty', () => {
    const { statistics, violation } = runSeed({ seed: 2, subjects, faults: [] });
    expect(violation).to.equal(undefined);
    expect(statistics.faults).to.equal(0);
    expect(statistics.crashes + statistics.pauses + statistics.linkCuts).to.equal(0);
  });

  it('may meet another chance with the same faults', () => {
    const first = runSeed({ seed: 2, subjects, jitter: 1 });
    expect(runSeed({ seed: 2, subjects, jitter: 1 }).hash).to.equal(first.hash);
    expect(runSeed({ seed: 2, subjects, jitter: 2 }).hash).not.to.equal(first.hash);
    expect(first.statistics.faults).to.equal(scheduleOf(2).length);
  });
});
