import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../../support/eventually.ts';
import {
  describeWithOwnServers,
  freePort,
  freshChroot,
  serverStartTimeoutMs,
  sharedZooKeeper,
  startEnsemble,
  startZooKeeper,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../../support/servers/index.ts';
import { isListening } from '../../support/servers/probes.ts';

const deadlineMs = 20_000;

function isListeningAt(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return isListening(host, Number(port));
}

describeWithOwnServers('a ZooKeeper server of the tests', ['zookeeper'], function () {
  this.timeout(serverStartTimeoutMs);
  let server: ZooKeeperServer;

  before(async () => {
    server = await startZooKeeper();
  });

  after(() => server.close());

  it('serves when it has started', async () => {
    expect(server.isRunning).to.equal(true);
    expect(await server.mode()).to.equal('standalone');
  });

  it('answers nothing while it is frozen, although it accepts connections, and then again', async () => {
    server.pause();
    expect(await isListeningAt(server.address)).to.equal(true);
    // The signal takes effect when the kernel gets to it.
    await eventually('it is frozen', async () => (await server.mode()) === undefined, deadlineMs);
    server.resume();
    expect(await eventually('it serves', () => server.mode(), deadlineMs)).to.equal('standalone');
  });

  for (const end of ['stop', 'kill'] as const) {
    it(`is gone after ${end}(), also when frozen, and comes back at the same address`, async () => {
      const { pid } = server;
      server.pause();
      await server[end]();
      expect(server.isRunning).to.equal(false);
      expect(await isListeningAt(server.address)).to.equal(false);
      await server.start();
      expect(await server.mode()).to.equal('standalone');
      expect(server.pid).to.be.a('number').and.not.equal(pid);
    });
  }

  it('says in the error why another does not start', async () => {
    const silent = createServer();
    silent.listen(await freePort(), '127.0.0.1');
    await once(silent, 'listening');
    const ports = [server.address.split(':')[1], (silent.address() as AddressInfo).port];
    const errors = await Promise.all(
      ports.map((port) => startZooKeeper({ port: Number(port) }).catch(String)),
    );
    silent.close();
    expect(errors[0]).to.match(/another server answers at its address/);
    expect(errors[1]).to.match(/zookeeper ended while starting.*Address already in use/s);
  });
});

describeWithOwnServers('a ZooKeeper ensemble of the tests', ['zookeeper'], function () {
  this.timeout(serverStartTimeoutMs);
  let ensemble: ZooKeeperEnsemble;

  before(async () => {
    ensemble = await startEnsemble();
  });

  after(() => ensemble.close());

  it('has one leader, and another after that one is killed, which then follows', async () => {
    const first = await ensemble.leader();
    await first.kill();
    const second = await ensemble.leader();
    expect(second).not.to.equal(first);
    await first.start();
    const mode = await eventually('it serves again', () => first.mode(), deadlineMs);
    expect(mode).to.equal('follower');
  });
});

describe('the shared ZooKeeper', function () {
  this.timeout(serverStartTimeoutMs);

  it('is one for all, and chroots on it are different ones', async () => {
    const [one, other] = await Promise.all([sharedZooKeeper(), sharedZooKeeper()]);
    expect(one).to.equal(other);
    expect(await one.mode()).to.be.a('string');
    expect(freshChroot()).to.match(/^\/[a-z0-9-]+$/);
    expect(freshChroot()).not.to.equal(freshChroot());
  });
});

describeWithOwnServers('a test process that ends without closing', ['zookeeper'], function () {
  this.timeout(serverStartTimeoutMs);
  const program = join(import.meta.dirname, 'fixtures/leave-behind.ts');
  let folder = '';
  let child: ChildProcess | undefined;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringway-ends-'));
  });

  after(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  for (const end of ['SIGINT', 'SIGKILL', 'throw'] as const) {
    it(`leaves neither its frozen server nor its folder behind (${end})`, async () => {
      child = spawn(process.execPath, ['--import', 'tsx', program, end], {
        env: { ...process.env, TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
      const address = line.toString().trim();
      if (end !== 'throw') {
        // The fault bites: the server is there, and would be for ever.
        expect(await isListeningAt(address)).to.equal(true);
        expect(readdirSync(folder).join()).to.include('ringway-test-');
        child.kill(end);
      }
      await eventually(
        'the server and its folder are gone',
        async () =>
          !(await isListeningAt(address)) && !readdirSync(folder).join().includes('ringway-test-'),
        deadlineMs,
      );
    });
  }
});
