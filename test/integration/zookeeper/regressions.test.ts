/**
 * Each way in which node-zookeeper-client alone wedges, crashes, loses or lies, against a real
 * server, with a proxy in between where the fault lies on the wire.
 */
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { present } from '../../../base/index.ts';
import {
  claim,
  codeOf,
  config,
  createLive,
  createStage,
  type Process,
  type Stage,
} from '../../support/coordinator-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { createRecordingLogger, type RecordingLogger } from '../../support/recording-logger.ts';
import {
  freshChroot,
  serverStartTimeoutMs,
  sharedZooKeeperServer,
} from '../../support/servers/index.ts';
import type { ZooKeeperProxy } from '../../support/zookeeper/proxy.ts';
import { createProxiedStore, type ProxiedStore } from '../../support/zookeeper/store.ts';

const authType = 100;
const quotaExceeded = -125;

describe('a ZooKeeper coordinator whose wire misbehaves', function () {
  this.timeout(30_000);
  let target: string;
  let store: ProxiedStore;
  let stage: Stage;
  let logger: RecordingLogger;
  let a: Process;
  let proxy: ZooKeeperProxy;

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    target = (await sharedZooKeeperServer()).address;
  });
  beforeEach(async () => {
    logger = createRecordingLogger();
    store = await createProxiedStore({ target, chroot: freshChroot(), proxies: 2, logger });
    stage = createStage(store);
    a = await stage.startConfigured();
    proxy = store.proxyOf(a.coordinator);
  });
  afterEach(() => stage.close());

  const resumed = (): Promise<true> =>
    eventually(
      'suspended, then connected',
      () => a.events.join().endsWith('suspended,connected') || undefined,
    );
  const idOf = (one: ZooKeeperProxy): string => present(one.session, 'session').id.toString('hex');

  it('survives a connection that is cut inside a large answer', async () => {
    await a.coordinator.read();
    const big = await largeTable();
    const session = idOf(proxy);
    let cuts = 0;
    proxy.tamper = (frame) => {
      if (frame.length < 4000 || cuts > 0) return frame;
      cuts += 1;
      return 'cut';
    };
    const failed = await codeOf(a.coordinator.read());
    expect(failed).to.equal('coordinator.unavailable');
    expect(cuts, 'the fault').to.equal(1);
    await resumed();
    expect((await a.coordinator.read()).tableVersion).to.equal(big);
    expect(idOf(proxy)).to.equal(session);
  });

  it('reports an error code that the package does not know, and keeps its connection', async () => {
    const { connections } = proxy;
    let isOn = true;
    proxy.tamper = (frame) => {
      if (!isOn || frame.readInt32BE(4) < 0) return frame;
      const copy = Buffer.from(frame.subarray(0, 20));
      copy.writeInt32BE(16, 0);
      copy.writeInt32BE(quotaExceeded, 16);
      return copy;
    };
    const failure = await a.coordinator.read().catch((error: unknown) => error);
    expect(failure).to.include({ code: 'coordinator.unavailable' });
    expect(String(failure)).to.contain('-125 (quota exceeded)');
    isOn = false;
    await a.coordinator.read();
    expect(proxy.connections).to.equal(connections);
  });

  it('reports such a code inside a multi-operation, too', async () => {
    proxy.tamper = (frame) => {
      // A failed multi: results of type -1, done = 0, err = -1, and then the code itself.
      const at = frame.indexOf(Buffer.from('ffffffff00ffffff9bffffff9b', 'hex'));
      if (at < 0) return frame;
      const copy = Buffer.from(frame);
      copy.writeInt32BE(quotaExceeded, at + 5);
      copy.writeInt32BE(quotaExceeded, at + 9);
      return copy;
    };
    const check = { kind: 'check', folder: 'live', name: 'w-1-0000000099' } as const;
    const failure = await a.coordinator.multi([check]).catch((error: unknown) => error);
    expect(String(failure)).to.contain('-125 (quota exceeded)');
    proxy.tamper = undefined;
    expect(await a.coordinator.multi([check])).to.deep.equal({ outcome: 'refused', index: 0 });
  });

  it('drops a connection whose answers make no sense, and resumes', async () => {
    const session = idOf(proxy);
    let isOn = true;
    proxy.tamper = (frame) => {
      if (!isOn) return frame;
      isOn = false;
      return Buffer.from('ffffffffffffffff', 'hex');
    };
    expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
    await resumed();
    await a.coordinator.read();
    expect(idOf(proxy)).to.equal(session);
  });

  it('notices a server that says nothing, by its own clock, and resumes when it can', async () => {
    const session = idOf(proxy);
    const hushedAtMs = performance.now();
    proxy.hush();
    const call = codeOf(a.coordinator.read());
    await eventually('suspended', () => a.events.at(-1) === 'suspended');
    expect(performance.now() - hushedAtMs).to.be.above(store.sessionTimeoutMs / 4);
    expect(await call).to.equal('coordinator.unavailable');
    expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
    proxy.heal();
    await eventually('connected', () => a.events.at(-1) === 'connected');
    await a.coordinator.read();
    // Resumed or, if the silence took too long, replaced: but never unnoticed.
    if (idOf(proxy) !== session) expect(a.events).to.include('lost');
  });

  it('keeps its session while it only listens', async () => {
    const b = await stage.startConfigured();
    const untilMs = performance.now() + 3 * store.sessionTimeoutMs;
    let version = 0;
    while (performance.now() < untilMs) {
      await a.coordinator.read();
      await b.coordinator.multi([claim(version, 1)]);
      version += 1;
      await eventually('a hint', () => a.hints > 0);
      a.hints = 0;
    }
    expect(version, 'notifications').to.be.above(20);
    expect(a.events).to.deep.equal(['connected']);
  });

  it('sends its credentials before anything else on every connection', async () => {
    for (let round = 0; round < 3; round += 1) {
      proxy.dropAll();
      // Asked as early as can be, again and again: nothing may slip in before.
      await eventually('an answer', async () => (await codeOf(a.coordinator.read())) === undefined);
      expect(proxy.requests[0]).to.equal(authType);
      expect(proxy.requests.length).to.be.above(2);
    }
    expect(logger.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('sends nothing more when its credentials are refused, and says why', async () => {
    const b = store.connect();
    const bProxy = store.proxyOf(b);
    bProxy.tamper = (frame) => {
      if (frame.readInt32BE(4) !== -4) return frame;
      const copy = Buffer.from(frame);
      copy.writeInt32BE(-115, 16);
      return copy;
    };
    const events: string[] = [];
    b.open({ onSession: (event) => events.push(event), onChange: () => undefined });
    await eventually('a session', () => events.length > 0);
    const failure = await b.read().catch((error: unknown) => error);
    expect(failure).to.include({ code: 'coordinator.denied', retryable: false });
    expect(String(failure)).to.contain('RINGWAY_SECRET');
    expect(bProxy.requests).to.deep.equal([authType]);
    await b.close();
  });

  it('does not listen to a server that lags behind what it has seen', async () => {
    await a.coordinator.multi([claim(0, 1)]);
    await a.coordinator.read();
    let lagging = 2;
    let lies = 0;
    proxy.tamper = (frame) => {
      if (lagging === 0 || frame.readInt32BE(4) < 0) return frame;
      lies += 1;
      const copy = Buffer.from(frame);
      copy.writeBigInt64BE(1n, 8);
      return copy;
    };
    proxy.dropAll();
    await eventually('two refusals', () => {
      const refused = logger.lines.filter(({ reason }) => reason === 'the server lags behind');
      if (lies >= 2) lagging = 0;
      return lies >= 2 || refused.length > 0;
    });
    await resumed();
    expect((await a.coordinator.read()).tableVersion).to.equal(1);
    expect(lies, 'the fault').to.be.at.least(2);
  });

  it('settles every call when its session ends, and works on in a fresh one', async () => {
    proxy.hush();
    const calls = Array.from({ length: 20 }, () => codeOf(a.coordinator.read()));
    await store.expire(a.coordinator);
    expect(await Promise.all(calls)).to.deep.equal(Array(20).fill('coordinator.unavailable'));
    await eventually('a fresh session', () => a.events.join().endsWith('lost,connected'));
    await a.coordinator.read();
    expect((await a.coordinator.multi([createLive('w-1')])).outcome).to.equal('done');
  });

  it('leaves no listener behind after many readings and reconnects', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    for (let round = 0; round < 30; round += 1) {
      await eventually('an answer', async () => (await codeOf(a.coordinator.read())) === undefined);
      await a.coordinator.read();
      if (round % 3 === 0) proxy.dropAll();
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).to.deep.equal([]);
    expect(proxy.connections).to.be.above(8);
  });

  it('hears honestly of a pause of its own that outlasts the session', async () => {
    await a.coordinator.multi([createLive('w-1')]);
    const b = await stage.startConfigured();
    a.events.length = 0;
    const untilMs = performance.now() + 2.5 * store.sessionTimeoutMs;
    // The event loop does not run: as SIGSTOP, swapping or a long computation would have it.
    while (performance.now() < untilMs);
    await eventually(
      'a fresh session',
      () => a.events.at(-1) === 'connected' && a.events.includes('lost'),
    );
    expect(a.events[0]).to.equal('suspended');
    expect(b.events).to.include('lost');
    expect((await a.coordinator.read()).live).to.deep.equal([]);
  });

  it('compares version 0 for real', async () => {
    await a.coordinator.read();
    const b = await stage.startConfigured();
    await b.coordinator.read();
    expect((await b.coordinator.multi([claim(0, 2)])).outcome).to.equal('done');
    expect(await a.coordinator.multi([claim(0, 1)])).to.deep.equal({
      outcome: 'refused',
      index: 0,
    });
    expect((await a.coordinator.read()).table.entries[0]?.owner).to.equal('w-2@1');
  });

  /** Its version: a table whose bytes do not compress. */
  async function largeTable(): Promise<number> {
    const b = await stage.start();
    expect((await b.coordinator.configure(config)).slotCount).to.equal(config.slotCount);
    const changes = new Map(
      Array.from({ length: config.slotCount }, (_, slot) => {
        const owner = `${randomId(63)}@${slot}`;
        const copy = `${randomId(63)}@${slot}`;
        return [slot, { owner, term: slot + 1, copies: [owner, copy], epoch: slot + 1 }] as const;
      }),
    );
    const result = await b.coordinator.multi([{ kind: 'table', base: 0, changes }]);
    expect(result.outcome).to.equal('done');
    return 1;
  }
});

function randomId(length: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('');
}
