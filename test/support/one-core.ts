/** One worker's core alone: a test tells it what ZooKeeper and its peers say. */
import { type Entry, emptyTable, type Node, type View, withChanges } from '../../cluster/index.ts';
import { createWorkerCore } from '../../worker/core.ts';
import type { WorkerEffect, WorkerInput } from '../../worker/core-types.ts';
import { allHandled } from '../sim/application.ts';
import { workerLimits } from '../sim/limits.ts';

const nodeOf = (boot: string): [string, Node] => {
  const id = boot.slice(0, boot.indexOf('@'));
  return [boot, { id, boot, name: `${id}-${boot.slice(-1)}`, weight: 1 }];
};

export function viewOf(
  tableVersion: number,
  live: readonly string[],
  entries: readonly Entry[],
): View {
  const changes = new Map(entries.map((entry, slot) => [slot, entry]));
  const nodes = live.map(nodeOf);
  return {
    cluster: 'c',
    isFirstData: true,
    tableVersion,
    table: withChanges(emptyTable(entries.length), changes),
    live: new Map(nodes),
    ring: new Map(nodes.map(([, node]) => [node.id, node])),
    gateways: new Map(),
  };
}

/** A registered worker; steps at ever later times, its lease renewed with each. */
export function workerOf(
  boot: string,
  slotCount: number,
  plants: readonly string[] = [],
  wallOffsetMs = 0,
) {
  const limits = workerLimits;
  const core = createWorkerCore({
    slotCount,
    limits,
    handled: allHandled,
    wallOffsetMs,
    plants: new Set(plants),
  });
  let nowMs = 0;
  const take = (input: WorkerInput): readonly WorkerEffect[] => {
    nowMs += 30;
    core.step({ kind: 'confirmed', sentAtMs: nowMs }, nowMs);
    return core.step(input, nowMs);
  };
  take({ kind: 'registered', boot, cluster: 'c', tableVersion: 0 });
  return { core, take };
}
