import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { commands } from '../../../cli/commands.ts';
import { run } from '../../../cli/run.ts';
import { fakeTerminal } from '../../support/cli/fake-terminal.ts';
import {
  type Finished,
  killLeftovers,
  ringway,
  signalledAgain,
  startRingway,
  startUp,
  type Up,
} from '../../support/cli/ringway-process.ts';
import { eventually } from '../../support/eventually.ts';
import { placementByPython } from '../../support/python.ts';

interface RingReport {
  readonly unowned: number;
  readonly workers: readonly { readonly id: string; readonly slots: number }[];
}

interface WhereReport {
  readonly slot: number;
  readonly owner: string;
  readonly target: string;
}

const deadlineMs = 30_000;

describe('a cluster in one process, run by the command', function () {
  this.timeout(60_000);
  let up: Up;

  before(async () => {
    up = await startUp();
  });

  after(async () => {
    up.signal('SIGTERM');
    await up.finished;
    killLeftovers();
  });

  /** In place: a process for each question would make most of these tests' time. */
  const ask = async (...args: readonly string[]): Promise<Finished> => {
    const terminal = fakeTerminal();
    const asked = { args: [...args, '--admin', up.adminUrl], env: {}, terminal, commands };
    const code = await run(asked);
    const [stdout, stderr] = [terminal.output, terminal.errors].map((lines) => lines.join('\n'));
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' };
  };
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await ask(...args, '--json');
    expect(code, stderr).to.equal(exitCodes.done);
    return JSON.parse(stdout);
  };

  it('says where the page is, and serves it', async () => {
    const page = await fetch(`${up.adminUrl}/`);
    expect(page.status).to.equal(200);
    expect(await page.text()).to.include('<title>Ringway</title>');
    for (const file of ['app.js', 'style.css', 'icon.svg']) {
      expect((await fetch(`${up.adminUrl}/${file}`)).status, file).to.equal(200);
    }
  });

  it('shows members and shares, for people and for programs', async () => {
    const { stdout } = await ringway('status', '--admin', up.adminUrl);
    const report = (await json('status')) as RingReport;
    expect(report.workers.map(({ id }) => id)).to.deep.equal(['w-1', 'w-2', 'w-3']);
    expect(report.unowned).to.equal(0);
    for (const { id, slots } of report.workers) {
      expect(stdout).to.match(new RegExp(`^${id} +${slots} `, 'm'));
    }
  });

  it('finds keys where a plain Python computation finds them', async () => {
    const keys = ['user:alice', 'user:bob', 'room:42', 'user:zoë'];
    const members = ['w-1', 'w-2', 'w-3'].map((id) => ({ id, weight: 1 }));
    const python = placementByPython({ members, keys, slots: 16_384 });
    for (const [index, key] of keys.entries()) {
      const { slot, target, owner } = (await json('where', key)) as WhereReport;
      expect({ slot, target }, key).to.deep.equal({
        slot: python.keys[index]?.slot,
        target: python.keys[index]?.target,
      });
      expect(owner, key).to.match(new RegExp(`^${target}@`));
    }
  });

  it('delivers a published event to a connected client, also after its worker was drained', async () => {
    const alice = startRingway(['connect', '--user', 'alice', '--url', up.publicUrl, '--json']);
    await eventually('alice is welcome', () => alice.stdout().includes('"welcome"'), deadlineMs);
    const first = await ask('publish', '--user', 'alice', '--data', '{"n":1}');
    expect(first.code, first.stderr).to.equal(exitCodes.done);
    await eventually('the first event', () => alice.stdout().includes('{"n":1}'), deadlineMs);

    const { target } = (await json('where', 'user:alice')) as WhereReport;
    const drained = await ask('drain', target);
    expect(drained.code, drained.stderr).to.equal(exitCodes.done);
    await ask('publish', '--user', 'alice', '--data', '{"n":2}', '--id', 'second');
    await ask('publish', '--user', 'alice', '--data', '{"n":2}', '--id', 'second');
    await ask('publish', '--user', 'alice', '--data', '{"n":3}');
    await eventually('the last event', () => alice.stdout().includes('{"n":3}'), deadlineMs);

    alice.signal('SIGINT');
    const { code, stdout, stderr } = await alice.finished;
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code, stderr).to.equal(exitCodes.done);
    expect(events.map(({ op, data }) => data ?? op)).to.deep.equal([
      'welcome',
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
  });

  it('sends piped lines and ends once they are answered', async () => {
    const bob = startRingway(['connect', '--user', 'bob', '--url', up.publicUrl]);
    bob.type('{"to":"bob","text":"note to self"}\n');
    bob.endInput();
    const { code, stdout } = await bob.finished;
    expect(code).to.equal(exitCodes.done);
    expect(stdout).to.include('-- message 1 handled');
    expect(stdout).to.match(/^#\d+ chat.sent .*note to self/m);
  });

  it("shows the workers' metrics beside the gateway's, each metric described once", async () => {
    const dave = startRingway(['connect', '--user', 'dave', '--url', up.publicUrl]);
    await eventually('dave is welcome', () => dave.stdout().includes('user:dave'), deadlineMs);
    const text = await (await fetch(`${up.adminUrl}/metrics`)).text();
    dave.signal('SIGINT');
    await dave.finished;
    const { owner } = (await json('where', 'user:dave')) as WhereReport;
    const [id = ''] = owner.split('@');
    expect(text).to.match(new RegExp(`^ringway_worker_sessions\\{worker="${id}"\\} 1$`, 'm'));
    expect(text).to.match(new RegExp(`^ringway_worker_keys\\{worker="${id}"\\} [1-9]`, 'm'));
    const { workers } = (await json('status')) as RingReport;
    for (const { id } of workers) {
      expect(text).to.match(new RegExp(`^ringway_worker_in_ring\\{worker="${id}"\\} 1$`, 'm'));
    }
    const described = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(described).to.include.members(['ringway_client_connections', 'ringway_worker_runs']);
    expect(new Set(described).size).to.equal(described.length);
  });

  it('refuses to drain a worker that nobody knows', async () => {
    const { code, stderr } = await ask('drain', 'w-99');
    expect(code).to.equal(exitCodes.refused);
    expect(stderr).to.include('w-99').and.to.include('[worker.unknown]');
  });

  for (const [option, variable, address] of [
    ['--port', 'RINGWAY_PORT', () => up.publicUrl],
    ['--admin-port', 'RINGWAY_ADMIN_PORT', () => up.adminUrl],
  ] as const) {
    it(`names address and option when ${option} is taken`, async () => {
      const { port } = new URL(address());
      const others = ['--port', '--admin-port'].filter((name) => name !== option);
      const { code, stderr } = await ringway('up', option, port, ...others, '0');
      expect(code).to.equal(exitCodes.unreachable);
      expect(stderr).to.include(`127.0.0.1:${port} is already in use`);
      expect(stderr).to.include(option).and.to.include(variable);
    });
  }
});

describe('the command, stopped or misused', function () {
  this.timeout(60_000);
  afterEach(killLeftovers);

  it('stops in order on SIGINT, clients told to come back', async () => {
    const up = await startUp('--workers', '2');
    const alice = startRingway(['connect', '--url', up.publicUrl]);
    await eventually('alice is welcome', () => alice.stdout().includes('--'), deadlineMs);
    up.signal('SIGINT');
    const { code, stderr } = await up.finished;
    expect(code, stderr).to.equal(exitCodes.done);
    await eventually('alice was told', () => alice.stderr().includes('1012'), deadlineMs);
    alice.signal('SIGINT');
    expect((await alice.finished).code).to.equal(exitCodes.done);
  });

  it('ends at once on a second signal', async () => {
    const up = await startUp('--workers', '1');
    const alice = startRingway(['connect', '--url', up.publicUrl]);
    await eventually('alice is welcome', () => alice.stdout().includes('--'), deadlineMs);
    // A client that does not answer its close makes the orderly stop wait for it.
    alice.signal('SIGSTOP');
    up.signal('SIGTERM');
    await eventually('it stops', () => up.stderr().includes('stopping'), deadlineMs);
    await signalledAgain(up);
    expect((await up.finished).code).to.equal(exitCodes.interrupted);
    alice.signal('SIGKILL');
    await alice.finished;
  });

  it('goes on, and stops in order, when nobody reads its output any more', async () => {
    const up = await startUp('--workers', '1', '--app', 'echo', '--log-level', 'warn');
    up.closeOutput();
    const killed = await fetch(`${up.adminUrl}/v1/workers/w-1/kill`, { method: 'POST' });
    expect(killed.status).to.equal(202);
    // The killed worker's links are logged as gone, to nobody.
    const ready = async () => (await fetch(`${up.adminUrl}/readyz`)).text();
    await eventually('it knows', async () => (await ready()).includes('no live'), deadlineMs);
    up.signal('SIGTERM');
    expect((await up.finished).code).to.equal(exitCodes.done);
  });

  it('says which address it cannot open', async () => {
    const host = ['--host', '203.0.113.7', '--jwt-secret', 'x'.repeat(32)];
    const { code, stderr } = await ringway('up', '--port', '0', '--admin-port', '0', ...host);
    expect(code).to.equal(exitCodes.unreachable);
    expect(stderr).to.include('203.0.113.7:0 cannot be opened').and.to.include('--host');
  });

  it('asks for tokens when it is given a secret, and takes those of ringway token', async () => {
    const secret = 'a secret of at least thirty-two bytes';
    const up = await startUp('--workers', '1', '--jwt-secret', secret);
    const refused = startRingway(['connect', '--user', 'alice', '--url', up.publicUrl]);
    expect((await refused.finished).stderr).to.include('401');
    const { stdout: token } = await ringway('token', '--user', 'carol', '--jwt-secret', secret);
    const carol = startRingway(['connect', '--token', token.trim(), '--url', up.publicUrl]);
    await eventually('carol is welcome', () => carol.stdout().includes('user:carol'), deadlineMs);
    up.signal('SIGTERM');
    expect((await up.finished).code).to.equal(exitCodes.done);
  });

  it('runs the example application, under limits from the command line', async () => {
    const up = await startUp('--app', 'examples/todo.mjs', '--message-bytes-max', '100');
    const erin = startRingway(['connect', '--user', 'erin', '--url', up.publicUrl]);
    erin.type('{"add":"milk"}\n');
    erin.endInput();
    expect((await erin.finished).stdout).to.match(/todo\.list .*"milk"/);
    const fred = startRingway(['connect', '--user', 'fred', '--url', up.publicUrl]);
    fred.type(`${JSON.stringify({ add: 'x'.repeat(100) })}\n`);
    await eventually('fred is told', () => fred.stderr().includes('1009'), deadlineMs);
    fred.signal('SIGINT');
    await fred.finished;
    up.signal('SIGTERM');
    expect((await up.finished).code).to.equal(exitCodes.done);
  });

  it('starts nothing while anything about its options is wrong, and says all of it', async () => {
    const { code, stdout, stderr } = await ringway('up', '--workers', 'x', '--prot', '1');
    expect([code, stdout]).to.deep.equal([exitCodes.misused, '']);
    expect(stderr).to.include('--workers is "x"').and.to.include('Did you mean --port?');
  });

  it('names the file when an application cannot be loaded', async () => {
    const { code, stderr } = await ringway('up', '--app', './nowhere.mjs');
    expect(code).to.equal(exitCodes.misused);
    expect(stderr).to.include('./nowhere.mjs does not exist');
  });
});
