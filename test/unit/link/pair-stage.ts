/** A gateway that dials a worker over pipes in memory, linked, on a clock that the test moves. */
import { seededRandom } from '../../../base/index.ts';
import type { LinkLimits } from '../../../link/options.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { staged } from './link-stage.ts';
import { MemoryNetwork } from './memory-pipes.ts';

export const random = seededRandom(5);
export const worker = { boot: 'w-1@3', role: 'worker', cluster: 'c' } as const;
export const gateway = { boot: 'g-1@4', role: 'gateway', cluster: 'c' } as const;

/** A gateway that dials a worker, linked unless told otherwise. */
export async function pair(limits: Partial<LinkLimits> = {}) {
  const clock = createFakeClock();
  let sleptMs = 0;
  /** As `clock`, but time passes also while the process sleeps and its timers do not run. */
  const sleepy = { ...clock, nowMs: () => clock.nowMs() + sleptMs };
  const network = new MemoryNetwork();
  const from = staged(network.transport(), sleepy, { seed: 1, limits });
  const to = staged(network.transport(), sleepy, { seed: 2, limits });
  const address = await to.host.listen({ host: 'm', port: 0 });
  to.host.open(worker);
  from.host.open(gateway);
  from.host.setPeers([{ boot: worker.boot, address }]);
  const pass = (byMs: number): void => {
    for (let left = byMs; left > 0; left -= 10) {
      clock.advance(Math.min(10, left));
      network.settle(random);
    }
  };
  pass(10);
  const sleep = (ms: number): void => {
    sleptMs += ms;
  };
  return { clock, network, from, to, address, pass, sleep };
}
