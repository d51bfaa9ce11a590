/** Connections to ZooKeeper servers that the test plays by hand. */

import { ServerError, serverCodes } from '../../../cluster/zookeeper-errors.ts';
import { Watched } from '../../../cluster/zookeeper-watched.ts';
import type {
  ConnectionListener,
  ConnectionOptions,
  Dial,
  NodeStat,
  ZooKeeperConnection,
} from '../../../cluster/zookeeper-wire.ts';

/** One connection, from the server's side. */
export interface HandConnection {
  readonly options: ConnectionOptions;
  readonly isAbandoned: boolean;
  readonly isSessionClosed: boolean;
  /** Questions without an answer. */
  readonly asked: number;
  establish(id: number, grantedMs?: number): void;
  authenticate(err?: number): void;
  /** Answers the oldest question. */
  answer(zxid?: bigint): void;
  fail(err: number): void;
  expire(): void;
  notify(): void;
  end(reason: string): void;
  /** All of a good start. */
  accept(id: number, zxid?: bigint): Promise<void>;
}

export interface HandWire {
  readonly dial: Dial;
  readonly all: readonly HandConnection[];
  readonly last: HandConnection;
}

interface Question {
  resolve(stat: NodeStat): void;
  reject(error: Error): void;
}

export function createHandWire(): HandWire {
  const all: HandConnection[] = [];
  return {
    all,
    get last() {
      const last = all.at(-1);
      if (last === undefined) throw new Error('nobody dialed');
      return last;
    },
    dial(options, listener) {
      const { hand, connection } = createPair(options, listener);
      all.push(hand);
      return connection;
    },
  };
}

function createPair(
  options: ConnectionOptions,
  listener: ConnectionListener,
): { hand: HandConnection; connection: ZooKeeperConnection } {
  const questions: Question[] = [];
  let isAbandoned = false;
  let isSessionClosed = false;
  let lastZxid = 0n;
  const never = (): Promise<never> => Promise.reject(new Error('not asked in these tests'));
  const say = (speak: () => void): void => {
    if (!isAbandoned) listener.onBytes();
    if (!isAbandoned) speak();
  };
  const abandon = (): void => {
    isAbandoned = true;
    for (const { reject } of questions.splice(0)) {
      reject(new ServerError(serverCodes.connectionLoss, 'hand'));
    }
  };
  const connection: ZooKeeperConnection = {
    get lastZxid() {
      return lastZxid;
    },
    watched: new Watched(),
    get pendingCalls() {
      return questions.length;
    },
    exists: () => new Promise((resolve, reject) => questions.push({ resolve, reject })),
    getData: never,
    getChildren: never,
    getAccess: never,
    create: never,
    multi: never,
    closeSession() {
      isSessionClosed = true;
      return true;
    },
    abandon,
  };
  const hand: HandConnection = {
    options,
    get isAbandoned() {
      return isAbandoned;
    },
    get isSessionClosed() {
      return isSessionClosed;
    },
    get asked() {
      return questions.length;
    },
    establish(id, grantedMs = options.sessionTimeoutMs) {
      const key = { id: Buffer.alloc(8, id), password: Buffer.alloc(16, id) };
      say(() => listener.onEstablished(key, grantedMs));
    },
    authenticate: (err = 0) => say(() => listener.onAuthenticated(err)),
    answer(zxid = 1n) {
      if (zxid > lastZxid) lastZxid = zxid;
      say(() => questions.shift()?.resolve({ version: 0, mzxid: 1n }));
    },
    fail: (err) => say(() => questions.shift()?.reject(new ServerError(err, '/'))),
    expire() {
      say(() => {
        abandon();
        listener.onExpired();
      });
    },
    notify: () => say(() => listener.onNotification()),
    end(reason) {
      abandon();
      listener.onClosed(reason);
    },
    async accept(id, zxid) {
      this.establish(id);
      this.authenticate();
      this.answer(zxid);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return { hand, connection };
}
