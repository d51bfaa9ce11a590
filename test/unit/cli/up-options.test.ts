import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import { helpOf } from '../../../cli/help.ts';
import { flagOf, type Parsed, parseOptions } from '../../../cli/options.ts';
import { upCommand } from '../../../cli/up.ts';
import { gatewayOf, limitsOf, upOptions, upProblems } from '../../../cli/up-options.ts';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { limitSpecs, numericLimits } from '../../../worker/limits.ts';
import { limitsWith } from '../../../worker/options.ts';

type Env = Readonly<Record<string, string>>;

function parse(args: readonly string[], env: Env = {}): Parsed<typeof upOptions> {
  return parseOptions({ options: upOptions, check: upProblems, words: [], args, env });
}

function problemsOf(args: readonly string[], env: Env = {}): readonly string[] {
  try {
    parse(args, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the options of ringway up', () => {
  const gatewayNames = Object.keys(gatewayDefaults).filter(
    (name) => !['id', 'advertiseAdmin', 'tickIntervalMs'].includes(name),
  );

  it('are all those of gateways and workers, but for ids, addresses for others and a second clock period', () => {
    expect(upOptions).to.include.keys(...gatewayNames, ...numericLimits, 'strict');
    expect(upOptions).not.to.have.any.keys('id', 'advertiseAdmin', 'tickIntervalMs', 'isStrict');
  });

  it('leave the defaults as they are when nothing is given', () => {
    const { values } = parse([]);
    expect(limitsWith(limitsOf(values))).to.deep.equal(limitsWith({}));
    const { drainWindowMs, messageBytesMax, path } = { ...gatewayDefaults, ...gatewayOf(values) };
    const { messageBytesMax: standard, path: standardPath } = gatewayDefaults;
    expect([drainWindowMs, messageBytesMax, path]).to.deep.equal([500, standard, standardPath]);
  });

  it('reach the part that they are for, from flags and from variables', () => {
    const { values } = parse(
      ['--message-bytes-max', '99', '--moves-max', '7', '--route-by', 'query:room', '--strict'],
      { RINGWAY_TRUSTED_PROXIES: '10.0.0.1, 10.0.0.2', RINGWAY_RETENTION_MS: '5000' },
    );
    expect(gatewayOf(values)).to.deep.include({
      messageBytesMax: 99,
      routeBy: { kind: 'query', name: 'room' },
      trustedProxies: ['10.0.0.1', '10.0.0.2'],
    });
    expect(limitsOf(values)).to.deep.equal({ movesMax: 7, retentionMs: 5000, isStrict: true });
  });

  it('set gateways and workers together where both mean the same', () => {
    const { values } = parse(['--tick-ms', '5', '--ping-interval-ms', '600']);
    expect(gatewayOf(values)).to.include({ tickIntervalMs: 5, pingIntervalMs: 600 });
    expect(limitsOf(values)).to.include({ tickMs: 5, pingIntervalMs: 600 });
    // A worker of its own would take 5; a gateway does not.
    expect(limitSpecs.pingIntervalMs.min).to.be.below(10);
    expect(problemsOf(['--ping-interval-ms', '9'])).to.deep.equal([
      '--ping-interval-ms is "9" but must be a whole number from 10 to 60000',
    ]);
  });

  it('let lease and hold-off follow the session', () => {
    const { values } = parse(['--session-timeout-ms', '12000']);
    expect(limitsWith(limitsOf(values))).to.include({ leaseMs: 8000, holdOffMs: 18_000 });
  });

  for (const name of numericLimits) {
    it(`take ${flagOf(name)} within its range only`, () => {
      const { max } = limitSpecs[name];
      const [problem, ...more] = problemsOf([flagOf(name), String(max + 1)]);
      expect(problem).to.include(`${flagOf(name)} is "${max + 1}" but must be a whole number`);
      expect(more).to.deep.equal([]);
    });
  }

  it('are refused all at once, gateways and workers together, by flag or variable', () => {
    const args = ['--workers', 'x', '--message-bytes-max', '1e3', '--moves-max', '0'];
    args.push('--lease-ms', '5000', '--host', '0.0.0.0', '--record-bytes-max', '2000000');
    const text = problemsOf(args, { RINGWAY_ROUTE_BY: 'me', RINGWAY_TICK_MS: 'soon' }).join('\n');
    for (const part of [
      '--workers is "x"',
      '--message-bytes-max is "1e3"',
      '--moves-max is "0"',
      'RINGWAY_ROUTE_BY is "me"',
      'RINGWAY_TICK_MS is "soon"',
      '--host (RINGWAY_HOST): 0.0.0.0 is not loopback',
      'broken: --lease-ms ≤ two thirds of --session-timeout-ms',
      '--record-bytes-max 2000000 + 65536 exceeds frameBytesMax',
    ]) {
      expect(text).to.include(part);
    }
  });

  it('say when a record would not fit a frame', () => {
    const [problem] = problemsOf(['--record-bytes-max', '2000000']);
    expect(problem).to.include('--record-bytes-max 2000000 + 65536 exceeds frameBytesMax');
  });

  it('blame no relation on a value that was refused already', () => {
    const problems = problemsOf(['--session-timeout-ms', '1e4', '--lease-ms', '6000']);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include('--session-timeout-ms is "1e4"');
  });

  it('never repeat a secret', () => {
    const problems = problemsOf(['--admin-token', 'hush'], { RINGWAY_JWT_SECRET: 'hush2' });
    expect(problems).to.have.length(2);
    expect(problems.join('\n')).not.to.include('hush');
  });

  it('are few in --help, which points to the others', () => {
    const help = helpOf(upCommand);
    const all = helpOf(upCommand, true).join('\n');
    expect(help.length).to.be.below(40);
    expect(help.join('\n')).to.include('--help-all').and.not.include('--moves-max');
    for (const name of [...gatewayNames, ...numericLimits]) expect(all).to.include(flagOf(name));
    expect(all).to.match(/--handler-deadline-ms <ms>, .*\n.*\(default: 10000\)/);
    expect(all).to.match(/--message-bytes-max <bytes>, /);
  });
});
