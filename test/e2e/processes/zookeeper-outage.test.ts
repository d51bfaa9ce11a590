/**
 * ZooKeeper is away for a minute, under load: one server that is frozen, so that every session
 * has expired when it wakes up, and beside it a cluster whose ensemble of three is killed and
 * started again. Both at the same time, because a minute is long.
 */
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import type { Where } from '../../support/e2e/admin.ts';
import { copiedTwice, settledOn, topologyOf } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { faultLines } from '../../support/processes/judge.ts';
import { Stage } from '../../support/processes/stage.ts';
import {
  describeWithOwnServers,
  startEnsemble,
  startZooKeeper,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../../support/servers/index.ts';

const workers = ['w-1', 'w-2', 'w-3'];
const outageMs = 60_000;
/** Of the worker that is killed, after the outage's beginning: longer than session and hold-off. */
const killAfterMs = 20_000;
/** What was sent this long before the outage's end has arrived before its end. */
const marginMs = 12_000;

interface Scene {
  readonly stage: Stage;
  readonly places: readonly Where[];
  killedAtMs: number;
  endedAtMs: number;
}

describeWithOwnServers('a minute without ZooKeeper', ['zookeeper'], function () {
  this.timeout(240_000);
  let single: ZooKeeperServer;
  let ensemble: ZooKeeperEnsemble;
  const scenes: Scene[] = [];

  before(async () => {
    [single, ensemble] = await Promise.all([startZooKeeper(), startEnsemble()]);
    for (const address of [single.address, ensemble.connect]) scenes.push(await scene(address));
  });

  after(async () => {
    await Promise.all(scenes.map(({ stage }) => stage.close()));
    await Promise.all([single?.close(), ensemble?.close()]);
  });

  it('is told as degraded, keeps events and messages flowing, and closes no socket', async () => {
    const beganAtMs = machineMs();
    single.pause();
    await Promise.all(ensemble.servers.map((server) => server.kill()));
    await both(async ({ stage }) => {
      for (const service of stage.cluster.services) {
        const { reasons } = await service.untilStatus('degraded', 20_000);
        expect(reasons.map(({ code }) => code)).to.include('coordinator.unavailable');
      }
      await until(beganAtMs + killAfterMs);
      await stage.load.more(200);
      await stage.load.untilFleet('all answered', ({ unanswered }) => unanswered < 60, 10_000);
    });
    await both(async (scene) => {
      await scene.stage.cluster.kill('w-3');
      scene.killedAtMs = machineMs();
      await until(beganAtMs + outageMs);
      scene.endedAtMs = machineMs();
    });
    single.resume();
    await Promise.all(ensemble.servers.map((server) => server.start()));
  });

  it('lets workers join when it is over', async () => {
    await both(async ({ stage }) => {
      const { cluster, load } = stage;
      for (const service of cluster.services) await service.untilStatus('ready', 40_000);
      await settledOn(cluster.admin, ['w-1', 'w-2']);
      await cluster.addWorker('w-4');
      await settledOn(cluster.admin, ['w-1', 'w-2', 'w-4']);
      await copiedTwice(cluster.admin, load.keys);
      await load.more(100);
    });
  });

  it('does not notice when the servers of the ensemble are restarted one by one', async () => {
    const scene = scenes[1] as Scene;
    const { cluster, load } = scene.stage;
    const before = await topologyOf(cluster.admin);
    for (const server of ensemble.servers) {
      await server.stop();
      await load.more(60);
      await server.start();
      await eventually('it serves again', () => server.mode(), 20_000);
    }
    await load.more(60);
    const later = await topologyOf(cluster.admin);
    expect(later.ring.workers.map(({ id }) => id)).to.deep.equal(['w-1', 'w-2', 'w-4']);
    expect(later.ring.tableVersion).to.equal(before.ring.tableVersion);
  });

  it('lost, repeated and reordered nothing, and a worker’s death paused its own users only', async () => {
    await both(async (scene) => {
      const { load } = scene.stage;
      await load.stop();
      const keys = (wanted: (place: Where) => boolean) =>
        new Set(scene.places.filter(wanted).map(({ key }) => key));
      const isOf = (boot: string): boolean => boot.startsWith('w-3@');
      const window = { fromMs: scene.killedAtMs + 1000, toMs: scene.endedAtMs - marginMs };
      const verdict = await load.verdict({
        isContiguous: true,
        mayDisconnect: () => false,
        windows: [
          { name: 'others', ...window, keys: keys(({ copies }) => !copies.some(isOf)) },
          { name: 'its own', ...window, keys: keys(({ owner }) => isOf(owner)) },
        ],
      });
      expect(faultLines(verdict)).to.deep.equal([]);
      expect(verdict.breaks).to.equal(0);
      const others = verdict.windows.get('others');
      const own = verdict.windows.get('its own');
      expect(others?.count).to.be.greaterThan(0);
      expect(others?.max, 'others waited until the end').to.be.lessThan(marginMs);
      // The fault bit: nobody could take its users over.
      expect(own?.p50, 'its own users waited').to.be.greaterThan(marginMs);
      console.log(
        `      ${scene.stage.zooKeeper}: ${verdict.received} received; others waited at most ` +
          `${others?.max.toFixed(0)} ms, its own ${own?.max.toFixed(0)} ms`,
      );
    });
  });

  function both(task: (scene: Scene) => Promise<void>): Promise<unknown> {
    return Promise.all(scenes.map(task));
  }
});

async function scene(zooKeeper: string): Promise<Scene> {
  const stage = await Stage.start({
    cluster: { gateways: ['g-1', 'g-2'], workers },
    load: { users: 60, eventsPerSecond: 60 },
    zooKeeper,
  });
  const { cluster, load } = stage;
  await settledOn(cluster.admin, workers);
  await load.start();
  await load.more(100);
  await copiedTwice(cluster.admin, load.keys);
  const places = await Promise.all(load.keys.map((key) => cluster.admin.where(key)));
  return { stage, places, killedAtMs: 0, endedAtMs: 0 };
}

function until(atMs: number): Promise<true> {
  return eventually('the time has come', () => machineMs() >= atMs, outageMs + 5000);
}
