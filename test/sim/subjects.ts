/** The production cores as the simulator's subjects. */
import { createGatewayCore } from '../../gateway/core.ts';
import { createWorkerCore } from '../../worker/core.ts';
import type { Subjects } from './cores.ts';

export const productionSubjects: Subjects = subjectsWith(new Set());

/** With rules left out inside the cores: for planted faults that no wrapper can make. */
export function subjectsWith(plants: ReadonlySet<string>): Subjects {
  return {
    worker: (options) => createWorkerCore({ ...options, plants }),
    gateway: (options) => createGatewayCore({ ...options, plants }),
  };
}
