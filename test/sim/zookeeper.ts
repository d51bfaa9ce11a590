/**
 * A modelled ZooKeeper: a leader with sessions, ephemeral sequential nodes, a table changed by
 * compare-and-set and multi-operations; and servers that show what it has committed, maybe late
 * (`follower.ts`). Faults (lost answers, cuts, outages) are made on the way to it, in
 * `membership-shell.ts`; here only expiry is.
 */
import type { BootId, Random } from '../../base/index.ts';
import type {
  ClusterConfig,
  Entry,
  Folder,
  MultiResult,
  Node,
  NodeContent,
  Op,
  Reading,
  Table,
} from '../../cluster/index.ts';
import { emptyTable, withChanges } from '../../cluster/index.ts';
import { Server } from './follower.ts';
import type { Schedule } from './schedule.ts';

export interface ZooKeeperOptions {
  readonly sessionTimeoutMs: number;
  /** 1 = the leader alone. */
  readonly servers: number;
  /** Of followers, while nothing is wrong with them. */
  readonly lagMaxMs: number;
  readonly schedule: Schedule;
  readonly random: Random;
}

export interface ZooKeeperListener {
  /** A server shows something new: hints go out to whom it serves. */
  onApply(server: Server): void;
  onEntry(slot: number, before: Entry, after: Entry): void;
  /** For plants: what counts of a multi-operation. */
  heard?: ((ops: readonly Op[]) => readonly Op[]) | undefined;
}

interface Owned {
  readonly node: Node;
  readonly session: number;
}

const folders: readonly Folder[] = ['live', 'ring', 'gateways'];

export class ZooKeeper {
  config: ClusterConfig;
  table: Table;
  tableVersion = 0;
  isOut = false;
  /** The leader first. */
  readonly servers: readonly Server[];
  readonly #sessions = new Map<number, number>();
  readonly #nodes: Record<Folder, Map<string, Owned>> = {
    live: new Map(),
    ring: new Map(),
    gateways: new Map(),
  };
  readonly #listener: ZooKeeperListener;
  readonly #sessionTimeoutMs: number;
  /** By session, with which transaction it ended. */
  readonly #ended = new Map<number, number>();
  #sequence = 0;
  #lastSession = 0;
  #zxid = 0;

  constructor(config: ClusterConfig, options: ZooKeeperOptions, listener: ZooKeeperListener) {
    const { schedule, random, servers, lagMaxMs } = options;
    this.config = config;
    this.table = emptyTable(config.slotCount);
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    this.#listener = listener;
    const reading = this.#reading();
    const onApply = (server: Server): void => listener.onApply(server);
    this.servers = Array.from(
      { length: servers },
      (_, number) =>
        new Server(
          { number, reading, lagMaxMs: number === 0 ? 0 : lagMaxMs },
          { schedule, random, onApply },
        ),
    );
  }

  /** Of the newest transaction. */
  get zxid(): number {
    return this.#zxid;
  }

  /** Whether `server` still believes in the session. */
  isKnown(session: number, server: Server): boolean {
    return session !== 0 && (this.#ended.get(session) ?? Infinity) > server.applied;
  }

  openSession(nowMs: number): number {
    this.#lastSession += 1;
    this.#sessions.set(this.#lastSession, nowMs);
    return this.#lastSession;
  }

  /** Heard from the session; false when it is over. */
  touch(session: number, nowMs: number): boolean {
    if (!this.#sessions.has(session)) return false;
    this.#sessions.set(session, nowMs);
    return true;
  }

  endSession(session: number): void {
    if (!this.#sessions.delete(session)) return;
    let isChanged = false;
    for (const folder of folders) {
      for (const [name, owned] of this.#nodes[folder]) {
        if (owned.session !== session) continue;
        this.#nodes[folder].delete(name);
        isChanged = true;
      }
    }
    this.#ended.set(session, this.#zxid + (isChanged ? 1 : 0));
    if (isChanged) this.#written();
  }

  expireDue(nowMs: number): void {
    if (this.isOut) return;
    for (const [session, heardAtMs] of this.#sessions) {
      if (nowMs - heardAtMs > this.#sessionTimeoutMs) this.endSession(session);
    }
  }

  /** After an outage the new leader gives every session its full time again. */
  recover(nowMs: number): void {
    this.isOut = false;
    for (const session of this.#sessions.keys()) this.#sessions.set(session, nowMs);
    this.mend();
  }

  /** Every server has all that was committed. */
  mend(): void {
    for (const server of this.servers) this.mendServer(server);
  }

  mendServer(server: Server): void {
    server.catchUp(this.#zxid, this.#reading());
  }

  /** Nothing is left; numbers begin anew, as the folders that counted them are new. */
  wipe(cluster: string): void {
    this.config = { ...this.config, cluster, first: false };
    this.table = emptyTable(this.config.slotCount);
    this.tableVersion = 0;
    this.#sequence = 0;
    for (const session of this.#sessions.keys()) this.#ended.set(session, this.#zxid + 1);
    this.#sessions.clear();
    for (const folder of folders) this.#nodes[folder].clear();
    this.#written();
    this.mend();
  }

  isLive(boot: BootId): boolean {
    for (const owned of this.#nodes.live.values()) if (owned.node.boot === boot) return true;
    return false;
  }

  multi(session: number, asked: readonly Op[]): MultiResult {
    const ops = this.#listener.heard?.(asked) ?? asked;
    const refused = ops.findIndex((op) => !this.#holds(op));
    if (refused >= 0) return { outcome: 'refused', index: refused };
    const created = ops.flatMap((op) => this.#apply(session, op));
    if (ops.some((op) => op.kind !== 'check')) this.#written();
    return { outcome: 'done', created };
  }

  #holds(op: Op): boolean {
    if (op.kind === 'table') return op.base === this.tableVersion;
    if (op.kind === 'create') return true;
    return this.#nodes[op.folder].has(op.name);
  }

  #apply(session: number, op: Op): readonly string[] {
    if (op.kind === 'create') return [this.#create(session, op.folder, op.content)];
    if (op.kind === 'remove') this.#nodes[op.folder].delete(op.name);
    if (op.kind === 'table') {
      for (const [slot, entry] of op.changes) {
        this.#listener.onEntry(slot, this.table.entries[slot] as Entry, entry);
      }
      this.table = withChanges(this.table, op.changes);
      this.tableVersion += 1;
    }
    return [];
  }

  #create(session: number, folder: Folder, content: NodeContent): string {
    this.#sequence += 1;
    const name = `${content.id}-${String(this.#sequence).padStart(10, '0')}`;
    const boot = content.boot ?? `${content.id}@${this.#sequence}`;
    this.#nodes[folder].set(name, { node: { ...content, name, boot }, session });
    return name;
  }

  #written(): void {
    this.#zxid += 1;
    const reading = this.#reading();
    for (const server of this.servers) server.follow(this.#zxid, reading);
  }

  #reading(): Reading {
    const list = (folder: Folder): readonly Node[] =>
      Array.from(this.#nodes[folder].values(), (owned) => owned.node);
    const { config, tableVersion, table } = this;
    const lists = { live: list('live'), ring: list('ring'), gateways: list('gateways') };
    return { config, tableVersion, table, ...lists };
  }
}
