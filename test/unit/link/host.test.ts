/** A link host over pipes in memory, with a clock that the test moves. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError, seededRandom } from '../../../base/index.ts';
import { decodeMessage } from '../../../link/decode.ts';
import type { LinkLimits } from '../../../link/options.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { framesIn } from './bytes.ts';
import { type Staged, staged } from './link-stage.ts';
import { MemoryNetwork } from './memory-pipes.ts';

const random = seededRandom(5);
const worker = { boot: 'w-1@3', role: 'worker', cluster: 'c' } as const;
const gateway = { boot: 'g-1@4', role: 'gateway', cluster: 'c' } as const;

/** A gateway that dials a worker, linked unless told otherwise. */
async function pair(limits: Partial<LinkLimits> = {}) {
  const clock = createFakeClock();
  const network = new MemoryNetwork();
  const from = staged(network.transport(), clock, { seed: 1, limits });
  const to = staged(network.transport(), clock, { seed: 2, limits });
  const address = await to.host.listen({ host: 'm', port: 0 });
  to.host.open(worker);
  from.host.open(gateway);
  from.host.setPeers([{ boot: worker.boot, address }]);
  const pass = (byMs: number): void => {
    for (let left = byMs; left > 0; left -= 10) {
      clock.advance(Math.min(10, left));
      network.settle(random);
    }
  };
  pass(10);
  return { clock, network, from, to, address, pass };
}

const ping = (sentAtMs: number) => ({ type: 'PING', sentAtMs }) as const;

/** Both ends say something every 400 ms, as the cores do. */
function beat(
  { from, to, pass }: { from: Staged; to: Staged; pass(ms: number): void },
  ms: number,
) {
  for (let at = 0; at < ms; at += 400) {
    from.host.send(worker.boot, ping(at));
    to.host.send(gateway.boot, ping(at));
    pass(400);
  }
}

