import { expect } from 'chai';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { compareBoots, isLaterBoot, isRefused } from '../../../link/contest.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { staged } from './link-stage.ts';
import { MemoryNetwork } from './memory-pipes.ts';

describe('the contest of two connections', () => {
  it('orders boots by member id, then by number', () => {
    const boots = ['w-2@1', 'w-10@10', 'w-1@10', 'w-1@9', 'a@99'];
    expect(boots.sort(compareBoots)).to.deep.equal(['a@99', 'w-1@9', 'w-1@10', 'w-10@10', 'w-2@1']);
    expect(compareBoots('w-1@1', 'w-1@1')).to.equal(0);
  });

  it('knows a later boot of the same member', () => {
    expect(isLaterBoot('w-1@10', 'w-1@9')).to.equal(true);
    expect(isLaterBoot('w-1@9', 'w-1@9')).to.equal(false);
    expect(isLaterBoot('w-2@10', 'w-1@9')).to.equal(false);
  });

  it('lets the lower one refuse while its own dial is under way, and nobody else', () => {
    expect(isRefused('w-1@1', 'w-2@2', 'handshaking')).to.equal(true);
    expect(isRefused('w-1@1', 'w-2@2', 'linked')).to.equal(true);
    expect(isRefused('w-1@1', 'w-2@2', 'none')).to.equal(false);
    expect(isRefused('w-2@2', 'w-1@1', 'handshaking')).to.equal(false);
    expect(isRefused('w-2@2', 'w-1@1', 'linked')).to.equal(false);
  });
});

/** Two workers that know of each other at different moments, everything else in drawn order. */
async function crossed(seed: number, cuts: number) {
  const random = seededRandom(seed);
  // Nobody sends PINGs here.
  const limits = { heartbeatMissesMax: 1000 };
  const clock = createFakeClock();
  const network = new MemoryNetwork();
  const one = staged(network.transport(), clock, { seed: seed + 1, limits });
  const two = staged(network.transport(), clock, { seed: seed + 2, limits });
  const peers = [
    { boot: 'w-1@1', address: await one.host.listen({ host: 'm', port: 0 }) },
    { boot: 'w-2@2', address: await two.host.listen({ host: 'm', port: 0 }) },
  ];
  one.host.open({ boot: 'w-1@1', role: 'worker', cluster: 'c' });
  two.host.open({ boot: 'w-2@2', role: 'worker', cluster: 'c' });
  const moments = [one, two].map(({ host }) => ({ at: random.int(12), host }));
  for (let round = 0; round < 60; round += 1) {
    for (const { at, host } of moments) if (at === round) host.setPeers(peers);
    if (cuts > 0 && random.int(60) < cuts) network.cut();
    clock.advance(random.int(3) === 0 ? 1 : 0);
    for (let many = random.int(4); many > 0; many -= 1) network.deliver(random);
  }
  for (let round = 0; round < 8; round += 1) {
    network.settle(random);
    clock.advance(200);
  }
  network.settle(random);
  return { network, clock, one, two, random };
}

describe('two workers that dial each other', () => {
  it('end with one connection, up at both ends, whatever the order of things', async () => {
    for (let seed = 0; seed < 150; seed += 1) {
      const { network, one, two, random } = await crossed(seed, seed % 2 === 0 ? 0 : 6);
      expect(network.connections, `connections, seed ${seed}`).to.equal(1);
      expect([...one.up.keys(), ...two.up.keys()]).to.deep.equal(['w-2@2', 'w-1@1']);
      one.host.send('w-2@2', { type: 'PING', sentAtMs: 1 });
      two.host.send('w-1@1', { type: 'PING', sentAtMs: 2 });
      network.settle(random);
      expect(two.messages, `seed ${seed}`).to.deep.equal([{ type: 'PING', sentAtMs: 1 }]);
      expect(one.messages, `seed ${seed}`).to.deep.equal([{ type: 'PING', sentAtMs: 2 }]);
      await one.host.close();
      await two.host.close();
    }
  });

  it('never bring a link down because of the crossing', async () => {
    for (let seed = 0; seed < 150; seed += 1) {
      const { one, two } = await crossed(seed, 0);
      for (const { events } of [one, two]) expect(events, `seed ${seed}`).to.have.length(1);
      await one.host.close();
      await two.host.close();
    }
  });

  it('leave no timer when they close', async () => {
    const { clock, one, two } = await crossed(7, 6);
    await one.host.close();
    await two.host.close();
    expect(clock.timers).to.equal(0);
  });
});
