/** What the ledger asks of the world that it judges, and how it says that a rule is broken. */
import type { BootId, Slot } from '../../base/index.ts';
import type { Entry } from '../../cluster/index.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import type { WorkerProcess } from './worker-process.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** What the ledger asks of the world. */
export interface Omniscience {
  nowMs(): number;
  /** Only planned changes: whoever stays connected is never told anything. */
  readonly isCalm: boolean;
  /** One fault at a time, healed before the next: no log may be lost. */
  readonly isSingle: boolean;
  readonly cluster: string;
  readonly slotCount: number;
  readonly workerLimits: WorkerLimits;
  isLive(boot: BootId): boolean;
  slotOfKey(key: string): Slot;
  workerOf(boot: BootId): WorkerProcess | undefined;
  entryOf(slot: Slot): Entry;
  /** Whether somebody linked to `worker` was confirmed since, long enough ago to be heard of. */
  hasFreshNeighbour(worker: WorkerProcess, sinceMs: number): boolean;
}
