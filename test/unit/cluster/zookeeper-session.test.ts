import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ZooKeeperSession } from '../../../cluster/zookeeper-session.ts';
import { codeOf } from '../../support/coordinator-stage.ts';
import { type FakeClock, settled } from '../../support/fake-clock.ts';
import type { RecordingLogger } from '../../support/recording-logger.ts';
import type { HandWire } from '../../support/zookeeper/hand-wire.ts';
import {
  createSessionWorld,
  type SessionWorld,
  sessionTimeoutMs,
} from '../../support/zookeeper/session-world.ts';

let world: SessionWorld;
let clock: FakeClock;
let wire: HandWire;
let logger: RecordingLogger;
let session: ZooKeeperSession;
let heard: string[];

beforeEach(() => {
  world = createSessionWorld();
  ({ clock, wire, logger, session, heard } = world);
});

afterEach(async () => {
  await world.close();
  expect(clock.timers).to.equal(0);
});

/** Lets time pass on a server that answers every question. */
async function passAnswered(ms: number): Promise<void> {
  for (let i = 0; i < ms / 100; i += 1) {
    await clock.run(100);
    const { last } = wire;
    while (last.asked > 0) last.answer();
  }
}

const ask = (): Promise<unknown> => world.ask();

describe('a ZooKeeper session that starts', () => {
  it('sends nothing before the server took the credentials, and is ready one answer later', async () => {
    world.open();
    wire.last.establish(1);
    expect(wire.last.asked).to.equal(0);
    expect(await codeOf(ask())).to.equal('coordinator.unavailable');
    wire.last.authenticate();
    expect(wire.last.asked).to.equal(1);
    expect(await codeOf(ask())).to.equal('coordinator.unavailable');
    wire.last.answer();
    await settled();
    expect(heard).to.deep.equal(['connected', 'hint']);
  });

  for (const [step, reach] of [
    ['connecting', () => undefined],
    ['the handshake', () => wire.last.establish(1)],
    ['the first probe', () => [wire.last.establish(1), wire.last.authenticate()]],
  ] as const) {
    it(`gives a server up that is silent in ${step} for a third of the timeout`, async () => {
      world.open();
      reach();
      await clock.run(sessionTimeoutMs / 3 - 1);
      expect(wire.all).to.have.lengthOf(1);
      await clock.run(700);
      expect(wire.all).to.have.lengthOf(2);
      expect(wire.all[0]?.isAbandoned).to.equal(true);
      expect(wire.last.options.address).not.to.deep.equal(wire.all[0]?.options.address);
      expect(heard).to.deep.equal([]);
    });
  }

  it('waits longer when all servers were late: all of them are busy, and one is enough', async () => {
    world.open();
    const given: number[] = [];
    for (let server = 0; server < 5; server += 1) {
      const [count, dialedAtMs] = [wire.all.length, clock.nowMs()];
      wire.last.establish(1);
      while (wire.last.isAbandoned === false) await clock.run(50);
      given.push(clock.nowMs() - dialedAtMs);
      while (wire.all.length === count) await clock.run(5);
    }
    const third = sessionTimeoutMs / 3;
    for (const ms of given.slice(0, 3)) expect(ms).to.be.within(third, third + 400);
    for (const ms of given.slice(3)) expect(ms).to.be.within(2 * third, 2 * third + 400);
    await wire.last.accept(1);
    expect(heard).to.deep.equal(['connected', 'hint']);
    wire.last.end('closed');
    await clock.run(1000);
    await clock.run(third + 400);
    expect(wire.all.at(-2)?.isAbandoned, 'impatient again').to.equal(true);
  });

  it('tries all servers in turn, for ever, ever more slowly up to a bound', async () => {
    world.open();
    const dialedAtMs: number[] = [];
    for (let seen = 0; seen < 30; seen += 1) {
      const count = wire.all.length;
      wire.last.end('refused');
      while (wire.all.length === count) await clock.run(5);
      dialedAtMs.push(clock.nowMs());
    }
    const hosts = wire.all.slice(0, 6).map(({ options }) => options.address.host);
    expect(new Set(hosts.slice(0, 3))).to.have.lengthOf(3);
    expect(hosts.slice(3)).to.deep.equal(hosts.slice(0, 3));
    const gaps = dialedAtMs.slice(1).map((at, i) => at - (dialedAtMs[i] ?? 0));
    expect(Math.max(...gaps)).to.be.within(500, 1010);
    expect(new Set(gaps.slice(10)).size, 'jitter').to.be.above(10);
  });

  it('says once that no server can be reached, again every 30 s, and that it is back', async () => {
    world.open();
    for (let attempt = 0; attempt < 100; attempt += 1) {
      wire.last.end('connect ECONNREFUSED');
      await clock.run(1100);
    }
    const lines = logger.of('zookeeper.away');
    expect(lines).to.have.lengthOf(4);
    expect(lines[0]).to.include({
      level: 'warn',
      servers: 'a:2181,b:2181,c:2181',
      option: '--zookeeper',
      reason: 'connect ECONNREFUSED',
    });
    await wire.last.accept(1);
    expect(logger.of('zookeeper.connected')).to.have.lengthOf(1);
    expect(logger.of('zookeeper.connected')[0]).to.have.property('level', 'info');
  });

  it('refuses calls, naming the option, when the servers grant another timeout', async () => {
    world.open();
    wire.last.establish(1, 4000);
    wire.last.authenticate();
    wire.last.answer();
    await settled();
    expect(heard[0]).to.equal('connected');
    const refusal = await ask().catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'coordinator.session_timeout', retryable: false });
    expect(String(refusal)).to.match(/4000 ms.*--session-timeout-ms 6000.*tickTime/);
    expect(logger.of('zookeeper.refused')).to.have.lengthOf(1);
  });

  it('tells the first caller that the credentials are refused, and goes on trying quietly', async () => {
    world.open();
    wire.last.establish(1);
    wire.last.authenticate(-115);
    await settled();
    expect(heard[0]).to.equal('connected');
    expect(await codeOf(ask())).to.equal('coordinator.denied');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      wire.last.end('closed by the server');
      await clock.run(1100);
      wire.last.establish(1);
      wire.last.authenticate(-115);
    }
    await settled();
    expect(heard).to.deep.equal(['connected', 'hint', 'suspended']);
    expect(logger.of('zookeeper.refused')).to.have.lengthOf(1);
  });
});

