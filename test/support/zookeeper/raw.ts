/** A connection of the tests' own to a ZooKeeper server, for what a coordinator would not do. */
import { dialZooKeeper } from '../../../cluster/zookeeper-client.ts';
import type {
  ServerAddress,
  SessionKey,
  ZooKeeperConnection,
} from '../../../cluster/zookeeper-wire.ts';

export interface RawOptions {
  readonly address: ServerAddress;
  readonly session?: SessionKey;
  readonly credentials?: string;
  readonly sessionTimeoutMs?: number;
}

export interface Raw {
  readonly zk: ZooKeeperConnection;
  /** Ends the session, too. */
  close(): Promise<void>;
}

/** 'expired' = the servers do not know the session. */
export function openRaw(options: RawOptions): Promise<Raw | 'expired'> {
  return new Promise((resolve, reject) => {
    let onEnded: (reason: string) => void = (reason) => reject(new Error(reason));
    const { address, session, credentials = 'somebody:else', sessionTimeoutMs = 4000 } = options;
    const zk: ZooKeeperConnection = dialZooKeeper(
      { address, credentials, sessionTimeoutMs, ...(session && { session }) },
      {
        onBytes: () => undefined,
        onEstablished: () => undefined,
        onAuthenticated: () => resolve({ zk, close }),
        onExpired: () => resolve('expired'),
        onNotification: () => undefined,
        onClosed: (reason) => onEnded(reason),
      },
    );
    const close = async (): Promise<void> => {
      const ended = new Promise<void>((resolveEnd) => {
        onEnded = () => resolveEnd();
      });
      if (zk.closeSession()) await ended;
      zk.abandon();
    };
  });
}
