/**
 * Multi-operations: ours translated into ZooKeeper's, and its answer into ours. Each is bound to
 * the config, so that nothing can be made where no cluster is.
 */
import { unreachable } from '../base/index.ts';
import type { MultiResult, Op } from './coordinator.ts';
import type { Credentials } from './credentials.ts';
import type { NodeCodec } from './node-codec.ts';
import type { Changes } from './table.ts';
import { changeTable } from './table-codec.ts';
import { ServerError, serverCodes } from './zookeeper-errors.ts';
import type { Paths } from './zookeeper-paths.ts';
import type { Reader, StoredTable } from './zookeeper-reader.ts';
import { noConfig, tooLarge, unavailable } from './zookeeper-refusals.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';
import type { WireOp, WireResult } from './zookeeper-wire.ts';

/** The table as it will be after the operations so far. */
type Draft = Omit<StoredTable, 'mzxid'>;

interface Translation {
  readonly wireOps: readonly WireOp[];
  readonly draft: Draft | undefined;
  /** It cannot succeed: it asks what is refused. */
  readonly isQuestion: boolean;
}

/** Of all contents in one: with paths and access lists it stays below jute.maxbuffer (1 MiB). */
const contentBytesMax = 1_000_000;
/** The table may move on between our look at it and the servers' each time; not for ever. */
const attemptsMax = 3;
/** No node is ever changed this often. */
const versionNever = 0x7fff_ffff;

export class Writer {
  private readonly session: ZooKeeperSession;
  private readonly paths: Paths;
  private readonly reader: Reader;
  private readonly codec: NodeCodec;
  private readonly credentials: Credentials;

  constructor(
    session: ZooKeeperSession,
    paths: Paths,
    parts: {
      readonly reader: Reader;
      readonly codec: NodeCodec;
      readonly credentials: Credentials;
    },
  ) {
    this.session = session;
    this.paths = paths;
    this.reader = parts.reader;
    this.codec = parts.codec;
    this.credentials = parts.credentials;
  }

  multi(ops: readonly Op[]): Promise<MultiResult> {
    const result = this.attempts(ops);
    if (ops.some(({ kind }) => kind === 'table')) this.reader.follow(result);
    return result;
  }

  private async attempts(ops: readonly Op[]): Promise<MultiResult> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const result = await this.attempt(ops, attempt > 0);
      if (result !== undefined) return result;
    }
    throw unavailable(this.paths.table, 'the server lags behind the table');
  }

  /** undefined = our copy of the table was too old. */
  private async attempt(ops: readonly Op[], isAgain: boolean): Promise<MultiResult | undefined> {
    const { wireOps, draft, isQuestion } = await this.translate(ops, isAgain);
    const results = await this.send(wireOps);
    const failed = results.findIndex(({ err }) => err !== 0);
    if (failed < 0) {
      this.keep(draft, results);
      return { outcome: 'done', created: createdBy(ops, results) };
    }
    if (isQuestion && failed === wireOps.length - 1) return undefined;
    return this.refusal(wireOps[failed], results[failed]?.err ?? 0, failed - 1);
  }

  private async translate(ops: readonly Op[], isAgain: boolean): Promise<Translation> {
    const wireOps: WireOp[] = [{ kind: 'check', path: this.paths.config }];
    let draft: Draft | undefined;
    let isQuestion = false;
    for (const op of ops) {
      if (op.kind === 'table') {
        const { base, changes } = op;
        const before = draft ?? (await this.reader.tableAt(base, isAgain));
        if (before?.version === base) draft = changed(before, changes);
        else isQuestion = true;
        wireOps.push(this.tableOp(base, before?.version === base ? draft : undefined));
      } else {
        wireOps.push(this.nodeOp(op));
      }
    }
    if (isQuestion) wireOps.push({ kind: 'check', path: this.paths.config, version: versionNever });
    return { wireOps, draft, isQuestion };
  }

  private async send(wireOps: readonly WireOp[]): Promise<readonly WireResult[]> {
    const bytes = wireOps.reduce((sum, op) => sum + ('bytes' in op ? op.bytes.length : 0), 0);
    if (bytes > contentBytesMax) throw tooLarge('a multi-operation', bytes, contentBytesMax);
    const asked = this.session.call((zk) => zk.multi(wireOps));
    const isChange = wireOps.some(({ kind }) => kind === 'set');
    const [results] = await Promise.all([asked, isChange && this.watchTable()]);
    if (results.length === wireOps.length) return results;
    const { length } = results;
    throw unavailable(this.paths.root, `${length} results of ${wireOps.length} operations`);
  }

  /** Behind the change: our own does not make us fetch the table, and the next one is told of. */
  private async watchTable(): Promise<void> {
    const { table } = this.paths;
    // If this fails, the next reading asks.
    await this.session.call((zk) => zk.exists(table, true)).catch(() => undefined);
  }

  /** Without that version at hand the change cannot be made: whether it, or an operation before
   * it, is refused is for the servers to say. Such a question ends with what never holds. */
  private tableOp(base: number, draft: Draft | undefined): WireOp {
    const { table: path } = this.paths;
    if (draft === undefined) return { kind: 'check', path, version: base };
    return { kind: 'set', path, bytes: draft.encoded.bytes, version: base };
  }

  private nodeOp(op: Exclude<Op, { readonly kind: 'table' }>): WireOp {
    const folder = this.paths.folders[op.folder];
    switch (op.kind) {
      case 'check':
      case 'remove':
        return { kind: op.kind, path: `${folder}/${op.name}` };
      case 'create':
        return {
          kind: 'create',
          path: `${folder}/${op.content.id}-`,
          bytes: this.codec.encode(op.folder, op.content),
          isEphemeral: true,
          access: this.credentials.access,
        };
      default:
        return unreachable(op);
    }
  }

  private keep(draft: Draft | undefined, results: readonly WireResult[]): void {
    const stat = results.findLast((result) => result.stat !== undefined)?.stat;
    if (draft === undefined || stat === undefined) return;
    this.reader.keepTable({ ...draft, mzxid: stat.mzxid });
  }

  private refusal(op: WireOp | undefined, err: number, index: number): MultiResult {
    const isMissing = err === serverCodes.noNode;
    // Our first operation checks the config; a created node's folder is part of a cluster.
    if (isMissing && (index < 0 || op?.kind === 'create')) throw noConfig(this.paths.config);
    if (isMissing || err === serverCodes.badVersion) return { outcome: 'refused', index };
    throw new ServerError(err, op?.path ?? this.paths.root);
  }
}

function changed(before: Draft, changes: Changes): Draft {
  const { session, version, encoded } = before;
  return { session, version: version + 1, encoded: changeTable(encoded, changes) };
}

function createdBy(ops: readonly Op[], results: readonly WireResult[]): readonly string[] {
  return ops.flatMap((op, i) =>
    op.kind === 'create' ? [results[i + 1]?.path?.split('/').at(-1) ?? ''] : [],
  );
}
