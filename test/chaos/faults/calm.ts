/** No fault at all: how long clients wait on this machine, as it is now, under this load. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

const forMs = 5000;

export const calm: Fault = {
  name: 'calm',
  run: async () => {
    await sleep(forMs);
    return { bit: 'nothing happened', affected: new Set() };
  },
};
