/** What is done on purpose: a worker joins, one drains, one comes back with another weight. */
import { memberIdOf } from '../../../base/index.ts';
import { heldBy, type Placement } from '../../support/processes/placement.ts';
import { drawn, type Fault } from '../fault.ts';

/** A further worker joins, and drains when it has its share. */
export const joinAndDrain: Fault = {
  name: 'join-drain',
  run: async (chaos) => {
    const newcomer = 'w-guest';
    const before = await chaos.placement.read();
    await chaos.startWorker(newcomer);
    const between = await chaos.untilHealthy();
    const moved = movedBetween(before, between);
    if (moved.size === 0) throw new Error('nobody moved to the newcomer');
    await chaos.drainWorker(newcomer);
    const after = await chaos.untilHealthy();
    const left = movedBetween(between, after).size;
    return {
      bit: `${moved.size} users moved to ${newcomer}, ${left} away from it`,
      affected: heldBy(between, [newcomer]),
    };
  },
};

/** As an operator redeploys a worker on another machine: it drains, and returns weighted anew. */
export const weight: Fault = {
  name: 'weight',
  run: async (chaos, random) => {
    const victim = drawn(random, chaos.runningWorkers());
    const weighed = drawn(random, ['0.5', '2', '3']);
    const before = await chaos.placement.read();
    await chaos.drainWorker(victim);
    const between = await chaos.untilHealthy();
    await chaos.startWorker(victim, ['--weight', weighed]);
    const after = await chaos.untilHealthy();
    const moved = movedBetween(between, after);
    if (moved.size === 0) throw new Error(`nobody moved to ${victim}`);
    return {
      bit: `${victim} drained and came back with weight ${weighed}: ${moved.size} users moved to it`,
      affected: new Set([...heldBy(before, [victim]), ...heldBy(after, [victim])]),
    };
  },
};

/** Keys with another owner. */
export function movedBetween(before: Placement, after: Placement): ReadonlySet<string> {
  const owner = (placement: Placement, key: string): string =>
    memberIdOf(placement.entries.get(key)?.owner ?? '');
  const keys = [...before.entries.keys()];
  return new Set(keys.filter((key) => owner(before, key) !== owner(after, key)));
}
