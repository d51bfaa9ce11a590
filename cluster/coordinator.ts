/**
 * What Ringway asks of ZooKeeper, and no more: a session, ephemeral sequential nodes in three
 * folders, one table changed by compare-and-set, and multi-operations over both.
 * Implementations: `memory.ts` (embedded mode, tests) and `zookeeper.ts`. They decide nothing.
 */
import { type BootId, RingwayError } from '../base/index.ts';
import type { Changes, Table } from './table.ts';

export interface ClusterConfig {
  readonly version: 1;
  readonly partitions: number;
  readonly slotCount: number;
  /** Random, made with the config; another one means that the data was wiped (rule W1). */
  readonly cluster: string;
  /** Made by whoever starts a new cluster: nobody can hold old data, so no hold-off (rule W4). */
  readonly first: boolean;
}

export type Folder = 'live' | 'ring' | 'gateways';

/** Content of an ephemeral node; never changed after its creation. */
export interface NodeContent {
  /** Worker or gateway id, `[a-z0-9][a-z0-9-]{0,62}`. */
  readonly id: string;
  /** Absent on a process's first registration: then the node's own name gives it. */
  readonly boot?: BootId;
  /** `live`: link address `host:port`. `gateways`: admin address. */
  readonly address?: string;
  /** `live`: build of the process. */
  readonly build?: string;
  /** Drawn for each registration: a process knows its own node by it when the answer got lost. */
  readonly nonce?: string;
  /** `ring`: relative capacity, > 0. */
  readonly weight?: number;
}

export interface Node extends NodeContent {
  /** `<id>-<sequence number, ten digits>`. */
  readonly name: string;
  readonly boot: BootId;
}

/** One reading: the table first, then the folders, all in one session (rule Z1). */
export interface Reading {
  readonly config: ClusterConfig;
  readonly tableVersion: number;
  readonly table: Table;
  readonly live: readonly Node[];
  readonly ring: readonly Node[];
  readonly gateways: readonly Node[];
}

export type Op =
  /** The node exists. */
  | { readonly kind: 'check'; readonly folder: Folder; readonly name: string }
  | { readonly kind: 'create'; readonly folder: Folder; readonly content: NodeContent }
  | { readonly kind: 'remove'; readonly folder: Folder; readonly name: string }
  /** Compare-and-set: the table is at version `base`. Empty changes only raise the version. */
  | { readonly kind: 'table'; readonly base: number; readonly changes: Changes };

export type MultiResult =
  /** All of it happened; `created` = names of the created nodes, in the order of the ops. */
  | { readonly outcome: 'done'; readonly created: readonly string[] }
  /** None of it happened: the op at this index did not hold. */
  | { readonly outcome: 'refused'; readonly index: number };

export type SessionEvent =
  /** A session exists and answers. After `lost` this is a fresh one: register again. */
  | 'connected'
  /** No contact; whether the session lives is unknown. */
  | 'suspended'
  /** The session is over, its ephemeral nodes are gone. */
  | 'lost';

export interface CoordinatorListener {
  onSession(event: SessionEvent): void;
  /** A hint that something changed: read again. May come late, early or twice, never not at all. */
  onChange(): void;
}

/** Calls take effect in the order in which they are made: a reading shows the changes before it. */
export interface Coordinator {
  readonly sessionTimeoutMs: number;
  /** Starts connecting, for ever, until `close`. */
  open(listener: CoordinatorListener): void;
  /** Ends the session at once: its ephemeral nodes go with it. */
  close(): Promise<void>;
  /** The cluster's config, made from `wanted` (and an empty table with it) if there is none. */
  configure(wanted: ClusterConfig): Promise<ClusterConfig>;
  /**
   * @throws CoordinatorError `coordinator.unavailable`, `coordinator.no_config` (`configure` first),
   *   `coordinator.denied`, `coordinator.session_timeout`, `coordinator.bad_config`,
   *   `coordinator.bad_table`
   */
  read(): Promise<Reading>;
  /**
   * All or nothing, through the leader.
   * @throws CoordinatorError `coordinator.unavailable`: whether it happened is unknown (rule Z2);
   *   `coordinator.no_config`: it did not, `configure` first. `coordinator.denied`,
   *   `coordinator.session_timeout`, `coordinator.too_large`: it did not.
   */
  multi(ops: readonly Op[]): Promise<MultiResult>;
}

/**
 * `coordinator.unavailable` and `coordinator.no_config` pass; `coordinator.denied` (credentials or
 * access list), `coordinator.session_timeout` (not the one that was asked for), `.bad_config`,
 * `.bad_table` and `.too_large` want an operator. Messages name the option or variable to look at.
 */
export class CoordinatorError extends RingwayError {
  override readonly name = 'CoordinatorError';
}
