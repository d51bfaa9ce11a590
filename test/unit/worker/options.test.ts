import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import {
  brokenRelations,
  defaultLimits,
  limitSpecs,
  numericLimits,
} from '../../../worker/limits.ts';
import { limitsWith } from '../../../worker/options.ts';

describe('the limits of a worker', () => {
  it('have defaults that fit each other and lie in their ranges', () => {
    expect(brokenRelations(defaultLimits)).to.deep.equal([]);
    expect(limitsWith({})).to.deep.equal(defaultLimits);
    for (const name of numericLimits) {
      const { min, max, about } = limitSpecs[name];
      expect(defaultLimits[name], name).to.be.within(min, max);
      expect(about, name).not.to.equal('');
    }
  });

  it('are those of the design', () => {
    const { sessionTimeoutMs, leaseMs, holdOffMs, slackMs, pingWindowMs } = defaultLimits;
    expect([sessionTimeoutMs, leaseMs, holdOffMs, slackMs, pingWindowMs]).to.deep.equal([
      6000, 4000, 9000, 2000, 1500,
    ]);
    const { handlerDeadlineMs, retentionEventsMax, retentionBytesMax, stateBytesMax } =
      defaultLimits;
    expect([handlerDeadlineMs, retentionEventsMax, retentionBytesMax, stateBytesMax]).to.deep.equal(
      [10_000, 256, 262_144, 65_536],
    );
  });

  const broken: readonly (readonly [string, Parameters<typeof limitsWith>[0], RegExp])[] = [
    ['a lease past two thirds', { leaseMs: 4001 }, /leaseMs ≤ two thirds/],
    ['too little slack', { slackMs: 1999 }, /slackMs ≥ renewIntervalMs \+ callDeadlineMs/],
    ['too much slack', { slackMs: 3000 }, /slackMs < leaseMs − renewIntervalMs/],
    ['a wide PING window', { pingWindowMs: 1501 }, /pingWindowMs ≤ 3 × pingIntervalMs/],
    ['slow heartbeats', { pingIntervalMs: 3000 }, /3 × pingIntervalMs < holdOffMs/],
    ['a short hold-off', { holdOffMs: 6000 }, /holdOffMs > sessionTimeoutMs/],
    ['a record below the state', { recordBytesMax: 65_536 }, /stateBytesMax < recordBytesMax/],
    ['a fraction', { movesMax: 1.5 }, /^movesMax 1.5 is not a whole number$/],
    ['nonsense', { movesMax: Number.NaN }, /^movesMax NaN is not a whole number$/],
    ['a value out of range', { tickMs: 0 }, /^tickMs 0 is not within 1 … 1000$/],
  ];
  for (const [what, changes, problem] of broken) {
    it(`refuse ${what}`, () => {
      expect(() => limitsWith(changes))
        .to.throw(ConfigError)
        .with.property('message')
        .that.matches(problem);
    });
  }

  it('show the values of a broken relation', () => {
    const [problem] = brokenRelations({ ...defaultLimits, holdOffMs: 5000 });
    expect(problem)
      .to.contain('(')
      .and.contain('holdOffMs 5000')
      .and.contain('sessionTimeoutMs 6000');
  });

  it('follow the session timeout where not given', () => {
    const limits = limitsWith({ sessionTimeoutMs: 12_000 });
    expect([limits.leaseMs, limits.holdOffMs]).to.deep.equal([8000, 18_000]);
  });
});
