/**
 * A restart storm: workers are killed one after the other, each as soon as every key has two
 * copies again, whether the one before it runs again or not. So no log is ever lost.
 */
import { machineMs } from '../../support/processes/journal.ts';
import type { Fault } from '../fault.ts';
import { type Killed, killOne } from './kill.ts';

const killsMin = 3;
const killsMore = 2;
/** As many must run besides the victim for two copies to be possible. */
const othersMin = 2;

export const storm: Fault = {
  name: 'storm',
  run: async (chaos, random) => {
    const kills = killsMin + random.int(killsMore);
    const affected = new Set<string>();
    const killed: Killed[] = [];
    const startMs = machineMs();
    for (let n = 0; n < kills; n += 1) {
      await chaos.untilPlaced('two copies of every key, and workers to spare', (now) => {
        return now.isCopied && chaos.runningWorkers().length > othersMin;
      });
      const one = await killOne(chaos, random);
      for (const key of one.affected) affected.add(key);
      killed.push(one);
    }
    const seconds = ((machineMs() - startMs) / 1000).toFixed(1);
    await Promise.all(killed.map(({ restarted }) => restarted));
    const names = killed.map(({ victim }) => victim).join(', ');
    return { bit: `${names} died of SIGKILL within ${seconds} s`, affected };
  },
};
