/**
 * Both copies of some slots at once: two workers are killed in one moment. Nobody has these logs
 * any more; their clients must be told, and everything sent since must still arrive.
 */
import { memberIdOf } from '../../../base/index.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { heldBy, type Placement } from '../../support/processes/placement.ts';
import { drawn, type Fault } from '../fault.ts';

export const both: Fault = {
  name: 'both-copies',
  run: async (chaos, random) => {
    const { cluster, load } = chaos;
    const before = await chaos.untilHealthy();
    const first = drawn(random, chaos.runningWorkers());
    const second = drawn(
      random,
      chaos.runningWorkers().filter((id) => id !== first),
    );
    const lost = heldOnlyBy(before, [first, second]);
    if (lost.size === 0) throw new Error(`no key is on ${first} and ${second} only`);
    const { breaks } = await chaos.counts();
    chaos.allow({ lost });
    await Promise.all([cluster.kill(first), cluster.kill(second)]);
    const killedAtMs = machineMs();
    await Promise.all([chaos.restartLater(first), chaos.restartLater(second)]);
    await chaos.untilHealthy();
    const told = (await chaos.counts()).breaks - breaks;
    const seconds = ((machineMs() - killedAtMs) / 1000).toFixed(1);
    const clients = 2 * lost.size;
    // Fewer were told than lost something, or others were: the verdict names those.
    if (told !== clients) throw new Error(`${told} clients were told of a loss, not ${clients}`);
    const { unanswered } = await load.fleet();
    return {
      bit:
        `${first} and ${second} died of SIGKILL; all ${told} clients of ${lost.size} users ` +
        `were told, whole again after ${seconds} s, ${unanswered} messages unanswered then`,
      affected: heldBy(before, [first, second]),
      lost,
    };
  },
};

function heldOnlyBy({ entries }: Placement, ids: readonly string[]): ReadonlySet<string> {
  const lost = [...entries].filter(([, { copies }]) =>
    copies.every((boot) => ids.includes(memberIdOf(boot))),
  );
  return new Set(lost.map(([key]) => key));
}
