/**
 * SIGSTOP of a worker for twice its session timeout, and SIGCONT: it finds inputs in its sockets
 * and believes that it owns. By then others own what it owned.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { memberIdOf } from '../../../base/index.ts';
import { clusterDefaults } from '../../../cluster/options.ts';
import { slotOf } from '../../../ring/index.ts';
import { eventually } from '../../support/eventually.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { heldBy, type Placement } from '../../support/processes/placement.ts';
import { drawn, type Fault } from '../fault.ts';
import type { ChaosStage } from '../stage.ts';
import { moment, noticed } from './kill.ts';

const stoppedForMs = 2 * clusterDefaults.sessionTimeoutMs;
/** What an owner does that anybody could notice, and what a copy confirms. */
const effects = ['FRAME', 'SEND', 'ATTACHED', 'INPUT_ACK', 'APPENDED'];

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
    const judge = await watched(chaos, before, victim);
    child.signal('SIGCONT');
    const [stopped, expired] = [machineMs() - at.machineMs, expiredMs].map((ms) => ms.toFixed(0));
    await chaos.untilHealthy();
    return {
      bit:
        `${victim} in state T for ${stopped} ms, its session gone after ${expired} ms` +
        (await judge()),
      affected: heldBy(before, [victim]),
      detection,
    };
  },
};

/**
 * Where links are read: sees that nothing is said any more under the terms of its ownership.
 * Elsewhere the history must tell, by repeats and wrong order.
 */
async function watched(
  { options, proxies }: ChaosStage,
  before: Placement,
  victim: string,
): Promise<() => Promise<string>> {
  if (options.between !== 'taps') return async () => '';
  const owned = [...before.entries].filter(([, { owner }]) => memberIdOf(owner) === victim);
  const terms = owned.map(([key, { term }]) => [slotOf(key), term] as const);
  const sinceMs = await proxies.watchLinks();
  return async () => {
    const said = await proxies.said({ types: effects, terms, sinceMs });
    if (said > 0) throw new Error(`${victim} said ${said} things under the terms of before`);
    const fenced = await proxies.said({ types: ['FENCED'], terms, sinceMs });
    return `; then nothing was said under its ${terms.length} terms, but ${fenced} times FENCED`;
  };
}

/** As the kernel has it; Linux only. */
function stateOf(pid: number | undefined): string {
  // After the name, which stands in brackets and may hold anything.
  const [, state = '?'] = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
  return state;
}
