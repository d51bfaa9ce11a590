/** The coordinator contract: config, ephemeral nodes, and what becomes of them. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type CoordinatorStore,
  codeOf,
  config,
  createdBy,
  createLive,
  createStage,
  outcomeOf,
  type Stage,
} from './coordinator-stage.ts';
import { eventually } from './eventually.ts';

export function nodesContract(makeStore: () => CoordinatorStore | Promise<CoordinatorStore>): void {
  let stage: Stage;
  beforeEach(async () => {
    stage = createStage(await makeStore());
  });
  afterEach(() => stage.close());

  describe('config', () => {
    it('reads nothing before a config was made', async () => {
      const { coordinator } = await stage.start();
      expect(await codeOf(coordinator.read())).to.equal('coordinator.no_config');
      expect(await codeOf(coordinator.multi([createLive('w-1')]))).to.equal(
        'coordinator.no_config',
      );
    });

    it('makes one config and an empty table, whoever else tries at the same time', async () => {
      const processes = await Promise.all(Array.from({ length: 8 }, stage.start));
      const found = await Promise.all(
        processes.map(({ coordinator }, i) =>
          coordinator.configure({ ...config, cluster: `cluster-${i}` }),
        ),
      );
      expect(new Set(found.map(({ cluster }) => cluster))).to.have.lengthOf(1);
      for (const { coordinator } of processes) {
        const reading = await coordinator.read();
        expect(reading.config).to.deep.equal(found[0]);
        expect(reading.table.entries).to.have.lengthOf(config.slotCount);
        expect(reading.table.entries.every(({ owner }) => owner === '')).to.equal(true);
      }
    });
  });

  describe('ephemeral nodes', () => {
    it('get rising sequence numbers and a boot identity from their name', async () => {
      const { coordinator } = await stage.startConfigured();
      const names: string[] = [];
      for (const id of ['w-2', 'w-1', 'w-1']) {
        names.push(...createdBy(await coordinator.multi([createLive(id)])));
      }
      const numbers = names.map((each) => Number(each.slice(-10)));
      expect([...numbers].sort((a, b) => a - b)).to.deep.equal(numbers);
      expect(new Set(numbers)).to.have.lengthOf(3);
      const { live } = await coordinator.read();
      expect(live.map((node) => node.boot).sort()).to.deep.equal(
        ['w-2', 'w-1', 'w-1'].map((id, i) => `${id}@${numbers[i]}`).sort(),
      );
    });

    it('never reuse a sequence number, even of a node removed long ago', async () => {
      const { coordinator } = await stage.startConfigured();
      const [first = ''] = createdBy(await coordinator.multi([createLive('w-1')]));
      await coordinator.multi([{ kind: 'remove', folder: 'live', name: first }]);
      const [second = ''] = createdBy(await coordinator.multi([createLive('w-1')]));
      expect(second > first).to.equal(true);
    });

    it('keep their content as it was given', async () => {
      const { coordinator } = await stage.startConfigured();
      const live = {
        id: 'w-1',
        boot: 'w-1@7',
        address: '10.0.0.1:7000',
        build: 'b1',
        nonce: 'n',
      };
      const ring = { id: 'w-1', boot: 'w-1@7', weight: 1.5 };
      await coordinator.multi([
        { kind: 'create', folder: 'live', content: live },
        { kind: 'create', folder: 'ring', content: ring },
        { kind: 'create', folder: 'gateways', content: { id: 'g-1', address: ':9000' } },
      ]);
      const reading = await coordinator.read();
      expect(reading.live[0]).to.include(live);
      expect(reading.ring[0]).to.include(ring);
      expect(reading.gateways[0]).to.include({ id: 'g-1', address: ':9000' });
    });

    it('go at once when their process closes, and nobody else’s with them', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      await a.coordinator.multi([createLive('w-1')]);
      await b.coordinator.multi([createLive('w-2')]);
      await a.coordinator.close();
      expect((await b.coordinator.read()).live.map(({ id }) => id)).to.deep.equal(['w-2']);
    });

    it('go when the session expires; the process hears "lost", then gets a new one', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      await a.coordinator.multi([createLive('w-1')]);
      a.events.length = 0;
      await stage.store.expire(a.coordinator);
      await eventually('a new session', () => a.events.at(-1) === 'connected');
      expect(a.events.filter((event) => event !== 'suspended')).to.deep.equal([
        'lost',
        'connected',
      ]);
      await eventually(
        'the node is gone',
        async () => (await b.coordinator.read()).live.length === 0,
      );
      expect(await outcomeOf(a.coordinator, [createLive('w-1')])).to.equal('done');
    });

    it('go when their process is cut off for longer than the session timeout', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      await a.coordinator.multi([createLive('w-1')]);
      await stage.store.cut(a.coordinator);
      await eventually('suspended', () => a.events.at(-1) === 'suspended');
      await eventually(
        'the node is gone',
        async () => (await b.coordinator.read()).live.length === 0,
        3 * stage.store.sessionTimeoutMs + 2000,
      );
      expect(a.events).not.to.include('lost');
      await stage.store.heal(a.coordinator);
      await eventually('a new session', () => a.events.at(-1) === 'connected');
      expect(a.events.at(-2)).to.equal('lost');
    });

    it('stay when the cut is shorter than that', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      await a.coordinator.multi([createLive('w-1')]);
      await stage.store.cut(a.coordinator);
      await eventually('suspended', () => a.events.at(-1) === 'suspended');
      await stage.store.heal(a.coordinator);
      await eventually('connected', () => a.events.at(-1) === 'connected');
      expect(a.events).to.deep.equal(['connected', 'suspended', 'connected']);
      expect((await b.coordinator.read()).live).to.have.lengthOf(1);
    });
  });
}
