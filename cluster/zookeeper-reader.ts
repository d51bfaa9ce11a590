/**
 * Readings: the table first, then the lists (rule Z1), each with a watch, fetching only what is
 * new. What does not change is kept: nodes for as long as they are listed, the table and the
 * config while the transaction that wrote them is the same. Nothing is kept across sessions.
 */
import type { Logger } from '../base/index.ts';
import { decodeConfig } from './config-codec.ts';
import {
  type ClusterConfig,
  CoordinatorError,
  type Folder,
  type Node,
  type Reading,
} from './coordinator.ts';
import type { NodeCodec } from './node-codec.ts';
import type { Table } from './table.ts';
import { decodeTable } from './table-codec.ts';
import { isServerError, serverCodes } from './zookeeper-errors.ts';
import type { Paths } from './zookeeper-paths.ts';
import { noConfig, unavailable } from './zookeeper-refusals.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';
import type { NodeStat } from './zookeeper-wire.ts';

export interface StoredTable {
  /** Number of the session that it was read or written in. */
  readonly session: number;
  /** Transaction that wrote it. */
  readonly mzxid: bigint;
  readonly version: number;
  readonly table: Table;
  readonly bytes: Buffer;
}

/** A node, or that it does not count. */
type Listed = Node | 'ignored';

/** Replaced with each session, so that a late answer ends up in what nobody uses any more. */
interface Kept {
  readonly session: number;
  config: { readonly mzxid: bigint; readonly value: ClusterConfig } | undefined;
  table: StoredTable | undefined;
  readonly nodes: Record<Folder, ReadonlyMap<string, Listed>>;
}

const noNodes: ReadonlyMap<string, Listed> = new Map();
/** Contents asked for at a time. */
const fetchesMax = 256;
/** Names of ignored nodes that were logged; beyond that a node may be logged again. */
const reportedMax = 1000;

export class Reader {
  private readonly session: ZooKeeperSession;
  private readonly paths: Paths;
  private readonly codec: NodeCodec;
  private readonly logger: Logger;
  private readonly reported = new Set<string>();
  private kept: Kept = keptIn(-1);

  constructor(
    session: ZooKeeperSession,
    paths: Paths,
    { codec, logger }: { readonly codec: NodeCodec; readonly logger: Logger },
  ) {
    this.session = session;
    this.paths = paths;
    this.codec = codec;
    this.logger = logger;
  }

  async read(): Promise<Reading> {
    const { session, paths } = this;
    const { number } = session;
    const [configStat, tableStat] = await Promise.all([
      session.call((zk) => zk.exists(paths.config, true)),
      session.call((zk) => zk.exists(paths.table, true)),
    ]);
    if (configStat === undefined) throw noConfig(paths.config);
    const config = await this.configAt(configStat);
    const { table, version } = await this.tableOf(tableStat, config);
    const [live, ring, gateways] = await Promise.all([
      this.list('live'),
      this.list('ring'),
      this.list('gateways'),
    ]);
    if (session.number !== number) throw unavailable(paths.root, 'the session changed meanwhile');
    return { config, tableVersion: version, table, live, ring, gateways };
  }

  /** The table at this very version; undefined = it has another one. */
  async tableAt(version: number): Promise<StoredTable | undefined> {
    const kept = this.current.table;
    if (kept?.version === version) return kept;
    const fetched = await this.fetchTable();
    return fetched.version === version ? fetched : undefined;
  }

  /** What this process has just written. */
  keepTable(table: StoredTable): void {
    const { current } = this;
    if (table.session !== current.session) return;
    if (current.table !== undefined && current.table.mzxid > table.mzxid) return;
    current.table = table;
  }

  private get current(): Kept {
    const { number } = this.session;
    if (this.kept.session !== number) this.kept = keptIn(number);
    return this.kept;
  }

  private async configAt(stat: NodeStat): Promise<ClusterConfig> {
    const before = this.current;
    if (before.config?.mzxid === stat.mzxid) return before.config.value;
    const { config: path } = this.paths;
    const found = await this.session.call((zk) => zk.getData(path));
    const value = decodeConfig(path, found.bytes);
    // After another config names of nodes say nothing about their contents: new data has begun.
    const kept = before.config === undefined ? before : keptIn(before.session);
    kept.config = { mzxid: found.stat.mzxid, value };
    if (this.kept === before) this.kept = kept;
    return value;
  }

  private async tableOf(stat: NodeStat | undefined, config: ClusterConfig): Promise<StoredTable> {
    if (stat === undefined) throw badTable(`${this.paths.table} is missing`);
    const kept = this.current.table;
    const found = kept?.mzxid === stat.mzxid ? kept : await this.fetchTable();
    const slots = found.table.entries.length;
    if (slots !== config.slotCount) {
      throw badTable(`${this.paths.table} has ${slots} slots, not ${config.slotCount}`);
    }
    return found;
  }

  private async fetchTable(): Promise<StoredTable> {
    const { session, table: before } = this.current;
    const { bytes, stat } = await this.session.call((zk) => zk.getData(this.paths.table));
    const fetched = { session, ...stat, table: decodeTable(bytes, before?.table), bytes };
    this.keepTable(fetched);
    return fetched;
  }

  private async list(folder: Folder): Promise<readonly Node[]> {
    const { nodes } = this.current;
    const names = await this.session.call((zk) => zk.getChildren(this.paths.folders[folder]));
    const known = nodes[folder];
    const unknown = names.filter((name) => !known.has(name));
    const fetched = new Map<string, Listed>();
    for (let i = 0; i < unknown.length; i += fetchesMax) {
      const batch = unknown.slice(i, i + fetchesMax);
      const listed = await Promise.all(batch.map((name) => this.fetchNode(folder, name)));
      for (const [j, one] of listed.entries()) {
        if (one !== undefined) fetched.set(batch[j] ?? '', one);
      }
    }
    const listed = new Map<string, Listed>();
    for (const name of names) {
      const one = known.get(name) ?? fetched.get(name);
      if (one !== undefined) listed.set(name, one);
    }
    nodes[folder] = listed;
    return [...listed.values()].filter((one) => one !== 'ignored').sort(bySequence);
  }

  /** undefined = it went between list and question. */
  private async fetchNode(folder: Folder, name: string): Promise<Listed | undefined> {
    const path = `${this.paths.folders[folder]}/${name}`;
    try {
      const { bytes } = await this.session.call((zk) => zk.getData(path));
      const node = this.codec.decode(folder, name, bytes);
      return 'problem' in node ? this.ignore(path, node.problem) : node;
    } catch (error) {
      if (isServerError(error, serverCodes.noNode)) return undefined;
      if (isServerError(error, serverCodes.noAuth)) return this.ignore(path, 'no permission');
      throw error;
    }
  }

  /** Nobody without the secret may join; that somebody tries is worth a person's look. */
  private ignore(path: string, problem: string): 'ignored' {
    if (!this.reported.has(path)) {
      if (this.reported.size >= reportedMax) this.reported.clear();
      this.reported.add(path);
      this.logger.error('zookeeper.node_ignored', { path, problem, option: 'RINGWAY_SECRET' });
    }
    return 'ignored';
  }
}

function keptIn(session: number): Kept {
  const nodes = { live: noNodes, ring: noNodes, gateways: noNodes };
  return { session, config: undefined, table: undefined, nodes };
}

function bySequence(a: Node, b: Node): number {
  const [left, right] = [a.name.slice(-10), b.name.slice(-10)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function badTable(what: string): CoordinatorError {
  return new CoordinatorError('coordinator.bad_table', what);
}
