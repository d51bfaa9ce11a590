/** Processes on one store, and the operations and questions of the coordinator contract. */

import { RingwayError } from '../../base/index.ts';
import type { ClusterConfig, Coordinator, MultiResult, Op } from '../../cluster/index.ts';
import { eventually } from './eventually.ts';

export interface CoordinatorStore {
  readonly sessionTimeoutMs: number;
  /** A coordinator for one more process. */
  connect(): Coordinator;
  /** The servers end its session. */
  expire(coordinator: Coordinator): void | Promise<void>;
  /** Its connection is cut, until healed. */
  cut(coordinator: Coordinator): void | Promise<void>;
  heal(coordinator: Coordinator): void | Promise<void>;
  close(): Promise<void>;
}

/** A coordinator and what its listener heard. */
export interface Process {
  readonly coordinator: Coordinator;
  readonly events: string[];
  hints: number;
}

/** One test's store and processes. */
export interface Stage {
  readonly store: CoordinatorStore;
  readonly start: () => Promise<Process>;
  readonly startConfigured: () => Promise<Process>;
  readonly close: () => Promise<void>;
}

export const config: ClusterConfig = {
  version: 1,
  partitions: 16,
  slotCount: 64,
  cluster: 'c0ffee',
  first: true,
};

export function createStage(store: CoordinatorStore): Stage {
  const started: Process[] = [];
  const start = async (): Promise<Process> => {
    const one: Process = { coordinator: store.connect(), events: [], hints: 0 };
    started.push(one);
    one.coordinator.open({
      onSession: (event) => one.events.push(event),
      onChange: () => {
        one.hints += 1;
      },
    });
    await eventually('connected', () => one.events.at(-1) === 'connected');
    return one;
  };
  return {
    store,
    start,
    async startConfigured() {
      const one = await start();
      await one.coordinator.configure(config);
      return one;
    },
    async close() {
      await Promise.all(started.map(({ coordinator }) => coordinator.close()));
      await store.close();
    },
  };
}

export function createLive(id: string): Op {
  return { kind: 'create', folder: 'live', content: { id, address: `${id}:7000` } };
}

/** A change of slot 0 that tells who made it. */
export function claim(base: number, worker: number): Op {
  const owner = `w-${worker}@1`;
  const entry = { owner, term: base + 1, copies: [owner], epoch: 1 };
  return { kind: 'table', base, changes: new Map([[0, entry]]) };
}

export function createdBy(result: MultiResult): readonly string[] {
  if (result.outcome !== 'done') throw new Error(`refused at ${result.index}`);
  return result.created;
}

export async function outcomeOf(coordinator: Coordinator, ops: readonly Op[]): Promise<string> {
  return (await coordinator.multi(ops)).outcome;
}

/** undefined = it did not fail. */
export async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof RingwayError) return error.code;
    throw error;
  }
}

/** Reads until a whole reading brought no hint, so that the next one has a new reason. */
export async function hintsSettled(one: Process): Promise<void> {
  await eventually('no more hints', async () => {
    one.hints = 0;
    await one.coordinator.read();
    await new Promise((resolve) => setImmediate(resolve));
    return one.hints === 0;
  });
}
