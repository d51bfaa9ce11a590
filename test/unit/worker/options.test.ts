import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import {
  brokenRelations,
  defaultLimits,
  limitSpecs,
  numericLimits,
} from '../../../worker/limits.ts';
import {
  flagOf,
  limitsWith,
  parseWorkerOptions,
  type RawOptions,
  variableOf,
} from '../../../worker/options.ts';

const secret = { RINGWAY_SECRET: 'sixteen or more characters' };

function problemsOf(raw: Partial<RawOptions>): readonly string[] {
  try {
    parseWorkerOptions({ flags: {}, variables: {}, ...raw });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

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

describe('the options of a worker', () => {
  it('are named alike as flag and variable', () => {
    expect(flagOf('handlerDeadlineMs')).to.equal('handler-deadline-ms');
    expect(variableOf('handlerDeadlineMs')).to.equal('RINGWAY_HANDLER_DEADLINE_MS');
    expect(flagOf('isStrict')).to.equal('strict');
  });

  it('need an id and a secret only', () => {
    const settings = parseWorkerOptions({ flags: { id: 'w-1' }, variables: secret });
    expect(settings).to.deep.equal({
      id: 'w-1',
      weight: 1,
      listen: { host: '127.0.0.1', port: 0 },
      advertise: undefined,
      app: 'forward',
      secret: secret.RINGWAY_SECRET,
      limits: defaultLimits,
    });
  });

  it('are taken from flags before variables', () => {
    const settings = parseWorkerOptions({
      flags: { id: 'w-1', 'moves-max': '7', strict: true, listen: '[::1]:70' },
      variables: { ...secret, RINGWAY_MOVES_MAX: '8', RINGWAY_WEIGHT: '0.5', RINGWAY_APP: 'echo' },
    });
    expect([settings.limits.movesMax, settings.weight, settings.app]).to.deep.equal([
      7,
      0.5,
      'echo',
    ]);
    expect(settings.limits.isStrict).to.equal(true);
    expect(settings.listen).to.deep.equal({ host: '::1', port: 70 });
  });

  it('report all problems at once, each with flag and variable', () => {
    const problems = problemsOf({
      flags: { id: 'W 1', weight: '-1', listen: 'nowhere', 'moves-max': '9e9', advertise: '' },
      variables: { RINGWAY_SECRET: 'short', RINGWAY_TICK_MS: '0', RINGWAY_STRICT: 'yes' },
    });
    expect(problems).to.have.length(8);
    const text = problems.join('\n');
    for (const name of ['id', 'weight', 'listen', 'moves-max', 'tick-ms', 'strict', 'advertise']) {
      expect(text).to.contain(`--${name} (RINGWAY_${name.replace('-', '_').toUpperCase()})`);
    }
    expect(text).to.contain('RINGWAY_SECRET has 5 characters, fewer than 16');
    expect(text).not.to.contain('short');
  });

  const badValues: readonly (readonly [string, string])[] = [
    ['weight', '0'],
    ['weight', '101'],
    ['weight', '1e1'],
    ['weight', ''],
    ['listen', 'host:65536'],
    ['listen', ':80'],
    ['moves-max', ' 7'],
    ['moves-max', '0x10'],
    ['moves-max', ''],
    ['id', '-a'],
    ['id', 'a'.repeat(64)],
    ['app', ''],
  ];
  for (const [flag, value] of badValues) {
    it(`refuse --${flag} ${JSON.stringify(value)} rather than bend it`, () => {
      const problems = problemsOf({ flags: { id: 'w-1', [flag]: value }, variables: secret });
      expect(problems).to.have.length(1);
      expect(problems[0]).to.contain(`--${flag} (`);
    });
  }

  it('ask for the id and the secret when they are missing', () => {
    expect(problemsOf({})).to.deep.equal([
      '--id (RINGWAY_ID) is missing',
      'RINGWAY_SECRET is missing',
    ]);
  });
});
