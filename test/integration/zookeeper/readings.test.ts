/**
 * What a reading asks a real server for: only what no watch stands guard over, and never so little
 * that something old is believed. The proxy counts the requests.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  claim,
  createdBy,
  createLive,
  hintsSettled,
  type Process,
} from '../../support/coordinator-stage.ts';
import { eventually } from '../../support/eventually.ts';
import {
  eachOnProxiedProcess,
  type ProxiedProcess,
} from '../../support/zookeeper/proxied-process.ts';

const names: Readonly<Record<number, string>> = {
  3: 'exists',
  4: 'content',
  12: 'children',
  14: 'multi',
};

/** What `ask` makes the process ask for; its probes are `exists`, too, and left out. */
async function asked({ proxy }: ProxiedProcess, ask: () => Promise<unknown>): Promise<string> {
  const before = proxy.requests.length;
  await ask();
  const types = proxy.requests.slice(before).map((type) => names[type] ?? `type ${type}`);
  return types.filter((name) => name !== 'exists').join(' ');
}

/** Somebody else, whose changes are told to the process before it goes on. */
async function withOther(given: ProxiedProcess): Promise<Process> {
  const other = await given.stage.startConfigured();
  await other.coordinator.read();
  await hintsSettled(given.process);
  return other;
}

describe('a reading of a ZooKeeper coordinator', function () {
  this.timeout(20_000);
  const given = eachOnProxiedProcess();

  it('asks for nothing but a sign of life when no watch has fired', async () => {
    const { process: a } = given();
    await hintsSettled(a);
    expect(await asked(given(), () => a.coordinator.read())).to.equal('');
  });

  it('asks for the table only when somebody changed the table', async () => {
    const { process: a } = given();
    const b = await withOther(given());
    await b.coordinator.multi([claim(0, 2)]);
    await eventually('a hint', () => a.hints > 0);
    expect(await asked(given(), () => a.coordinator.read())).to.equal('content');
    expect((await a.coordinator.read()).table.entries[0]?.owner).to.equal('w-2@1');
  });

  it('asks for one list and the new node when somebody registered', async () => {
    const { process: a } = given();
    const b = await withOther(given());
    await b.coordinator.multi([createLive('w-2')]);
    await eventually('a hint', () => a.hints > 0);
    expect(await asked(given(), () => a.coordinator.read())).to.equal('children content');
    expect((await a.coordinator.read()).live).to.have.lengthOf(1);
  });

  it('does not fetch a table that this process has written, not even by its hint', async () => {
    const { process: a } = given();
    await hintsSettled(a);
    const question = await asked(given(), async () => {
      const changed = a.coordinator.multi([claim(0, 1)]);
      await eventually('its own hint', () => a.hints > 0);
      const [reading] = await Promise.all([a.coordinator.read(), changed]);
      expect(reading.tableVersion).to.equal(1);
      expect(reading.table.entries[0]?.owner).to.equal('w-1@1');
    });
    expect(question).to.equal('multi');
  });

  it('fetches the table when somebody wrote right behind this process', async () => {
    const { process: a } = given();
    const b = await withOther(given());
    await a.coordinator.multi([claim(0, 1)]);
    await b.coordinator.multi([claim(1, 2)]);
    expect((await a.coordinator.read()).table.entries[0]?.owner).to.equal('w-2@1');
  });

  it('believes nothing of an earlier connection', async () => {
    const { process: a, proxy, resumed } = given();
    const b = await withOther(given());
    const [name = ''] = createdBy(await b.coordinator.multi([createLive('w-2')]));
    expect((await a.coordinator.read()).live).to.have.lengthOf(1);
    proxy.cut();
    await b.coordinator.multi([{ kind: 'remove', folder: 'live', name }, claim(0, 2)]);
    proxy.heal();
    await resumed();
    const question = await asked(given(), async () => {
      const { live, tableVersion } = await a.coordinator.read();
      expect(live).to.deep.equal([]);
      expect(tableVersion).to.equal(1);
    });
    expect(question).to.equal('content content children children children');
  });

  it('reads a list again that changed while the table was on its way', async () => {
    const { process: a, proxy } = given();
    const b = await withOther(given());
    proxy.delayMs = 200;
    let isUnderWay = false;
    for (let base = 0; !isUnderWay && base < 20; base += 2) {
      await hintsSettled(a);
      await b.coordinator.multi([claim(base, 2)]);
      await eventually('a hint', () => a.hints > 0);
      a.hints = 0;
      // The next table is asked for before the news of the list has come, and answered after it.
      await b.coordinator.multi([createLive('w-3'), claim(base + 1, 3)]);
      isUnderWay = a.hints === 0;
      const { tableVersion, live } = await a.coordinator.read();
      expect(tableVersion).to.equal(base + 2);
      expect(live).to.have.lengthOf(base / 2 + 1);
    }
    expect(isUnderWay, 'the fault').to.equal(true);
  });

  it('asks once more for a list that lost most of its nodes', async () => {
    const { process: a } = given();
    const b = await withOther(given());
    const made = await b.coordinator.multi([createLive('w-2'), createLive('w-3')]);
    expect((await a.coordinator.read()).live).to.have.lengthOf(2);
    await hintsSettled(a);
    const gone = createdBy(made).map((name) => ({ kind: 'remove', folder: 'live', name }) as const);
    await b.coordinator.multi(gone);
    await eventually('a hint', () => a.hints > 0);
    expect(await asked(given(), () => a.coordinator.read())).to.equal('children');
    expect(await asked(given(), () => a.coordinator.read())).to.equal('children');
    expect(await asked(given(), () => a.coordinator.read())).to.equal('');
  });

  it('asks for everything now and then, should a server have forgotten a watch', async () => {
    const { process: a } = given();
    await hintsSettled(a);
    const question = await asked(given(), async () => {
      for (let i = 0; i < 32; i += 1) await a.coordinator.read();
    });
    expect(question).to.equal('content content children children children');
  });
});
