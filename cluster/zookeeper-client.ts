/**
 * One TCP connection to one ZooKeeper server, and the only file that knows the package
 * node-zookeeper-client, of which it uses the encoding and nothing else. One client object lives
 * exactly as long as one connection: the package's own reconnecting, its queues and its watchers
 * wedge, lose and crash (docs/decisions/0007-zookeeper.md). Sessions are `zookeeper-session.ts`.
 *
 *   dial ──► established ──► authenticated ──► … ──► closed      (or `abandon` at any moment)
 *        └─► expired: the server does not know the session
 */
import {
  ACL,
  type Client,
  createClient,
  Id,
  type OpResult,
  type PackageError,
  type QueueCallback,
  type Transaction,
  type WireStat,
} from 'node-zookeeper-client';
import { unreachable } from '../base/index.ts';
import { ServerError, serverCodes } from './zookeeper-errors.ts';
import { Intake } from './zookeeper-intake.ts';
import { Watched } from './zookeeper-watched.ts';
import type {
  Access,
  ConnectionListener,
  ConnectionOptions,
  Content,
  NodeStat,
  WireOp,
  WireResult,
  ZooKeeperConnection,
} from './zookeeper-wire.ts';

/** Every right that there is: read, write, create, delete, administer. */
const allRights = 31;
const anyVersion = -1;
const modes = { persistent: 0, ephemeralSequential: 3 } as const;
/** Asked for watches, the package wants functions; notifications never get as far as these. */
const watcher = (): void => undefined;

export function dialZooKeeper(
  options: ConnectionOptions,
  listener: ConnectionListener,
): ZooKeeperConnection {
  const connection = new Connection(options, listener);
  connection.dial();
  return connection;
}

