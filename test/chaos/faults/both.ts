/**
 * Both copies of some slots at once: two workers are killed in one moment. Nobody has these logs
 * any more; their clients must be told, and everything sent since must still arrive.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { memberIdOf } from '../../../base/index.ts';
import { eventually } from '../../support/eventually.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { heldBy, type Placement } from '../../support/processes/placement.ts';
import { drawn, type Fault } from '../fault.ts';

const toldDeadlineMs = 20_000;

export const both: Fault = {
  name: 'both-copies',
  run: async (chaos, random) => {
    const { cluster } = chaos;
    const before = await chaos.untilHealthy();
    const first = drawn(random, chaos.runningWorkers());
    const second = drawn(
      random,
      chaos.runningWorkers().filter((id) => id !== first),
    );
    const lost = heldOnlyBy(before, [first, second]);
    if (lost.size === 0) throw new Error(`no key is on ${first} and ${second} only`);
    const countsBefore = await chaos.history.counts();
    // A plain client is told by the end of its socket.
    const told = async () => {
      const { breaks, disconnects } = await chaos.history.counts();
      const closed = disconnects - countsBefore.disconnects;
      return { closed, all: closed + breaks - countsBefore.breaks };
    };
    const allowance = chaos.history.allow({ lost });
    await Promise.all([cluster.kill(first), cluster.kill(second)]);
    const killedAtMs = machineMs();
    // No copy is left: nothing that is sent from now on can have been acknowledged by one.
    allowance.lostAtMs = killedAtMs;
    await Promise.all([chaos.restartLater(first), chaos.restartLater(second)]);
    await chaos.untilHealthy();
    const seconds = ((machineMs() - killedAtMs) / 1000).toFixed(1);
    const clients = 2 * lost.size;
    await eventually(
      `all ${clients} clients are told of the loss`,
      async () => {
        await sleep(200);
        return (await told()).all >= clients;
      },
      toldDeadlineMs,
    );
    allowance.toMs = machineMs();
    const { all, closed } = await told();
    // Others were told, or somebody twice: of others the verdict says whom.
    if (all !== clients) throw new Error(`${all} were told of a loss, not ${clients}`);
    return {
      bit:
        `${first} and ${second} died of SIGKILL; all ${clients} clients of ${lost.size} users ` +
        `were told, ${closed} plain ones by a close; whole again after ${seconds} s`,
      affected: heldBy(before, [first, second]),
      closed,
    };
  },
};

function heldOnlyBy({ entries }: Placement, ids: readonly string[]): ReadonlySet<string> {
  const lost = [...entries].filter(([, { copies }]) =>
    copies.every((boot) => ids.includes(memberIdOf(boot))),
  );
  return new Set(lost.map(([key]) => key));
}
