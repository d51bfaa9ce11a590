/** The simulator's command line: what is wrong is named, with its option and its value. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseOptions, UsageError, usage } from './options.ts';

function problemsOf(...args: string[]): string {
  try {
    parseOptions(args);
  } catch (thrown) {
    if (thrown instanceof UsageError) return thrown.message;
  }
  return '';
}

describe('the command line of the fault simulator', () => {
  const wrong: readonly (readonly [args: readonly string[], ...named: string[]])[] = [
    [['--seed', 'x'], '--seed "x"'],
    [['--seed', '-1'], '--seed'],
    [['--seeds', '0'], '--seeds "0"'],
    [['--seeds', '1e3'], '--seeds "1e3"'],
    [['--from', ''], '--from ""'],
    [['--mix', 'mixd'], '--mix "mixd"', 'trimmingCalm'],
    [['--plant', 'no-leese'], '--plant "no-leese"', 'no-lease'],
    [['--seed', '1', '--faults', '/nowhere'], '--faults "/nowhere"'],
    [['--seed', '1', '--fault', '3 ms  explode w1'], '3 ms  explode w1'],
    [['--jitter', '2'], '--jitter needs --seed'],
    [['--mixes'], '--mixes'],
    [['--seed', 'x', '--mix', 'y', '--stop', 'z'], '"x"', '"y"', '"z"'],
  ];
  for (const [args, ...named] of wrong) {
    it(`refuses ${args.join(' ')}`, () => {
      const problems = problemsOf(...args);
      for (const name of named) expect(problems).to.include(name);
    });
  }

  it('runs many seeds unless one is named', () => {
    expect(parseOptions([])).to.include({ kind: 'many', from: 1, count: 200, stop: 5 });
    expect(parseOptions(['--seed', '7'])).to.include({ kind: 'one', seed: 7, jitter: 0 });
  });

  it('takes faults as lines, in the order of time', () => {
    const args = [
      '--seed',
      '7',
      '--fault',
      '900 ms  drain w1',
      '--fault',
      '801 ms  wipe ZooKeeper',
    ];
    expect(parseOptions(args)).to.deep.include({
      faults: [
        { atMs: 801, kind: 'wipe' },
        { atMs: 900, kind: 'drain', worker: 'w1' },
      ],
    });
    expect(parseOptions(['--seed', '7', '--faults', 'none'])).to.deep.include({ faults: [] });
  });

  it('lists every option in its help', () => {
    expect(parseOptions(['--seed', 'x', '--help'])).to.deep.equal({ kind: 'help' });
    for (const option of ['seed', 'seeds', 'faults', 'fault', 'jitter', 'plants', 'write']) {
      expect(usage).to.include(`--${option} `);
    }
  });
});
