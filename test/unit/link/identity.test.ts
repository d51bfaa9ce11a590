/** When a host may link, as whom, and with which options. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { staged } from './link-stage.ts';
import { MemoryNetwork } from './memory-pipes.ts';
import { gateway, pair, random, worker } from './pair-stage.ts';

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

  it('of a later boot that dials us is told while we still know the earlier one', async () => {
    const { network, clock, to, address } = await pair();
    to.host.setPeers([{ boot: 'w-2@2', address: 'm:77' }]);
    const later = staged(network.transport(), clock, { seed: 3 });
    later.host.open({ boot: 'w-2@6', role: 'worker', cluster: 'c' });
    later.host.setPeers([{ boot: worker.boot, address }]);
    for (let round = 0; round < 3; round += 1) {
      clock.advance(5);
      network.settle(random);
    }
    expect(to.events).to.include('superseded w-2@2 w-2@6');
    expect([...to.up.keys()]).to.include('w-2@6');
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