describe('a ZooKeeper session in use', () => {
  beforeEach(async () => {
    world.open();
    await wire.last.accept(1);
    heard.length = 0;
  });

  it('makes one hint of notifications that come in together, and another of a later one', async () => {
    wire.last.notify();
    wire.last.notify();
    await clock.run(0);
    expect(heard).to.deep.equal(['hint']);
    wire.last.notify();
    await clock.run(0);
    expect(heard).to.deep.equal(['hint', 'hint']);
  });

  it('probes four times per timeout, whatever else comes in', async () => {
    let probes = 0;
    for (let i = 0; i < 60; i += 1) {
      await clock.run(100);
      // Notifications only must not keep it from writing: the server counts what it receives.
      wire.last.notify();
      if (wire.last.asked === 0) continue;
      probes += 1;
      wire.last.answer();
    }
    expect(probes).to.be.within(3, 4);
  });

  it('leaves a server that is silent for two thirds, and goes on with the session', async () => {
    const [first] = wire.all;
    await passAnswered(6000);
    await clock.run(4300);
    expect(heard).to.deep.equal(['suspended']);
    expect(first?.isAbandoned).to.equal(true);
    expect(wire.last.options.session?.id).to.deep.equal(Buffer.alloc(8, 1));
    await wire.last.accept(1);
    expect(heard).to.deep.equal(['suspended', 'connected', 'hint']);
  });

  it('does not take bytes for life that waited while the process did not run', async () => {
    // As after SIGCONT: time has passed, and the socket is read before any timer runs.
    const [first] = wire.all;
    world.frozenMs = 20_000;
    first?.notify();
    await settled();
    expect(heard).to.deep.equal(['suspended']);
    expect(first?.isAbandoned).to.equal(true);
  });

  it('starts a fresh session when the old one is over, after saying so', async () => {
    wire.last.end('reset');
    await clock.run(200);
    expect(wire.last.options.session).not.to.equal(undefined);
    wire.last.expire();
    await settled();
    expect(heard).to.deep.equal(['suspended', 'lost']);
    const { number } = session;
    await clock.run(300);
    expect(wire.last.options.session).to.equal(undefined);
    await wire.last.accept(2);
    expect(heard).to.deep.equal(['suspended', 'lost', 'connected', 'hint']);
    expect(session.number).to.be.above(number);
  });

  it('leaves a server that lags behind what this session has seen', async () => {
    const seen = ask();
    wire.last.answer(100n);
    await seen;
    wire.last.end('reset');
    await clock.run(200);
    await wire.last.accept(1, 99n);
    expect(heard).to.deep.equal(['suspended']);
    expect(wire.last.isAbandoned).to.equal(true);
    await clock.run(200);
    await wire.last.accept(1, 100n);
    expect(heard).to.deep.equal(['suspended', 'connected', 'hint']);
  });

  it('believes a fresh session, whatever its server’s transactions count', async () => {
    const seen = ask();
    wire.last.answer(100n);
    await seen;
    wire.last.end('reset');
    await clock.run(200);
    wire.last.expire();
    await clock.run(300);
    await wire.last.accept(2, 3n);
    expect(heard.at(-2)).to.equal('connected');
  });

  it('fails a call without an answer after its deadline, and at once when contact ends', async () => {
    const slow = codeOf(ask());
    await clock.run(1000);
    expect(await slow).to.equal('coordinator.unavailable');
    const cut = codeOf(ask());
    wire.last.end('reset');
    expect(await cut).to.equal('coordinator.unavailable');
    expect(await codeOf(ask())).to.equal('coordinator.unavailable');
  });

  it('fails calls under way when the session moved or the connection broke for any reason', async () => {
    const calls = Array.from({ length: 3 }, () => codeOf(ask()));
    wire.last.end('the session moved to another server');
    expect(await Promise.all(calls)).to.deep.equal(Array(3).fill('coordinator.unavailable'));
    expect(logger.of('zookeeper.away')[0]).to.have.property(
      'reason',
      'the session moved to another server',
    );
  });
});
