/**
 * What the servers of the in-memory ZooKeeper hold: sessions, ephemeral nodes, the table and
 * the config. Synchronous; delays, cuts and lost answers are the business of `memory.ts`.
 */
import { unreachable } from '../base/index.ts';
import {
  type ClusterConfig,
  CoordinatorError,
  type Folder,
  type MultiResult,
  type Node,
  type NodeContent,
  type Op,
  type Reading,
} from './coordinator.ts';
import { bootOfName, nodeName } from './node-name.ts';
import { emptyTable, type Table, withChanges } from './table.ts';

interface OwnedNode extends Node {
  readonly session: number;
}

interface FolderState {
  readonly nodes: readonly OwnedNode[];
  /** Of the next node; rises for ever, until the data is wiped. */
  readonly sequence: number;
}

interface Tree {
  readonly config: ClusterConfig;
  readonly tableVersion: number;
  readonly table: Table;
  readonly folders: Readonly<Record<Folder, FolderState>>;
}

type Lists = Pick<Reading, Folder>;

export class MemoryStore {
  private tree: Tree | undefined;
  private readonly sessions = new Set<number>();
  private lastSession = 0;
  private readonly onChange: () => void;

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  openSession(): number {
    this.lastSession += 1;
    this.sessions.add(this.lastSession);
    return this.lastSession;
  }

  /** With its ephemeral nodes. */
  endSession(session: number): void {
    if (!this.sessions.delete(session) || this.tree === undefined) return;
    let { folders } = this.tree;
    for (const folder of ['live', 'ring', 'gateways'] as const) {
      const { nodes, sequence } = folders[folder];
      const left = nodes.filter((node) => node.session !== session);
      if (left.length < nodes.length) folders = { ...folders, [folder]: { nodes: left, sequence } };
    }
    this.replace({ ...this.tree, folders });
  }

  isAlive(session: number): boolean {
    return this.sessions.has(session);
  }

  /** All data and all sessions. */
  wipe(): void {
    this.sessions.clear();
    this.tree = undefined;
    this.onChange();
  }

  configure(wanted: ClusterConfig): ClusterConfig {
    if (this.tree !== undefined) return this.tree.config;
    const empty: FolderState = { nodes: [], sequence: 0 };
    this.replace({
      config: wanted,
      tableVersion: 0,
      table: emptyTable(wanted.slotCount),
      folders: { live: empty, ring: empty, gateways: empty },
    });
    return wanted;
  }

  readTable(): Pick<Reading, 'config' | 'tableVersion' | 'table'> {
    const { config, tableVersion, table } = this.configured();
    return { config, tableVersion, table };
  }

  readLists(): Lists {
    const { live, ring, gateways } = this.configured().folders;
    return { live: live.nodes, ring: ring.nodes, gateways: gateways.nodes };
  }

  /** Op by op on a draft, which counts only if all of them hold. */
  multi(session: number, ops: readonly Op[]): MultiResult {
    let draft: Tree = this.configured();
    const created: string[] = [];
    for (const [index, op] of ops.entries()) {
      const next = applied(draft, op, session);
      if (next === undefined) return { outcome: 'refused', index };
      draft = next;
      if (op.kind === 'create') created.push(draft.folders[op.folder].nodes.at(-1)?.name ?? '');
    }
    this.replace(draft);
    return { outcome: 'done', created };
  }

  private configured(): Tree {
    if (this.tree !== undefined) return this.tree;
    throw new CoordinatorError('coordinator.no_config', 'no cluster is configured', {
      retryable: true,
    });
  }

  private replace(tree: Tree): void {
    if (tree === this.tree) return;
    this.tree = tree;
    this.onChange();
  }
}

/** undefined = it does not hold. */
function applied(tree: Tree, op: Op, session: number): Tree | undefined {
  switch (op.kind) {
    case 'check':
      return has(tree, op.folder, op.name) ? tree : undefined;
    case 'create': {
      const { nodes, sequence } = tree.folders[op.folder];
      const node = nodeOf(op.content, sequence, session);
      return withFolder(tree, op.folder, { nodes: [...nodes, node], sequence: sequence + 1 });
    }
    case 'remove': {
      if (!has(tree, op.folder, op.name)) return undefined;
      const { nodes, sequence } = tree.folders[op.folder];
      const left = nodes.filter((node) => node.name !== op.name);
      return withFolder(tree, op.folder, { nodes: left, sequence });
    }
    case 'table':
      if (op.base !== tree.tableVersion) return undefined;
      return {
        ...tree,
        tableVersion: tree.tableVersion + 1,
        table: withChanges(tree.table, op.changes),
      };
    default:
      return unreachable(op);
  }
}

function has(tree: Tree, folder: Folder, name: string): boolean {
  return tree.folders[folder].nodes.some((node) => node.name === name);
}

function withFolder(tree: Tree, folder: Folder, state: FolderState): Tree {
  return { ...tree, folders: { ...tree.folders, [folder]: state } };
}

function nodeOf(content: NodeContent, sequence: number, session: number): OwnedNode {
  const name = nodeName(content.id, sequence);
  return Object.freeze({ ...content, name, boot: content.boot ?? bootOfName(name), session });
}
