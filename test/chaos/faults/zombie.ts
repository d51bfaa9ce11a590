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
    const links = await watched(chaos, before, victim);
    const at = moment();
    child.signal('SIGSTOP');
    await eventually(`${victim} is in state T`, () => stateOf(child.process.pid) === 'T');
    const detection = await noticed(chaos, at, stoppedForMs);
    await chaos.untilPlaced(`the session of ${victim} has ended`, ({ live }) =>
      [...live].every((boot) => memberIdOf(boot) !== victim),
    );
    const expiredMs = machineMs() - at.machineMs;
    await sleep(Math.max(0, at.machineMs + stoppedForMs - machineMs()));
    await links.wakes();
    child.signal('SIGCONT');
    const [stopped, expired] = [machineMs() - at.machineMs, expiredMs].map((ms) => ms.toFixed(0));
    await chaos.untilHealthy();
    return {
      bit:
        `${victim} in state T for ${stopped} ms, its session gone after ${expired} ms` +
        (await links.verdict()),
      affected: heldBy(before, [victim]),
      detection,
    };
  },
};

interface Links {
  /** It is continued now. */
  wakes(): Promise<void>;
  /** What is to be told of them. @throws Error when it had an effect */
  verdict(): Promise<string>;
}

/**
 * Where links are read: sees that nothing is said any more under the terms of its ownership.
 * Elsewhere the history must tell, by repeats and wrong order.
 */
async function watched(
  { options, proxies }: ChaosStage,
  before: Placement,
  victim: string,
): Promise<Links> {
  if (options.between !== 'taps') return { wakes: async () => undefined, verdict: async () => '' };
  const owned = [...before.entries].filter(([, { owner }]) => memberIdOf(owner) === victim);
  const terms = owned.map(([key, { term }]) => [slotOf(key), term] as const);
  const stoppedMs = await proxies.watchLinks();
  let wokenMs = stoppedMs;
  const said = (types: readonly string[], sinceMs: number) =>
    proxies.said({ types, terms, sinceMs });
  return {
    wakes: async () => {
      wokenMs = await proxies.now();
    },
    verdict: async () => {
      const inputs = await said(['INPUT'], stoppedMs);
      const count = await said(effects, wokenMs);
      if (count > 0) throw new Error(`${victim} said ${count} things under the terms of before`);
      const fenced = await said(['FENCED'], wokenMs);
      return (
        `, ${inputs} inputs sent to it meanwhile; continued, it said nothing with an effect ` +
        `under its ${terms.length} old terms (${fenced} times it was told FENCED)`
      );
    },
  };
}

/** As the kernel has it; Linux only. */
function stateOf(pid: number | undefined): string {
  // After the name, which stands in brackets and may hold anything.
  const [, state = '?'] = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
  return state;
}
