/** ZooKeeper's servers: their leader is killed, all of them are killed, and both come back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterDefaults } from '../../../cluster/options.ts';
import { machineMs } from '../../support/processes/journal.ts';
import type { Fault } from '../fault.ts';
import type { ChaosStage } from '../stage.ts';

const nobody: ReadonlySet<string> = new Set();
const outageMs = 2 * clusterDefaults.sessionTimeoutMs;

export const leaderKill: Fault = {
  name: 'zookeeper-leader',
  run: async ({ ensemble, load }) => {
    const leader = await ensemble.leader();
    await leader.kill();
    const startMs = machineMs();
    const next = await ensemble.leader();
    if (next === leader) throw new Error(`${leader.address} leads although it was killed`);
    const electedMs = (machineMs() - startMs).toFixed(0);
    await load.moreConfirmed(100);
    await leader.start();
    return {
      bit: `leader ${leader.address} killed, ${next.address} leads after ${electedMs} ms`,
      affected: nobody,
    };
  },
};

/** Longer than every session lasts. */
export const outage: Fault = {
  name: 'zookeeper-outage',
  run: async (chaos) => {
    const { ensemble, load, cluster } = chaos;
    const startMs = machineMs();
    await Promise.all(ensemble.servers.map((server) => server.kill()));
    await Promise.all(cluster.services.map((service) => service.untilStatus('degraded', 30_000)));
    const { received } = await load.fleet();
    await load.moreConfirmed(100);
    await sleep(Math.max(0, startMs + outageMs - machineMs()));
    const { received: later } = await load.fleet();
    if (later === received) throw new Error('nothing arrives while ZooKeeper is away');
    await Promise.all(ensemble.servers.map((server) => server.start()));
    await untilNotDegraded(chaos);
    const seconds = ((machineMs() - startMs) / 1000).toFixed(1);
    return {
      bit: `every process degraded, ${later - received} arrivals meanwhile, ${seconds} s in all`,
      affected: nobody,
    };
  },
};

async function untilNotDegraded({ cluster }: ChaosStage): Promise<void> {
  await Promise.all(cluster.services.map((service) => service.untilStatus('ready', 60_000)));
}
