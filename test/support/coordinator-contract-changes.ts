/** The coordinator contract: multi-operations and readings. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Changes, Op } from '../../cluster/index.ts';
import {
  type CoordinatorStore,
  claim,
  createdBy,
  createLive,
  createStage,
  outcomeOf,
  type Stage,
} from './coordinator-stage.ts';

export function changesContract(
  makeStore: () => CoordinatorStore | Promise<CoordinatorStore>,
): void {
  let stage: Stage;
  beforeEach(async () => {
    stage = createStage(await makeStore());
  });
  afterEach(() => stage.close());

  describe('multi', () => {
    it('lets exactly one of many concurrent changes of a version win', async () => {
      const processes = await Promise.all(Array.from({ length: 6 }, stage.startConfigured));
      for (let base = 0; base < 4; base += 1) {
        const results = await Promise.all(
          processes.map(({ coordinator }, i) => coordinator.multi([claim(base, i)])),
        );
        const winners = results.flatMap(({ outcome }, i) => (outcome === 'done' ? [i] : []));
        expect(winners).to.have.lengthOf(1);
        const reading = await processes[0]?.coordinator.read();
        expect(reading?.tableVersion).to.equal(base + 1);
        expect(reading?.table.entries[0]?.owner).to.equal(`w-${winners[0]}@1`);
      }
    });

    it('raises the version without a change of content', async () => {
      const { coordinator } = await stage.startConfigured();
      const before = await coordinator.read();
      const empty: Op = { kind: 'table', base: before.tableVersion, changes: new Map() };
      expect(await outcomeOf(coordinator, [empty])).to.equal('done');
      const after = await coordinator.read();
      expect(after.tableVersion).to.equal(before.tableVersion + 1);
      expect(after.table.entries).to.deep.equal(before.table.entries);
    });

    it('keeps unchanged entries the same objects from reading to reading', async () => {
      const { coordinator } = await stage.startConfigured();
      await coordinator.multi([claim(0, 1)]);
      const before = await coordinator.read();
      const changes: Changes = new Map([
        [5, { owner: 'w-2@2', term: 1, copies: ['w-2@2'], epoch: 1 }],
      ]);
      await coordinator.multi([{ kind: 'table', base: 1, changes }]);
      const after = await coordinator.read();
      const changed = after.table.entries.flatMap((entry, slot) =>
        entry === before.table.entries[slot] ? [] : [slot],
      );
      expect(changed).to.deep.equal([5]);
      expect(after.table.entries[5]).to.deep.equal(changes.get(5));
    });

    const gone: Op = { kind: 'check', folder: 'live', name: 'w-9-0000000009' };
    const refusals: readonly [string, readonly Op[], number][] = [
      ['a check of a missing node', [createLive('w-1'), claim(0, 1), gone], 2],
      ['a check in the wrong folder', [createLive('w-1'), { ...gone, folder: 'ring' }], 1],
      ['a removal of a missing node', [claim(0, 1), { ...gone, kind: 'remove' }], 1],
      ['an older version', [createLive('w-1'), claim(0, 1), claim(0, 2)], 2],
      ['a version that is not there yet', [claim(7, 1), createLive('w-1')], 0],
    ];
    for (const [what, ops, index] of refusals) {
      it(`does nothing at all when ${what} refuses it, and says which`, async () => {
        const { coordinator } = await stage.startConfigured();
        const before = await coordinator.read();
        expect(await coordinator.multi(ops)).to.deep.equal({ outcome: 'refused', index });
        expect(await coordinator.read()).to.deep.equal(before);
      });
    }

    it('checks, changes and removes as one', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      const [mine = ''] = createdBy(await a.coordinator.multi([createLive('w-1')]));
      const [theirs = ''] = createdBy(await b.coordinator.multi([createLive('w-2')]));
      const result = await a.coordinator.multi([
        { kind: 'check', folder: 'live', name: mine },
        claim(0, 1),
        { kind: 'remove', folder: 'live', name: theirs },
      ]);
      expect(result).to.deep.equal({ outcome: 'done', created: [] });
      const reading = await b.coordinator.read();
      expect(reading.live.map(({ name: each }) => each)).to.deep.equal([mine]);
      expect(reading.tableVersion).to.equal(1);
    });
  });

  describe('reading', () => {
    it('takes the table first: who wrote a version is in the lists read with it', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      let isWriting = true;
      const write = async (): Promise<void> => {
        for (let base = 0; base < 25; base += 1) {
          await a.coordinator.multi([createLive(`w-${base}`), claim(base, base)]);
        }
        isWriting = false;
      };
      const written = write();
      while (isWriting) {
        const { tableVersion, live } = await b.coordinator.read();
        expect(live.length).to.be.at.least(tableVersion);
      }
      await written;
      expect((await b.coordinator.read()).live).to.have.lengthOf(25);
    });

    it('sees what the same process has just done', async () => {
      const { coordinator } = await stage.startConfigured();
      for (let base = 0; base < 10; base += 1) {
        await coordinator.multi([claim(base, base)]);
        expect((await coordinator.read()).tableVersion).to.equal(base + 1);
      }
    });
  });
}
