import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ConfigError, type RingwayError, systemClock } from '../../../base/index.ts';
import { createMemoryZooKeeper, type MemoryZooKeeper } from '../../../cluster/index.ts';
import type { Bus } from '../../../events/index.ts';
import { slotCount } from '../../../ring/index.ts';
import { createWorker, type Worker, type WorkerOptions } from '../../../worker/index.ts';
import { eventually } from '../../support/eventually.ts';

/** Everything some ten times faster than by default. */
const limits = {
  leaseMs: 400,
  holdOffMs: 900,
  renewIntervalMs: 100,
  callDeadlineMs: 100,
  slackMs: 200,
  pingWindowMs: 150,
  pingIntervalMs: 50,
  degradeAfterMs: 200,
  settleMs: 20,
} as const;

const bus: Bus = {
  partitions: 4,
  trouble: undefined,
  consume: () => ({ close: async () => undefined }),
  publishEvent: async () => undefined,
  publishOut: async () => undefined,
  subscribeOut: () => () => undefined,
  close: async () => undefined,
};

describe('a worker over real links', function () {
  this.timeout(20_000);
  let zookeeper: MemoryZooKeeper;
  let workers: Worker[];
  beforeEach(() => {
    zookeeper = createMemoryZooKeeper({ clock: systemClock, sessionTimeoutMs: 600 });
    workers = [];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    zookeeper.close();
  });

  const workerOf = (id: string, changes: Partial<WorkerOptions> = {}): Worker => {
    const worker = createWorker({
      id,
      coordinator: zookeeper.connect(),
      bus,
      secret: 'a secret of many bytes',
      isFirst: true,
      limits,
      ...changes,
    });
    workers.push(worker);
    return worker;
  };
  const started = async (id: string, changes: Partial<WorkerOptions> = {}): Promise<Worker> => {
    const worker = workerOf(id, changes);
    await worker.start();
    return worker;
  };
  const ownsAll = (worker: Worker) => () => worker.status().slots.owner === slotCount;

  it('owns every slot when it is alone', async () => {
    const worker = await started('w-1');
    await eventually('all slots owned', ownsAll(worker), 10_000);
    expect(worker.status()).to.deep.include({ id: 'w-1', phase: 'serving', isInRing: true });
    expect(await worker.metrics()).to.contain(`ringway_worker_slots{role="owner"} ${slotCount}`);
  });

  it('links to the next one; when that is killed, it takes over', async () => {
    const first = await started('w-1');
    const second = await started('w-2');
    await eventually('linked', () => first.status().links.worker === 1);
    await eventually('some slots moved', () => second.status().slots.owner > 0, 10_000);
    await second.kill();
    expect(second.status().phase).to.equal('over');
    await eventually('the other has all', ownsAll(first), 15_000);
  });

  it('makes way for a younger boot of its id', async () => {
    const errors: RingwayError[] = [];
    const older = await started('w-1', { onExit: (error) => errors.push(error) });
    await started('w-1');
    await eventually('the older is over', () => older.status().phase === 'over');
    expect(errors.map(({ code }) => code)).to.deep.equal(['worker.superseded']);
  });

  it('refuses to run in a cluster that is configured otherwise', async () => {
    const errors: RingwayError[] = [];
    await started('w-1');
    const other = workerOf('w-2', {
      bus: { ...bus, partitions: 8 },
      onExit: (error) => errors.push(error),
    });
    const failure = await other.start().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(failure).to.be.instanceOf(ConfigError);
    expect(errors).to.deep.equal([failure]);
  });

  it('fails to start where the port is taken', async () => {
    const first = await started('w-1');
    const port = Number(first.status().address?.split(':').at(-1));
    const second = workerOf('w-2', { listen: { host: '127.0.0.1', port } });
    const failure = await second.start().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(failure).to.have.property('code', 'link.listen_failed');
  });

  const refused: readonly (readonly [string, Partial<WorkerOptions>, RegExp])[] = [
    ['an id that is no name', { id: 'Worker 1' }, /worker id "Worker 1" does not match/],
    ['a weight of nothing', { weight: 0 }, /weight 0 is not above 0/],
    ['limits that break a rule', { limits: { ...limits, slackMs: 150 } }, /slackMs ≥/],
    [
      'another session timeout than the coordinator has',
      { limits: { ...limits, sessionTimeoutMs: 700 } },
      /sessionTimeoutMs 700 is not the coordinator's 600/,
    ],
    [
      'records that no frame holds',
      { linkLimits: { frameBytesMax: 500_000 } },
      /recordBytesMax 524288 \+ 65536 exceeds frameBytesMax 500000/,
    ],
  ];
  for (const [what, changes, message] of refused) {
    it(`is not made with ${what}`, () => {
      expect(() => workerOf('w-1', changes)).to.throw(message);
    });
  }
});
