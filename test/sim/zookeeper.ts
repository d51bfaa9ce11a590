/**
 * A modelled ZooKeeper: one linearizable server with sessions, ephemeral sequential nodes, a
 * table changed by compare-and-set and multi-operations. Faults (lost answers, cuts, outages)
 * are made on the way to it, in `membership-shell.ts`; here only expiry is.
 */
import type { BootId } from '../../base/index.ts';
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

export interface ZooKeeperListener {
  /** Something was written: hints go out. */
  onWrite(): void;
  onEntry(slot: number, before: Entry, after: Entry): void;
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
  readonly #sessions = new Map<number, number>();
  readonly #nodes: Record<Folder, Map<string, Owned>> = {
    live: new Map(),
    ring: new Map(),
    gateways: new Map(),
  };
  readonly #listener: ZooKeeperListener;
  readonly #sessionTimeoutMs: number;
  #sequence = 0;
  #lastSession = 0;
  #reading: Reading | undefined;

  constructor(config: ClusterConfig, sessionTimeoutMs: number, listener: ZooKeeperListener) {
    this.config = config;
    this.table = emptyTable(config.slotCount);
    this.#sessionTimeoutMs = sessionTimeoutMs;
    this.#listener = listener;
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
  }

  /** Nothing is left; numbers begin anew, as the folders that counted them are new. */
  wipe(cluster: string): void {
    this.config = { ...this.config, cluster, first: false };
    this.table = emptyTable(this.config.slotCount);
    this.tableVersion = 0;
    this.#sequence = 0;
    this.#sessions.clear();
    for (const folder of folders) this.#nodes[folder].clear();
    this.#written();
  }

  isLive(boot: BootId): boolean {
    for (const owned of this.#nodes.live.values()) if (owned.node.boot === boot) return true;
    return false;
  }

  read(): Reading {
    if (this.#reading === undefined) {
      const list = (folder: Folder): readonly Node[] =>
        [...this.#nodes[folder].values()].map((owned) => owned.node);
      this.#reading = {
        config: this.config,
        tableVersion: this.tableVersion,
        table: this.table,
        live: list('live'),
        ring: list('ring'),
        gateways: list('gateways'),
      };
    }
    return this.#reading;
  }

  multi(session: number, ops: readonly Op[]): MultiResult {
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
    this.#reading = undefined;
    this.#listener.onWrite();
  }
}
