/** The examples for backends, and `ringway publish`, as processes against a real broker. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { createRabbitBus, type RabbitBus } from '../../../events/index.ts';
import { startRingway } from '../../support/cli/ringway-process.ts';
import { eventually } from '../../support/eventually.ts';
import {
  pythonWithPika,
  type RabbitHost,
  serverStartTimeoutMs,
  sharedRabbit,
} from '../../support/servers/index.ts';

const root = join(import.meta.dirname, '../../..');
const partitions = 16;
const users = ['alice', 'bob', 'Zoë', '小林'];

/** Numbered events of several users, interleaved. */
const events = Array.from({ length: 25 }, (_, n) =>
  users.map((user) => ({ user, id: `${user}-${n}`, type: 'note', data: { n } })),
).flat();

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  args: readonly string[],
  input: readonly object[],
): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: 60_000, env: { ...process.env, PYTHONUTF8: '1' } };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(linesOf(input));
  });
}

function linesOf(input: readonly object[]): string {
  return input.map((event) => `${JSON.stringify(event)}\n`).join('');
}

const keyed = events.map(({ user, ...event }) => ({ key: `user:${user}`, ...event }));
const loaders = ['--import', 'tsx', '--import', join(root, 'test/support/own-package.ts')];
const runMjs = (url: string, input: readonly object[]): Promise<Finished> =>
  run(process.execPath, [...loaders, 'examples/publish.mjs', url], input);
const runPython = (url: string, input: readonly object[]): Promise<Finished> =>
  run(pythonWithPika(), ['examples/publish.py', url], input);

describe('a backend', function () {
  this.timeout(serverStartTimeoutMs);
  let rabbit: RabbitHost;
  let url: string;
  let bus: RabbitBus;
  let got: Map<string, string[]>;

  before(async () => {
    rabbit = await sharedRabbit();
  });

  beforeEach(async () => {
    url = await rabbit.createVhost();
    bus = createRabbitBus({ urls: [url], partitions });
    got = new Map();
    await bus.ready();
    for (let partition = 0; partition < partitions; partition += 1) {
      bus.consume(partition, 100, {
        onClosed: () => undefined,
        onDelivery({ event: { key, id, source, type, format, data }, ack }) {
          const value = JSON.stringify(JSON.parse(Buffer.from(data).toString()));
          const seen = `${id} ${source} ${type} ${format} ${value}`;
          got.set(key, [...(got.get(key) ?? []), seen]);
          ack();
        },
      });
    }
  });

  afterEach(async () => {
    await bus.close();
    await rabbit.deleteVhost(url);
  });

  async function arrived(source: string): Promise<void> {
    const count = (): number => [...got.values()].reduce((sum, each) => sum + each.length, 0);
    await eventually('all events', () => count() >= events.length, 20_000);
    for (const user of users) {
      const own = events.filter((event) => event.user === user);
      const expected = own.map(
        ({ id, data }) => `${id} ${source} note json ${JSON.stringify(data)}`,
      );
      expect(got.get(`user:${user}`), user).to.deep.equal(expected);
    }
  }

  it('in Python (examples/publish.py) publishes in order after reading docs/events.md', async () => {
    const { code, stdout, stderr } = await runPython(url, keyed);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(stdout.trim().split('\n')).to.deep.equal(events.map(({ id }) => id));
    await arrived('/shop');
  });

  it('in Python does not take an unroutable event or a refused login for published', async () => {
    const empty = await rabbit.createVhost();
    const nowhere = await runPython(empty, keyed.slice(0, 1));
    expect(nowhere.code).to.equal(1);
    expect(nowhere.stderr).to.include('404');
    await rabbit.deleteVhost(empty);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    const denied = await runPython(wrong.href, keyed.slice(0, 1));
    expect(denied.code).to.equal(1);
    expect(denied.stderr).to.include('ACCESS_REFUSED');
    expect(nowhere.stdout + denied.stdout).to.equal('');
  });

  it('in Node.js (examples/publish.mjs) publishes in order', async () => {
    const { code, stdout, stderr } = await runMjs(url, events);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(stdout.trim().split('\n')).to.deep.equal(events.map(({ id }) => id));
    await arrived('/shop');
  });

  it('in Node.js says what is wrong with an event, and ends', async () => {
    const { code, stdout, stderr } = await runMjs(url, [{ user: '', type: 'note' }]);
    expect(code).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.include('[event.no_key]');
  });

  it('in a shell publishes lines in order with `ringway publish`', async () => {
    const child = startRingway(['publish', '--lines', '--source', '/shell'], {
      RINGWAY_RABBITMQ: url,
    });
    child.type(linesOf(events));
    child.endInput();
    const { code, stdout, stderr } = await child.finished;
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(stdout.trim().split('\n')).to.deep.equal(events.map(({ id }) => id));
    await arrived('/shell');
  });

  const refusals: readonly (readonly [string, () => readonly string[], number, string])[] = [
    [
      'another number of partitions',
      () => ['--rabbitmq', url, '--partitions', '4'],
      4,
      '--partitions is 4, but the broker has 16 queues',
    ],
    [
      'a wrong password',
      () => ['--rabbitmq', url.replace('guest:guest', 'guest:wrong')],
      4,
      'check --rabbitmq (RINGWAY_RABBITMQ)',
    ],
    [
      'a broker that is not there',
      () => ['--rabbitmq', 'amqp://127.0.0.1:1', '--timeout-ms', '500'],
      3,
      '--timeout-ms 500. --rabbitmq or RINGWAY_RABBITMQ names the broker. [cli.unreachable]',
    ],
  ];
  for (const [what, args, exit, said] of refusals) {
    it(`in a shell is told of ${what}`, async () => {
      const child = startRingway(['publish', '--user', 'alice', ...args()]);
      child.endInput();
      const { code, stdout, stderr } = await child.finished;
      expect(stderr).to.include(said).and.not.include('wrong@');
      expect(code).to.equal(exit);
      expect(stdout).to.equal('');
    });
  }
});
