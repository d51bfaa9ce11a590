/**
 * What node-zookeeper-client alone makes of silence, expiry and ends at the wrong moment: it
 * waits for ever, dies or throws. On a real server, with a proxy in between.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { credentialsFrom } from '../../../cluster/credentials.ts';
import { type Coordinator, createZooKeeper } from '../../../cluster/index.ts';
import { claim, codeOf, config, createLive } from '../../support/coordinator-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { eachOnProxiedProcess } from '../../support/zookeeper/proxied-process.ts';
import { openRaw } from '../../support/zookeeper/raw.ts';
import { addressOf, testSecret } from '../../support/zookeeper/store.ts';

describe('the session of a ZooKeeper coordinator', function () {
  this.timeout(30_000);
  const given = eachOnProxiedProcess();

  it('may be closed or killed at any moment of a connection’s life', async () => {
    const { process: a, proxy, chroot } = given();
    const turns = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
    for (const end of ['close', 'kill'] as const) {
      for (const count of turns) {
        const one = createZooKeeper({ servers: `${proxy.text}${chroot}`, secret: testSecret });
        one.open({ onSession: () => undefined, onChange: () => undefined });
        const calls = [codeOf(one.read())];
        for (let turn = 0; turn < count; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          if (turn % 5 === 0) calls.push(codeOf(one.read()));
        }
        await one[end]();
        for (const code of await Promise.all(calls)) {
          expect(code).to.be.oneOf([undefined, 'coordinator.unavailable']);
        }
      }
    }
    await a.coordinator.read();
  });

  it('notices a server that says nothing, by its own clock, and resumes when it can', async () => {
    const { process: a, proxy, store, sessionId } = given();
    const session = sessionId();
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
    if (sessionId() !== session) expect(a.events).to.include('lost');
  });

  it('keeps its session while it only listens', async () => {
    const { process: a, store, stage } = given();
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

  it('settles every call when its session ends, and works on in a fresh one', async () => {
    const { process: a, proxy, store } = given();
    proxy.hush();
    const calls = Array.from({ length: 20 }, () => codeOf(a.coordinator.read()));
    await store.expire(a.coordinator);
    expect(await Promise.all(calls)).to.deep.equal(Array(20).fill('coordinator.unavailable'));
    await eventually('a fresh session', () => a.events.join().endsWith('lost,connected'));
    await a.coordinator.read();
    expect((await a.coordinator.multi([createLive('w-1')])).outcome).to.equal('done');
  });

  it('computes no change from the table of an earlier session', async () => {
    const { process: a, store, stage } = given();
    const b = await stage.startConfigured();
    await b.coordinator.multi([claim(0, 1)]);
    expect((await a.coordinator.read()).tableVersion).to.equal(1);
    await store.expire(a.coordinator);
    await replaceData(b.coordinator);
    await eventually('a fresh session', () => a.events.join().endsWith('lost,connected'));
    const entry = { owner: 'w-3@1', term: 1, copies: ['w-3@1'], epoch: 1 };
    const change = { kind: 'table', base: 1, changes: new Map([[5, entry]]) } as const;
    expect((await a.coordinator.multi([change])).outcome).to.equal('done');
    const { entries } = (await b.coordinator.read()).table;
    expect([entries[0]?.owner, entries[5]?.owner]).to.deep.equal(['w-2@1', 'w-3@1']);
  });

  it('leaves no listener behind after many readings and reconnects', async () => {
    const { process: a, proxy } = given();
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
    const { process: a, store, stage } = given();
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

  /** Other data, whose table happens to have the same version. */
  async function replaceData(coordinator: Coordinator): Promise<void> {
    const { target, chroot } = given();
    const { digest } = credentialsFrom(testSecret);
    const insider = await openRaw({ address: addressOf(target), credentials: digest });
    if (insider === 'expired') throw new Error('a new session expired');
    const nodes = ['table', 'config'].map((node) => `${chroot}/ringway/${node}`);
    await insider.zk.multi(nodes.map((path) => ({ kind: 'remove', path })));
    await insider.close();
    await coordinator.configure({ ...config, cluster: 'other' });
    await coordinator.multi([claim(0, 2)]);
  }
});
