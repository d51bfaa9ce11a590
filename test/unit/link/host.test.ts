/** A link host over pipes in memory, with a clock that the test moves. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { decodeMessage } from '../../../link/decode.ts';
import { framesIn } from './bytes.ts';
import type { Staged } from './link-stage.ts';
import { gateway, pair, random, worker } from './pair-stage.ts';

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

  it('does not blame the peer for the time in which it did not run itself', async () => {
    const stage = await pair();
    stage.sleep(60_000);
    stage.pass(300);
    expect(stage.from.events).to.have.length(1);
    stage.network.silence();
    stage.clock.advance(1800);
    expect(stage.from.events).to.have.length(2);
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

  it('warns of a broken link, but not of one to a peer that may leave', async () => {
    for (const mayLeave of [false, true]) {
      const { from, to, pass } = await pair();
      from.host.setPeers([{ boot: 'w-1@3', address: to.host.address() ?? '', mayLeave }]);
      from.logged.length = 0;
      await to.host.close();
      pass(500);
      const level = mayLeave ? 'info' : 'warn';
      expect(from.logged).to.deep.equal([
        `${level} link.down link.ended`,
        `${level} link.not_dialled link.refused`,
      ]);
    }
  });

  it('does not say so of a peer that it never reached', async () => {
    const { from, pass } = await pair();
    from.host.setPeers([{ boot: 'w-7@7', address: 'm:77' }]);
    pass(2000);
    expect(from.events.filter((event) => event.startsWith('refused'))).to.deep.equal([]);
  });

  it('waits longer from attempt to attempt, up to the bound, and logs the failure once', async () => {
    const { from, network, pass } = await pair({ redialMinMs: 50, redialMaxMs: 400 });
    from.host.setPeers([{ boot: 'w-7@7', address: 'm:77' }]);
    const before = network.dials;
    pass(200);
    expect(network.dials - before).to.be.within(3, 5);
    pass(3800);
    expect(network.dials - before).to.be.within(12, 26);
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
