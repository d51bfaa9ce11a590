/**
 * Readings: the table first, then the lists (rule Z1), in one round trip, asking only for what is
 * new. What a watch stands guard over is not asked for again (`zookeeper-watched.ts`): a list whose
 * watch has not fired when the table's answer is there is as young as that table. Contents of
 * nodes never change; nothing is kept across sessions.
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
import { decodeTable, type EncodedTable } from './table-codec.ts';
import { isServerError, serverCodes } from './zookeeper-errors.ts';
import { folderNames, type Paths } from './zookeeper-paths.ts';
import { noConfig, unavailable } from './zookeeper-refusals.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';
import type { Content } from './zookeeper-wire.ts';

export interface StoredTable {
  /** Number of the session that it was read or written in. */
  readonly session: number;
  /** Transaction that wrote it. */
  readonly mzxid: bigint;
  readonly version: number;
  readonly encoded: EncodedTable;
}

/** A node, or that it does not count. */
type Listed = Node | 'ignored';

/** Replaced with each session, so that a late answer ends up in what nobody uses any more. */
interface Kept {
  readonly session: number;
  config: { readonly mzxid: bigint; readonly value: ClusterConfig } | undefined;
  table: StoredTable | undefined;
  readonly nodes: Record<Folder, KeptList>;
}

/** A list of names, and what they stand for. */
interface KeptList {
  readonly names: readonly string[];
  readonly listed: ReadonlyMap<string, Listed>;
  readonly nodes: readonly Node[];
}

const emptyList: KeptList = { names: [], listed: new Map(), nodes: [] };
/** Contents asked for at a time. */
const fetchesMax = 256;
/** Names of ignored nodes that were logged; beyond that a node may be logged again. */
const reportedMax = 1000;
/** After so many readings one asks for everything: should a server ever forget a watch. */
const trustedReadings = 32;

