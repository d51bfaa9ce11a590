/** A violation's schedule is shortened to what it takes, and reported as text that replays. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Case, commandOf, runCase } from './case.ts';
import { parseOptions } from './options.ts';
import { reportShortened } from './report.ts';
import { scheduleOf } from './run.ts';
import { shorten } from './shorten.ts';

const mix = 'planned';
const plant = 'replay-off-by-one';

function found(): Case {
  return { seed: 1, mix, plant, jitter: 0, faults: scheduleOf(1, mix) };
}

describe('a violation', function () {
  this.timeout(60_000);

  it('is shortened to few faults that break the same invariant', () => {
    const all = runCase(found());
    const short = shorten(found(), all);
    expect(short.run.violation?.invariant).to.equal(all.violation?.invariant);
    expect(short.case.faults.length).to.be.below(4).and.below(found().faults.length);
    for (const fault of short.case.faults)
      expect(scheduleOf(1, mix).map(({ kind }) => kind)).to.include(fault.kind);
    expect(runCase(short.case).hash).to.equal(short.run.hash);
  });

  it('takes no more runs than it may', () => {
    expect(shorten(found(), runCase(found()), 2).runs).to.be.at.most(2);
  });

  it('is reported with its faults, the end of its trace and the command that replays it', () => {
    const run = runCase(found());
    const report = reportShortened(found(), run);
    expect(report).to.include(`VIOLATION seed 1 mix ${mix} plant ${plant}`);
    const lines = report.split('\n');
    expect(lines.filter((line) => /^ +\d+ \S+ +\S/.test(line)).length).to.be.within(5, 80);
    const short = shorten(found(), run);
    const command = commandOf(short.case);
    expect(report).to.include(command);
    const args = command.match(/'[^']*'|[^\s\\]+/g)?.map((word) => word.replaceAll("'", ''));
    const parsed = parseOptions(args?.slice(args.indexOf('--') + 1) ?? []);
    expect(parsed).to.deep.include({ seed: 1, mix, plant, faults: short.case.faults });
  });
});
