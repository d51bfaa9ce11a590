/**
 * What every `Coordinator` must do, as tests over nothing but its interface and a few faults.
 * The in-memory one and ZooKeeper both run it, so time in here is real time.
 */
import { describe } from 'mocha';
import { changesContract } from './coordinator-contract-changes.ts';
import { contactContract } from './coordinator-contract-contact.ts';
import { nodesContract } from './coordinator-contract-nodes.ts';
import type { CoordinatorStore } from './coordinator-stage.ts';

export type { CoordinatorStore } from './coordinator-stage.ts';

export function coordinatorContract(
  name: string,
  makeStore: () => CoordinatorStore | Promise<CoordinatorStore>,
): void {
  describe(`${name} as a coordinator`, () => {
    nodesContract(makeStore);
    changesContract(makeStore);
    contactContract(makeStore);
  });
}
