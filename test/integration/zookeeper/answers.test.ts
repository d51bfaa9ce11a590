/**
 * What node-zookeeper-client alone makes of answers that are cut, unknown, senseless or too old:
 * it wedges, crashes or believes them. On a real server, with a proxy that changes the answers.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { claim, codeOf, config } from '../../support/coordinator-stage.ts';
import { eventually } from '../../support/eventually.ts';
import {
  eachOnProxiedProcess,
  type ProxiedProcess,
} from '../../support/zookeeper/proxied-process.ts';

const authType = 100;
const quotaExceeded = -125;
const sessionMoved = -118;

describe('a ZooKeeper coordinator that gets bad answers', function () {
  this.timeout(30_000);
  const given = eachOnProxiedProcess();

  it('survives a connection that is cut inside a large answer', async () => {
    const { process: a, proxy, sessionId, resumed } = given();
    await a.coordinator.read();
    const big = await largeTable(given());
    const session = sessionId();
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
    expect(sessionId()).to.equal(session);
  });

  it('reports an error code that the package does not know, and keeps its connection', async () => {
    const { process: a, proxy } = given();
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
    const { process: a, proxy } = given();
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
    const { process: a, proxy, sessionId, resumed } = given();
    const session = sessionId();
    let isOn = true;
    proxy.tamper = (frame) => {
      if (!isOn) return frame;
      isOn = false;
      return Buffer.from('ffffffffffffffff', 'hex');
    };
    expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
    await resumed();
    await a.coordinator.read();
    expect(sessionId()).to.equal(session);
  });

  it('leaves a server that says that the session moved, and resumes', async () => {
    const { process: a, proxy, sessionId, resumed } = given();
    const session = sessionId();
    let isOn = true;
    proxy.tamper = (frame) => {
      if (!isOn || frame.readInt32BE(4) < 0) return frame;
      isOn = false;
      const copy = Buffer.from(frame.subarray(0, 20));
      copy.writeInt32BE(16, 0);
      copy.writeInt32BE(sessionMoved, 16);
      return copy;
    };
    expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
    await resumed();
    await a.coordinator.read();
    expect(sessionId()).to.equal(session);
  });

  it('sends its credentials before anything else on every connection', async () => {
    const { process: a, proxy, logger } = given();
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
    const { store } = given();
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
    const { process: a, proxy, logger, resumed } = given();
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

  it('compares version 0 for real', async () => {
    const { process: a, stage } = given();
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
});

/** Its version: a table whose bytes do not compress. */
async function largeTable({ stage }: ProxiedProcess): Promise<number> {
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

function randomId(length: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('');
}
