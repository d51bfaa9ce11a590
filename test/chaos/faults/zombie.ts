/**
 * SIGSTOP of a worker for twice its session timeout, and SIGCONT: it finds inputs in its sockets
 * and believes that it owns. By then others own what it owned.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { memberIdOf } from '../../../base/index.ts';
import { clusterDefaults } from '../../../cluster/options.ts';
import { eventually } from '../../support/eventually.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { heldBy } from '../../support/processes/placement.ts';
import { drawn, type Fault } from '../fault.ts';
import { moment, noticed } from './kill.ts';

const stoppedForMs = 2 * clusterDefaults.sessionTimeoutMs;

export const zombie: Fault = {
  name: 'zombie',
  run: async (chaos, random) => {
    const victim = drawn(random, chaos.runningWorkers());
    const { child } = chaos.cluster.get(victim);
    const before = await chaos.placement.read();
    chaos.logs.begin();
    const at = moment();
    child.signal('SIGSTOP');
    await eventually(`${victim} is in state T`, () => stateOf(child.process.pid) === 'T');
    const detection = await noticed(chaos, at, stoppedForMs);
    await chaos.untilPlaced(`the session of ${victim} has ended`, ({ live }) =>
      [...live].every((boot) => memberIdOf(boot) !== victim),
    );
    const expiredMs = machineMs() - at.machineMs;
    await sleep(Math.max(0, at.machineMs + stoppedForMs - machineMs()));
    child.signal('SIGCONT');
    const [stopped, expired] = [machineMs() - at.machineMs, expiredMs].map((ms) => ms.toFixed(0));
    return {
      bit: `${victim} in state T for ${stopped} ms, its session gone after ${expired} ms`,
      affected: heldBy(before, [victim]),
      detection,
    };
  },
};

/** As the kernel has it; Linux only. */
function stateOf(pid: number | undefined): string {
  // After the name, which stands in brackets and may hold anything.
  const [, state = '?'] = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
  return state;
}