describe('a link host', () => {
  it('links the wanted peer, and both ends learn boot and role', async () => {
    const { from, to } = await pair();
    expect(from.events).to.deep.equal(['up w-1@3 worker 1']);
    expect(to.events).to.deep.equal(['up g-1@4 gateway 1']);
  });

  it('sends all messages of one turn to one peer in one write', async () => {
    const { from, to, network } = await pair();
    const before = network.writes.length;
    for (let n = 1; n <= 50; n += 1) from.host.send(worker.boot, ping(n));
    expect(network.writes.length - before).to.equal(0);
    network.settle(random);
    expect(network.writes.length - before).to.equal(1);
    const frames = framesIn(network.writes.at(-1) ?? Buffer.alloc(0));
    expect(frames.map((frame) => decodeMessage(frame))).to.have.length(50);
    expect(to.messages).to.deep.equal(Array.from({ length: 50 }, (_, n) => ping(n + 1)));
  });

  it('drops silently what is sent to a peer without a link', async () => {
    const { from, network } = await pair();
    from.host.send('w-9@9', ping(1));
    expect(network.isQuiet).to.equal(true);
  });

  it('keeps a link on which both ends speak, and ends one that fell silent', async () => {
    const stage = await pair();
    beat(stage, 6000);
    expect(stage.from.events).to.have.length(1);
    stage.from.host.send(worker.boot, ping(1));
    stage.to.host.send(gateway.boot, ping(1));
    stage.network.settle(random);
    stage.network.silence();
    stage.clock.advance(1400);
    expect(stage.from.events).to.have.length(1);
    stage.clock.advance(400);
    expect(stage.from.events[1]).to.equal('down w-1@3 1 link.silent');
    expect(stage.to.events[1]).to.equal('down g-1@4 1 link.silent');
  });

  it('dials again after a break, at once, and numbers the new link higher', async () => {
    const stage = await pair();
    beat(stage, 2000);
    stage.network.cut();
    stage.pass(20);
    expect(stage.from.events.slice(1)).to.deep.equal([
      'down w-1@3 1 link.reset',
      'up w-1@3 worker 2',
    ]);
    expect(stage.to.events.slice(1)).to.deep.equal([
      'down g-1@4 1 link.reset',
      'up g-1@4 gateway 2',
    ]);
  });

  it('tells that the process is gone when its address refuses after a break', async () => {
    const { from, to, network, pass } = await pair();
    await to.host.close();
    pass(500);
    expect(from.events[1]).to.equal('down w-1@3 1 link.ended');
    expect(from.events.slice(2)).to.include('refused w-1@3');
    expect(new Set(from.events.slice(2)).size).to.equal(1);
    expect(network.connections).to.equal(0);
  });

  it('does not say so of a peer that it never reached', async () => {
    const { from, pass } = await pair();
    from.host.setPeers([{ boot: 'w-7@7', address: 'm:77' }]);
    pass(2000);
    expect(from.events.filter((event) => event.startsWith('refused'))).to.deep.equal([]);
  });

  it('waits longer from attempt to attempt, up to the bound, and logs the failure once', async () => {
    const { from, clock, pass } = await pair({ redialMinMs: 50, redialMaxMs: 400 });
    from.host.setPeers([{ boot: 'w-7@7', address: 'm:77' }]);
    const startMs = clock.nowMs();
    pass(4000);
    expect(clock.nowMs() - startMs).to.equal(4000);
    expect(from.logged.filter((line) => line.includes('not_dialled'))).to.deep.equal([
      'warn link.not_dialled link.refused',
    ]);
  });

  it('drops a peer that is not wanted any more, and does not dial it again', async () => {
    const { from, to, network, pass } = await pair();
    from.host.setPeers([]);
    pass(3000);
    expect(from.events.slice(1)).to.deep.equal(['down w-1@3 1 link.dropped']);
    expect(to.events.slice(1)).to.deep.equal(['down g-1@4 1 link.ended']);
    expect(network.connections).to.equal(0);
  });

  it('keeps links that others dialled when its own wishes change', async () => {
    const { to } = await pair();
    to.host.setPeers([]);
    expect(to.events).to.have.length(1);
  });

  it('closes a link whose queue exceeds sendBytesMax, naming the option, and links again', async () => {
    const limits = { frameBytesMax: 2048, sendBytesMax: 4096 };
    const { from, network, pass } = await pair(limits);
    network.queuedBytes = 4090;
    from.host.send(worker.boot, ping(1));
    expect(from.events.slice(1)).to.deep.equal(['down w-1@3 1 link.send_queue_full']);
    network.queuedBytes = 0;
    pass(100);
    expect(from.events.slice(2)).to.deep.equal(['up w-1@3 worker 2']);
  });

  it('counts what waits in its own buffer against sendBytesMax', async () => {
    const { from } = await pair({ frameBytesMax: 2048, sendBytesMax: 4096 });
    for (let n = 0; n < 400; n += 1) from.host.send(worker.boot, ping(n));
    expect(from.events[1]).to.equal('down w-1@3 1 link.send_queue_full');
  });

  it('closes the link rather than skip a message that is too large, as an error', async () => {
    const { from } = await pair({ frameBytesMax: 2048 });
    const data = Buffer.alloc(3000);
    const input = {
      kind: 'message',
      key: 'k',
      session: 's',
      n: 1,
      format: 'binary',
      data,
    } as const;
    from.host.send(worker.boot, { type: 'INPUT', slot: 1, binding: 1, n: 1, input });
    expect(from.events[1]).to.equal('down w-1@3 1 link.frame_too_large');
    expect(from.logged).to.include('error link.down link.frame_too_large');
  });

  it('does not redial in a spin a link that breaks as soon as it is up', async () => {
    const { from, pass } = await pair();
    for (let ms = 0; ms < 2000; ms += 10) {
      from.host.send(worker.boot, { type: 'PING', sentAtMs: Number.NaN });
      pass(10);
    }
    expect(from.events.filter((event) => event.startsWith('up')).length).to.be.within(3, 12);
  });

  it('closes a link on which a role says what it may not', async () => {
    const { from, to, network } = await pair();
    from.host.send(worker.boot, { type: 'MOVING', slot: 1, binding: 1 });
    network.deliver(random);
    expect(to.events[1]).to.equal('down g-1@4 1 link.unexpected_type');
    expect(to.messages).to.deep.equal([]);
  });

  it('lets a fault of its listener through instead of blaming the peer', async () => {
    const { to, from, network } = await pair();
    to.messages.push = () => {
      throw new TypeError('a bug of ours');
    };
    from.host.send(worker.boot, ping(1));
    expect(() => network.settle(random)).to.throw(TypeError, 'a bug of ours');
  });
});

