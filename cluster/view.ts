/**
 * One consistent reading of table, live, ring and gateways, as the step functions use it.
 * Pure: built from a `Reading`, never changed.
 */
import { type BootId, bootNumberOf, memberIdOf } from '../base/index.ts';
import type { Node, Reading } from './coordinator.ts';
import type { Table } from './table.ts';

export interface View {
  readonly cluster: string;
  /** From `ClusterConfig.first`: never-owned slots need no hold-off (rule W4). */
  readonly isFirstData: boolean;
  readonly tableVersion: number;
  readonly table: Table;
  /** Live workers by boot identity. */
  readonly live: ReadonlyMap<BootId, Node>;
  /** Members of the ring by worker id: those that want slots, with their boot and weight. */
  readonly ring: ReadonlyMap<string, Node>;
  /** Live gateways by boot identity. */
  readonly gateways: ReadonlyMap<BootId, Node>;
}

/** Of two ring nodes of one id the higher boot counts. A ring node without its live node counts
 * not at all: its process is gone, its ephemerals are on their way out. */
export function viewOf(reading: Reading): View {
  const live = new Map(reading.live.map((node) => [node.boot, node]));
  const ring = new Map<string, Node>();
  for (const node of reading.ring) {
    if (!live.has(node.boot)) continue;
    const other = ring.get(node.id);
    if (other === undefined || isNewer(node, other)) ring.set(node.id, node);
  }
  return {
    cluster: reading.config.cluster,
    isFirstData: reading.config.first,
    tableVersion: reading.tableVersion,
    table: reading.table,
    live,
    ring,
    gateways: new Map(reading.gateways.map((node) => [node.boot, node])),
  };
}

/**
 * The highest boot of my id above mine among those who live, workers or gateways as I am, if
 * any: then I am the one who must exit.
 */
export function successorOf(living: Iterable<BootId>, boot: BootId): BootId | undefined {
  const id = memberIdOf(boot);
  let highest = boot;
  for (const other of living) {
    if (memberIdOf(other) === id && bootNumberOf(other) > bootNumberOf(highest)) highest = other;
  }
  return highest === boot ? undefined : highest;
}

/** A worker to be linked with. */
export interface Dialable {
  readonly boot: BootId;
  /** `host:port` */
  readonly address: string;
  /** Not, or no longer, in the ring: that its link ends is no news. */
  readonly mayLeave: boolean;
}

/** The live workers, as far as they can be dialled. */
export function dialableWorkers({ live, ring }: View): readonly Dialable[] {
  return [...live.values()].flatMap(({ id, boot, address }) =>
    address === undefined ? [] : [{ boot, address, mayLeave: ring.get(id)?.boot !== boot }],
  );
}

function isNewer(node: Node, other: Node): boolean {
  const byBoot = bootNumberOf(node.boot) - bootNumberOf(other.boot);
  return byBoot === 0 ? node.name > other.name : byBoot > 0;
}