export class Reader {
  private readonly session: ZooKeeperSession;
  private readonly paths: Paths;
  private readonly codec: NodeCodec;
  private readonly logger: Logger;
  private readonly reported = new Set<string>();
  private kept: Kept = keptIn(-1);
  private readings = 0;
  /** Of whatever session: equal entries of the next one stay the same objects. */
  private newest: EncodedTable | undefined;
  /** A change of the table that was sent, and settles when its answer and a new watch are there. */
  private writing: Promise<void> | undefined;

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
    this.readings += 1;
    if (this.readings % trustedReadings === 0) session.watched.forget();
    // Whatever changed before now is told of before this answer.
    if (this.isAllWatched()) await session.call((zk) => zk.exists(paths.root));
    const asked = [this.config(), this.table(), this.names()] as const;
    // All at once, but a missing config explains the failure of the rest.
    await Promise.allSettled(asked);
    const config = await asked[0];
    const { version, encoded } = await asked[1];
    await asked[2];
    const { table } = encoded;
    if (table.entries.length !== config.slotCount) {
      const slots = table.entries.length;
      throw badTable(`${paths.table} has ${slots} slots, not ${config.slotCount}`);
    }
    // Now that the table is there: what fired meanwhile may be older than it.
    const names = await this.names();
    const [live, ring, gateways] = await Promise.all([
      this.list('live', names[0]),
      this.list('ring', names[1]),
      this.list('gateways', names[2]),
    ]);
    if (session.number !== number) throw unavailable(paths.root, 'the session changed meanwhile');
    return { config, tableVersion: version, table, live, ring, gateways };
  }

  /**
   * The table at this very version; undefined = it has another one.
   * @param isCertain whether what is known of a newer version is not enough to say so
   */
  async tableAt(version: number, isCertain: boolean): Promise<StoredTable | undefined> {
    const kept = this.current.table;
    if (kept?.version === version) return kept;
    if (kept !== undefined && kept.version > version && !isCertain) return undefined;
    const fetched = await this.fetchTable();
    return fetched.version === version ? fetched : undefined;
  }

  /** A change of the table by this process, with a new watch behind it: whoever reads meanwhile
   * waits for both, instead of fetching what is known when they are answered. */
  follow(writing: Promise<unknown>): void {
    const settled = writing.then(ignore, ignore).then(() => {
      if (this.writing === settled) this.writing = undefined;
    });
    this.writing = settled;
  }

  /** What this process has just written. */
  keepTable(table: StoredTable): void {
    const { current } = this;
    if (table.session !== current.session) return;
    if (current.table !== undefined && current.table.mzxid > table.mzxid) return;
    current.table = table;
    this.newest = table.encoded;
  }

  private get current(): Kept {
    const { number } = this.session;
    if (this.kept.session !== number) this.kept = keptIn(number);
    return this.kept;
  }

  private isAllWatched(): boolean {
    const { session, paths, current } = this;
    const { watched } = session;
    return (
      current.config !== undefined &&
      watched.stat(paths.config)?.mzxid === current.config.mzxid &&
      current.table !== undefined &&
      watched.stat(paths.table)?.mzxid === current.table.mzxid &&
      folderNames.every((folder) => watched.children(paths.folders[folder]) !== undefined)
    );
  }

  private async config(): Promise<ClusterConfig> {
    const before = this.current;
    const { config: path } = this.paths;
    if (before.config !== undefined) {
      if (this.session.watched.stat(path)?.mzxid === before.config.mzxid)
        return before.config.value;
    }
    const found = await this.content(path);
    if (found === undefined) throw noConfig(path);
    const { mzxid } = found.stat;
    if (before.config?.mzxid === mzxid) return before.config.value;
    const value = decodeConfig(path, found.bytes);
    // After another config names of nodes say nothing about their contents: new data has begun.
    const kept = before.config === undefined ? before : keptIn(before.session);
    kept.config = { mzxid, value };
    if (this.kept === before) this.kept = kept;
    return value;
  }

  private async table(): Promise<StoredTable> {
    if (this.writing !== undefined) await this.writing;
    const { table: path } = this.paths;
    const kept = this.current.table;
    if (kept !== undefined && this.session.watched.stat(path)?.mzxid === kept.mzxid) return kept;
    return this.fetchTable();
  }

  private async fetchTable(): Promise<StoredTable> {
    const { session } = this.current;
    const { table: path } = this.paths;
    const found = await this.content(path);
    if (found === undefined) throw badTable(`${path} is missing`);
    const fetched = { session, ...found.stat, encoded: decodeTable(found.bytes, this.newest) };
    this.keepTable(fetched);
    return fetched;
  }

  /** undefined = the node is missing; the watch waits for it. */
  private async content(path: string): Promise<Content | undefined> {
    const { session } = this;
    try {
      return await session.call((zk) => zk.getData(path, true));
    } catch (error) {
      if (!isServerError(error, serverCodes.noNode)) throw error;
      await session.call((zk) => zk.exists(path, true));
      return undefined;
    }
  }

  private names(): Promise<readonly [readonly string[], readonly string[], readonly string[]]> {
    const { session, paths } = this;
    const namesOf = (folder: Folder): Promise<readonly string[]> => {
      const path = paths.folders[folder];
      const known = session.watched.children(path);
      return known ? Promise.resolve(known) : session.call((zk) => zk.getChildren(path));
    };
    return Promise.all([namesOf('live'), namesOf('ring'), namesOf('gateways')]);
  }

  private async list(folder: Folder, names: readonly string[]): Promise<readonly Node[]> {
    const { nodes } = this.current;
    const before = nodes[folder];
    if (before.names === names) return before.nodes;
    // A view that lost so many is confirmed by a second reading: by the servers, not by us.
    const lost = before.names.filter((name) => !names.includes(name)).length;
    if (lost * 2 > before.names.length) this.session.watched.fired(this.paths.folders[folder]);
    const unknown = names.filter((name) => !before.listed.has(name));
    const fetched = new Map<string, Listed>();
    for (let i = 0; i < unknown.length; i += fetchesMax) {
      const batch = unknown.slice(i, i + fetchesMax);
      const found = await Promise.all(batch.map((name) => this.fetchNode(folder, name)));
      for (const [j, one] of found.entries()) {
        if (one !== undefined) fetched.set(batch[j] ?? '', one);
      }
    }
    const listed = new Map<string, Listed>();
    for (const name of names) {
      const one = before.listed.get(name) ?? fetched.get(name);
      if (one !== undefined) listed.set(name, one);
    }
    const sorted = [...listed.values()].filter((one) => one !== 'ignored').sort(bySequence);
    nodes[folder] = { names, listed, nodes: sorted };
    return sorted;
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

function ignore(): void {}

function keptIn(session: number): Kept {
  const nodes = { live: emptyList, ring: emptyList, gateways: emptyList };
  return { session, config: undefined, table: undefined, nodes };
}

function bySequence(a: Node, b: Node): number {
  const [left, right] = [a.name.slice(-10), b.name.slice(-10)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function badTable(what: string): CoordinatorError {
  return new CoordinatorError('coordinator.bad_table', what);
}