describe('the identity of a link host', () => {
  it('is needed before peers are dialled, and connections before it are closed unheard', async () => {
    const network = new MemoryNetwork();
    const clock = createFakeClock();
    const [early, late] = [1, 2].map((seed) => staged(network.transport(), clock, { seed }));
    if (early === undefined || late === undefined) throw new Error('two hosts');
    expect(() => early.host.setPeers([])).to.throw('before open');
    const address = await late.host.listen({ host: 'm', port: 0 });
    early.host.open(gateway);
    early.host.setPeers([{ boot: worker.boot, address }]);
    for (let round = 0; round < 5; round += 1) {
      clock.advance(50);
      network.settle(random);
    }
    expect(early.events).to.deep.equal([]);
    late.host.open(worker);
    clock.advance(1000);
    network.settle(random);
    expect(early.events).to.deep.equal(['up w-1@3 worker 1']);
  });

  it('closes all links when it changes, and forgets the wanted peers', async () => {
    const { from, to, pass } = await pair();
    from.host.open({ ...gateway, cluster: 'other' });
    expect(from.events[1]).to.equal('down w-1@3 1 link.closed');
    pass(3000);
    expect(from.events).to.have.length(2);
    expect(to.events[1]).to.equal('down g-1@4 1 link.ended');
  });

  it('of another cluster is told at both ends, and no link comes up', async () => {
    const { from, to, address, pass } = await pair();
    from.host.open({ ...gateway, cluster: 'other' });
    from.host.setPeers([{ boot: worker.boot, address }]);
    pass(50);
    expect(from.events.slice(2)).to.include('foreign w-1@3');
    expect(to.events).to.include('foreign g-1@4');
    expect(from.up.size + to.up.size).to.equal(0);
  });

  it('of a later boot is told to those that dial or know the earlier one', async () => {
    const { from, to, address, pass } = await pair();
    to.host.open({ ...worker, boot: 'w-1@8' });
    pass(200);
    expect(from.events).to.include('superseded w-1@3 w-1@8');
    from.host.open({ ...gateway, boot: 'g-1@9' });
    from.host.setPeers([{ boot: 'w-1@8', address }]);
    pass(200);
    expect([...from.up.keys()]).to.deep.equal(['w-1@8']);
  });

  it('closes everything: links with their downs, timers, the port', async () => {
    const { from, to, clock, network, pass } = await pair();
    await Promise.all([from.host.close(), to.host.close()]);
    pass(1000);
    expect(from.up.size + to.up.size).to.equal(0);
    expect(clock.timers).to.equal(0);
    expect(network.connections).to.equal(0);
    expect(to.host.address()).to.equal(undefined);
  });
});

describe('the options of a link host', () => {
  it('are refused all at once, each by its name', () => {
    const network = new MemoryNetwork();
    const bad = { frameBytesMax: 0, redialMaxMs: 10, sendBytesMax: 1.5 };
    const build = () => staged(network.transport(), createFakeClock(), { limits: bad });
    expect(build).to.throw(ConfigError, /frameBytesMax 0.*sendBytesMax 1\.5.*redialMaxMs 10/s);
  });

  it('include a secret that cannot be guessed', () => {
    const network = new MemoryNetwork();
    const build = () => staged(network.transport(), createFakeClock(), { secret: 'short' });
    expect(build).to.throw(ConfigError, 'secret of 5 bytes is shorter than 16 bytes');
  });
});
