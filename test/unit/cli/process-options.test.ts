/** The options of `ringway gateway` and `ringway worker`, as somebody would give them. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import {
  gatewayOptionsOf,
  gatewayProblems,
  gatewayProcessOptions,
} from '../../../cli/gateway-options.ts';
import { flagOf, type Options, type Parsed, parseOptions } from '../../../cli/options.ts';
import { workerLimitsOf, workerOptions, workerProblems } from '../../../cli/worker-options.ts';
import { type GatewayOptions, gatewayDefaults } from '../../../gateway/options.ts';
import { defaultLimits, numericLimits } from '../../../worker/limits.ts';
import { limitsWith } from '../../../worker/options.ts';

type Env = Readonly<Record<string, string>>;

const secret = 'sixteen or more characters';
const given: Env = { RINGWAY_SECRET: secret };

function gateway(args: readonly string[], env: Env = given, host = 'Host-1') {
  const check = (values: Parsed<typeof gatewayProcessOptions>['values']) =>
    gatewayProblems(values, host);
  return parseOptions({ options: gatewayProcessOptions, check, words: [], args, env });
}

function worker(args: readonly string[], env: Env = given, host = 'Host-1') {
  const check = (values: Parsed<typeof workerOptions>['values']) => workerProblems(values, host);
  return parseOptions({ options: workerOptions, check, words: [], args, env });
}

function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the options of a gateway process', () => {
  it('are all those of a gateway, and those of the cluster', () => {
    const names = Object.keys(gatewayDefaults).map((name) =>
      name === 'tickIntervalMs' ? 'tickMs' : name,
    );
    expect(gatewayProcessOptions).to.include.keys(...names, 'zookeeper', 'rabbitmq', 'partitions');
  });

  it('need a secret only; the id is the name of the host', () => {
    const { values } = gateway([]);
    expect(gatewayOptionsOf(values, 'Host-1')).to.deep.equal({ ...gatewayDefaults, id: 'host-1' });
    expect(values).to.deep.include({
      ...{ secret, zookeeper: '127.0.0.1:2181', rabbitmq: 'amqp://guest:guest@127.0.0.1:5672' },
      ...{ partitions: 16, queueType: 'quorum', sessionTimeoutMs: 6000, first: false },
    });
  });

  it('reach the gateway, flags before variables', () => {
    const env = { ...given, RINGWAY_PORT: '2', RINGWAY_TICK_MS: '7', RINGWAY_PREFETCH: '9' };
    const args = ['--id', 'g-7', '--port', '1', '--advertise-admin', 'gate.example:99'];
    const { values } = gateway(args, env);
    const expected: Partial<GatewayOptions> = {
      ...{ id: 'g-7', port: 1, tickIntervalMs: 7, prefetch: 9, advertiseAdmin: 'gate.example:99' },
    };
    expect(gatewayOptionsOf(values, 'Host-1')).to.deep.include(expected);
  });
});

describe('the options of a worker process', () => {
  it('are all limits of a worker, and those of the cluster', () => {
    expect(workerOptions).to.include.keys(...numericLimits, 'strict', 'zookeeper', 'rabbitmq');
  });

  it('need a secret only', () => {
    const { values } = worker([]);
    expect(values).to.deep.include({
      ...{ id: undefined, app: 'forward', weight: 1, listen: { host: '127.0.0.1', port: 0 } },
      ...{ advertise: undefined, adminHost: '127.0.0.1', adminPort: 8081 },
    });
    expect(limitsWith(workerLimitsOf(values))).to.deep.equal(defaultLimits);
  });

  it('are taken from flags before variables', () => {
    const args = ['--id', 'w-1', '--moves-max', '7', '--strict', '--listen', '[::1]:70'];
    const env = { ...given, RINGWAY_MOVES_MAX: '8', RINGWAY_WEIGHT: '0.5', RINGWAY_APP: 'echo' };
    const { values } = worker(args, env);
    expect(values).to.deep.include({ id: 'w-1', weight: 0.5, app: 'echo' });
    expect(values.listen).to.deep.equal({ host: '::1', port: 70 });
    expect(workerLimitsOf(values)).to.deep.include({ movesMax: 7, isStrict: true });
  });

  it('let the session set lease and hold-off', () => {
    const { values } = worker(['--session-timeout-ms', '12000']);
    expect(limitsWith(workerLimitsOf(values))).to.include({ leaseMs: 8000, holdOffMs: 18_000 });
  });

  it('are refused together, each by its flag or variable', () => {
    const args = ['--id', 'W 1', '--weight', '-1', '--listen', 'nowhere', '--moves-max', '9e9'];
    args.push('--advertise', 'a b', '--admin-host', '0.0.0.0', '--zookeeper', 'x');
    const env = { RINGWAY_SECRET: 'short', RINGWAY_TICK_MS: '0', RINGWAY_STRICT: 'yes' };
    const problems = problemsOf(() => worker(args, { ...env, RINGWAY_LEASE_MS: '5000' }));
    const text = problems.join('\n');
    for (const part of [
      ...['--id is "W 1"', '--weight is "-1"', '--listen is "nowhere"', '--moves-max is "9e9"'],
      ...['--advertise is "a b"', 'RINGWAY_TICK_MS is "0"', 'RINGWAY_STRICT is "yes"'],
      ...['RINGWAY_SECRET must be at least 16', '--zookeeper names the server "x"'],
      ...['--admin-host (RINGWAY_ADMIN_HOST): 0.0.0.0 is not loopback: set RINGWAY_ADMIN_TOKEN'],
      ...['broken: --lease-ms ≤ two thirds of --session-timeout-ms'],
    ]) {
      expect(text).to.include(part);
    }
    expect(problems).to.have.length(11);
    expect(text).not.to.include('short');
  });

  const badValues: readonly (readonly [flag: string, value: string])[] = [
    ['--weight', '0'],
    ['--weight', '101'],
    ['--weight', '1e1'],
    ['--listen', 'host:65536'],
    ['--listen', ':80'],
    ['--moves-max', ' 7'],
    ['--moves-max', '0x10'],
    ['--id', '-a'],
    ['--advertise', 'a:b:c'],
    ['--partitions', '0'],
    ['--queue-type', 'stream'],
    ['--id', 'a'.repeat(64)],
  ];
  for (const [flag, value] of badValues) {
    it(`refuse ${flag} ${JSON.stringify(value)} rather than bend it`, () => {
      const problems = problemsOf(() => worker([`${flag}=${value}`]));
      expect(problems).to.have.length(1);
      expect(problems[0]).to.include(`${flag} is "${value}"`);
    });
  }
});

const both: readonly (readonly [
  string,
  (args: readonly string[], env?: Env, host?: string) => unknown,
  Options,
])[] = [
  ['gateway', gateway, gatewayProcessOptions],
  ['worker', worker, workerOptions],
];
for (const [name, parse, options] of both) {
  describe(`what a ${name} shares with the cluster`, () => {
    it('is a secret that comes from the variable only', () => {
      expect(problemsOf(() => parse([], {}))).to.deep.equal(['RINGWAY_SECRET is missing']);
      expect(problemsOf(() => parse(['--secret', secret], {}))).to.deep.equal([
        '--secret is not taken here, where others can read it: set RINGWAY_SECRET',
        'RINGWAY_SECRET is missing',
      ]);
    });

    it('is asked for by its flag when the name of the host is no id', () => {
      const [problem, ...more] = problemsOf(() => parse([], given, 'host.example'));
      expect(problem).to.include('--id (RINGWAY_ID) is missing').and.include('"host.example"');
      expect(more).to.deep.equal([]);
      expect(problemsOf(() => parse(['--id', 'a'], given, 'host.example'))).to.deep.equal([]);
    });

    it('never shows what the addresses of RabbitMQ hold', () => {
      const [problem, ...more] = problemsOf(() =>
        parse(['--rabbitmq', 'amqp://me:hush@a:5672,http://me:hush@b'], given),
      );
      expect(problem).to.include('--rabbitmq').and.include('address 2 of 2');
      expect(problem).not.to.include('hush');
      expect(more).to.deep.equal([]);
    });

    it('has a flag for everything but the secret', () => {
      const flagless = Object.entries(options).filter(([, { isVariableOnly }]) => isVariableOnly);
      expect(flagless.map(([option]) => flagOf(option))).to.deep.equal(['--secret']);
    });
  });
}
