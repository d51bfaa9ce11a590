import { expect } from 'chai';
import { describe, it } from 'mocha';
import { present, systemClock } from '../../../base/index.ts';
import type { Coordinator, MemoryCoordinator } from '../../../cluster/index.ts';
import { createMemoryZooKeeper } from '../../../cluster/index.ts';
import { coordinatorContract } from '../../support/coordinator-contract.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

for (const latencyMs of [0, 2]) {
  coordinatorContract(`memory with ${latencyMs} ms per hop`, () => {
    const sessionTimeoutMs = 150;
    const zk = createMemoryZooKeeper({ clock: systemClock, sessionTimeoutMs, latencyMs });
    const handles = new Map<Coordinator, MemoryCoordinator>();
    const handleOf = (one: Coordinator): MemoryCoordinator => present(handles.get(one), 'handle');
    return {
      sessionTimeoutMs,
      connect() {
        const handle = zk.connect();
        handles.set(handle, handle);
        return handle;
      },
      expire: (one) => handleOf(one).expire(),
      cut: (one) => handleOf(one).cut(),
      heal: (one) => handleOf(one).heal(),
      close: () => Promise.resolve(zk.close()),
    };
  });
}

const config = { version: 1, partitions: 4, slotCount: 16, cluster: 'one', first: true } as const;

function world() {
  const clock = createFakeClock();
  const zk = createMemoryZooKeeper({ clock, sessionTimeoutMs: 1000 });
  const start = async () => {
    const heard: string[] = [];
    const handle = zk.connect();
    handle.open({ onSession: (event) => heard.push(event), onChange: () => heard.push('hint') });
    await clock.run(0);
    await handle.configure(config);
    await handle.multi([{ kind: 'create', folder: 'live', content: { id: 'w-1' } }]);
    await clock.run(0);
    heard.length = 0;
    return { handle, heard };
  };
  return { clock, zk, start };
}

describe('the faults of the memory coordinator', () => {
  it('loses an answer after the call happened', async () => {
    const { start } = world();
    const [a, b] = [await start(), await start()];
    a.handle.loseAnswers(true);
    const call = a.handle.multi([{ kind: 'table', base: 0, changes: new Map() }]);
    const failure = await call.catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'coordinator.unavailable');
    expect((await b.handle.read()).tableVersion).to.equal(1);
    a.handle.loseAnswers(false);
    expect((await a.handle.read()).tableVersion).to.equal(1);
  });

  it('keeps a killed process’s nodes until the session timeout, and tells it nothing', async () => {
    const { clock, start } = world();
    const [a, b] = [await start(), await start()];
    a.heard.length = 0;
    a.handle.kill();
    await clock.run(999);
    expect((await b.handle.read()).live).to.have.lengthOf(2);
    await clock.run(1);
    expect((await b.handle.read()).live).to.have.lengthOf(1);
    expect(a.heard).to.deep.equal([]);
    expect(b.heard).to.deep.equal(['hint']);
    expect(clock.timers).to.equal(0);
  });

  it('delays hints by as much as told', async () => {
    const { clock, start } = world();
    const [a, b] = [await start(), await start()];
    a.heard.length = 0;
    a.handle.delayNotifications(50);
    await b.handle.multi([{ kind: 'table', base: 0, changes: new Map() }]);
    await clock.run(49);
    expect(a.heard).to.deep.equal([]);
    await clock.run(1);
    expect(a.heard).to.deep.equal(['hint']);
  });

  it('forgets everything when wiped, and starts its sequence numbers again', async () => {
    const { clock, zk, start } = world();
    const { handle, heard } = await start();
    zk.wipe();
    await clock.run(0);
    expect(heard.filter((event) => event !== 'hint')).to.deep.equal(['lost', 'connected']);
    const failure = await handle.read().catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'coordinator.no_config');
    await handle.configure({ ...config, cluster: 'two', first: false });
    const create = { kind: 'create', folder: 'live', content: { id: 'w-1' } } as const;
    expect(await handle.multi([create])).to.deep.equal({
      outcome: 'done',
      created: ['w-1-0000000000'],
    });
    expect((await handle.read()).config.cluster).to.equal('two');
  });

  it('does not carry a call of an ended session into the next one', async () => {
    const { clock, start } = world();
    const [a, b] = [await start(), await start()];
    const call = a.handle.multi([{ kind: 'create', folder: 'ring', content: { id: 'w-1' } }]);
    a.handle.expire();
    const failure = await call.catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'coordinator.unavailable');
    await clock.run(0);
    expect((await b.handle.read()).ring).to.deep.equal([]);
  });
});
