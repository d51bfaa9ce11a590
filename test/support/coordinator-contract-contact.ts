/** The coordinator contract: hints, and what is known of calls without contact. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type CoordinatorStore,
  claim,
  codeOf,
  createLive,
  createStage,
  hintsSettled,
  type Process,
  type Stage,
} from './coordinator-stage.ts';
import { eventually } from './eventually.ts';

export function contactContract(
  makeStore: () => CoordinatorStore | Promise<CoordinatorStore>,
): void {
  let stage: Stage;
  beforeEach(async () => {
    stage = createStage(await makeStore());
  });
  afterEach(() => stage.close());

  describe('hints', () => {
    const changes: readonly [string, (other: Process) => Promise<unknown>][] = [
      ['a node is created', ({ coordinator }) => coordinator.multi([createLive('w-1')])],
      ['the table changes', ({ coordinator }) => coordinator.multi([claim(0, 1)])],
      ['a process closes', ({ coordinator }) => coordinator.close()],
    ];
    for (const [what, change] of changes) {
      it(`reach every process when ${what}`, async () => {
        const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
        await b.coordinator.multi([{ kind: 'create', folder: 'gateways', content: { id: 'g-1' } }]);
        await hintsSettled(a);
        await change(b);
        await eventually('a hint', () => a.hints > 0);
      });
    }

    it('come after each of many changes, at the latest for the last one', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      for (let base = 0; base < 20; base += 1) await b.coordinator.multi([claim(base, base)]);
      let seen = 0;
      await eventually('a hint for the last change', async () => {
        if (a.hints === 0) return false;
        a.hints = 0;
        seen = (await a.coordinator.read()).tableVersion;
        return seen === 20;
      });
    });

    it('tell of changes made while the process was cut off', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      await hintsSettled(a);
      await stage.store.cut(a.coordinator);
      await b.coordinator.multi([claim(0, 1)]);
      await stage.store.heal(a.coordinator);
      await eventually('a hint', () => a.hints > 0);
    });

    it('do not arrive inside a call', async () => {
      const a = await stage.startConfigured();
      await hintsSettled(a);
      const result = a.coordinator.multi([claim(0, 1)]);
      expect(a.hints).to.equal(0);
      await result;
    });
  });

  describe('a cut', () => {
    it('fails calls as unknown', async () => {
      const a = await stage.startConfigured();
      await stage.store.cut(a.coordinator);
      expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
      expect(await codeOf(a.coordinator.multi([claim(0, 1)]))).to.equal('coordinator.unavailable');
    });

    it('leaves a call under way done or not done, never half', async () => {
      const [a, b] = [await stage.startConfigured(), await stage.startConfigured()];
      const code = codeOf(a.coordinator.multi([createLive('w-1'), claim(0, 1)]));
      await stage.store.cut(a.coordinator);
      expect(await code).to.be.oneOf(['coordinator.unavailable', undefined]);
      const { tableVersion, live } = await b.coordinator.read();
      expect(live).to.have.lengthOf(tableVersion);
    });
  });

  describe('closing', () => {
    it('may be asked twice, fails later calls and tells the listener nothing more', async () => {
      const a = await stage.startConfigured();
      await a.coordinator.close();
      await a.coordinator.close();
      const heard = a.events.length;
      expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
      expect(a.events).to.have.lengthOf(heard);
    });
  });
}