class Connection implements ZooKeeperConnection {
  readonly watched = new Watched();
  private readonly client: Client;
  private readonly listener: ConnectionListener;
  private readonly rejects = new Set<(error: Error) => void>();
  private readonly intake: Intake;
  private readonly name: string;
  private isEstablished = false;
  private isClosed = false;
  private socketError: Error | undefined;

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    const { address, sessionTimeoutMs, session, credentials } = options;
    this.listener = listener;
    this.name = `${address.host}:${address.port}`;
    // The address goes in below: the package would cut an IPv6 one at its colons.
    this.client = createClient('unused', {
      sessionTimeout: sessionTimeoutMs,
      retries: 0,
      ...(session && { sessionId: session.id, sessionPassword: session.password }),
    });
    this.client.addAuthInfo('digest', Buffer.from(credentials));
    this.client.once('connected', () => {
      this.isEstablished = true;
    });
    const wire = this.client.connectionManager;
    this.intake = new Intake({
      parse: wire.onSocketData.bind(wire),
      onHandshake: () => this.onHandshake(),
      onNotification: (path) => {
        this.watched.fired(path);
        listener.onNotification();
      },
      onAuthenticated: (err) => listener.onAuthenticated(err),
    });
    const queue = wire.queue.bind(wire);
    wire.queue = (request, callback) => queue(request, callback && this.withServerCode(callback));
    wire.findNextServer = (callback) => callback(address);
    wire.onSocketConnectTimeout = () => undefined;
    wire.onSocketData = (bytes) => this.onBytes(bytes);
    wire.onSocketClosed = () => this.end(this.socketError?.message ?? 'closed by the server');
    wire.onSocketError = (error) => {
      this.socketError = error;
    };
  }

  dial(): void {
    this.client.connect();
  }

  get lastZxid(): bigint {
    return this.intake.lastZxid;
  }

  get pendingCalls(): number {
    return this.rejects.size;
  }

  exists(path: string, watch = false): Promise<NodeStat | undefined> {
    return this.call(path, (settle) => {
      const done = settle((found: WireStat | null) => {
        if (found === null) return undefined;
        const stat = statOf(found);
        if (watch) this.watched.sawStat(path, stat);
        return stat;
      });
      this.client.exists(path, watch ? watcher : undefined, done);
    });
  }

  getData(path: string, watch = false): Promise<Content> {
    return this.call(path, (settle) => {
      const done = settle((bytes: Buffer | undefined, found: WireStat) => {
        const stat = statOf(found);
        if (watch) this.watched.sawStat(path, stat);
        return { bytes: bytes ?? Buffer.alloc(0), stat };
      });
      this.client.getData(path, watch ? watcher : undefined, done);
    });
  }

  getChildren(path: string): Promise<readonly string[]> {
    return this.call(path, (settle) => {
      const done = settle((names: readonly string[]) => {
        this.watched.sawChildren(path, names);
        return names;
      });
      this.client.getChildren(path, watcher, done);
    });
  }

  getAccess(path: string): Promise<readonly Access[]> {
    return this.call(path, (settle) => {
      const done = settle((acls: readonly ACL[]) => acls.map(accessOf));
      this.client.getACL(path, done);
    });
  }

  create(path: string, access: Access): Promise<string> {
    return this.call(path, (settle) => {
      const done = settle((created: string) => created);
      this.client.create(path, Buffer.alloc(0), aclOf(access), modes.persistent, done);
    });
  }

  multi(ops: readonly WireOp[]): Promise<readonly WireResult[]> {
    return this.call('a multi-operation', (settle) => {
      const transaction = this.client.transaction();
      for (const op of ops) append(transaction, op);
      const done = settle((results: readonly OpResult[]) => results.map(resultOf));
      // Straight to the wire: `commit` would throw for a code that it does not know.
      transaction.connectionManager = {
        queue: (request) => {
          this.client.connectionManager.queue(request, (error, response) =>
            done(error, response?.payload?.results ?? []),
          );
        },
      };
      transaction.commit(() => undefined);
    });
  }

  closeSession(): boolean {
    if (!this.isEstablished || this.isClosed) return false;
    this.client.close();
    return true;
  }

  abandon(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { client } = this;
    const wire = client.connectionManager;
    client.removeAllListeners();
    wire.removeAllListeners();
    wire.packetQueue.removeAllListeners();
    clearTimeout(wire.connectTimeoutHandler ?? undefined);
    wire.socket?.removeAllListeners();
    wire.socket?.on('error', () => undefined);
    wire.socket?.destroy();
    const rejects = [...this.rejects];
    this.rejects.clear();
    for (const reject of rejects) reject(new ServerError(serverCodes.connectionLoss, this.name));
  }

  private end(reason: string): void {
    if (this.isClosed) return;
    this.abandon();
    this.listener.onClosed(reason);
  }

  private onBytes(bytes: Buffer): void {
    if (this.isClosed) return;
    this.listener.onBytes();
    const problem = this.intake.push(bytes, () => this.isClosed);
    if (problem !== undefined) this.end(problem);
  }

  private onHandshake(): void {
    const { client } = this;
    if (this.isEstablished) {
      const session = { id: client.getSessionId(), password: client.getSessionPassword() };
      this.listener.onEstablished(session, client.getSessionTimeout());
    } else {
      this.abandon();
      this.listener.onExpired();
    }
  }

  /** `begin` hands the package a callback made by `settle`; whatever comes first settles. It
   * converts inside the parser: before any notification that comes behind the answer. */
  private call<T>(
    what: string,
    begin: (
      settle: <R extends readonly unknown[]>(
        convert: (...results: R) => T,
      ) => (error: PackageError | null | undefined, ...results: R) => void,
    ) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.isEstablished || this.isClosed) {
        return reject(new ServerError(serverCodes.connectionLoss, this.name));
      }
      this.rejects.add(reject);
      begin((convert) => (error, ...results) => {
        if (!this.rejects.delete(reject)) return;
        if (error) reject(new ServerError(error.code, what));
        else resolve(convert(...results));
      });
    });
  }

  /** Errors carry what the server sent, not what the parser was given to understand. */
  private withServerCode(callback: QueueCallback): QueueCallback {
    return (error, response) => {
      if (error) error.code = this.intake.lastErr;
      callback(error, response);
    };
  }
}

function append(transaction: Transaction, op: WireOp): void {
  switch (op.kind) {
    case 'create': {
      const mode = op.isEphemeral ? modes.ephemeralSequential : modes.persistent;
      transaction.create(op.path, op.bytes, aclOf(op.access), mode);
      break;
    }
    case 'check':
      transaction.check(op.path, op.version ?? anyVersion);
      insistOn(transaction, op.version);
      break;
    case 'set':
      transaction.setData(op.path, op.bytes, op.version);
      insistOn(transaction, op.version);
      break;
    case 'remove':
      transaction.remove(op.path, anyVersion);
      break;
    default:
      unreachable(op);
  }
}

/** The package takes version 0 for none, which would make the first change of all unconditional. */
function insistOn(transaction: Transaction, version: number | undefined): void {
  const last = transaction.ops.at(-1);
  if (last !== undefined && version !== undefined) last.version = version;
}

function resultOf({ err, path, stat }: OpResult): WireResult {
  return {
    err: err ?? 0,
    ...(path !== undefined && { path }),
    ...(stat !== undefined && { stat: statOf(stat) }),
  };
}

function statOf({ version, mzxid }: WireStat): NodeStat {
  return { version, mzxid: mzxid.readBigInt64BE(0) };
}

function accessOf({ permission, id }: ACL): Access {
  return { scheme: id.scheme, id: id.id, isFull: permission === allRights };
}

function aclOf({ scheme, id }: Access): readonly ACL[] {
  return [new ACL(allRights, new Id(scheme, id))];
}
