/** The disk of one ZooKeeper server is full: it must not serve what it cannot store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { fillDisk, freeDisk } from '../../support/servers/index.ts';
import type { Fault } from '../fault.ts';

const bitesWithinMs = 60_000;

export const diskFull: Fault = {
  name: 'zookeeper-disk-full',
  run: async ({ ensemble, load }) => {
    const server = ensemble.servers.find(({ smallDisk }) => smallDisk !== undefined);
    if (server?.smallDisk === undefined) throw new Error('no server has a small disk');
    const was = await server.mode();
    const bytes = fillDisk(server.smallDisk);
    const startMs = machineMs();
    await eventually(
      'the server with the full disk dies or stops serving',
      async () => {
        await sleep(100);
        return !server.isRunning || (await server.mode()) === undefined;
      },
      bitesWithinMs,
    );
    const afterMs = (machineMs() - startMs).toFixed(0);
    const end = server.isRunning ? 'stopped serving' : 'died';
    await load.moreConfirmed(100);
    freeDisk(server.smallDisk);
    // One that hangs on is ended by whoever frees its disk.
    await server.kill();
    await server.start();
    await eventually('it serves again', () => server.mode(), bitesWithinMs);
    return {
      bit: `${was} ${end} ${afterMs} ms after ${bytes} bytes had filled its disk`,
      affected: new Set(),
    };
  },
};
