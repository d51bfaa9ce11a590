/**
 * What one connection to one ZooKeeper server can do, in our words. `zookeeper-client.ts` does
 * it over TCP; tests of the session do it by hand.
 */
import type { Watched } from './zookeeper-watched.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Whoever has it may go on with the session, from any connection. */
export interface SessionKey {
  readonly id: Buffer;
  readonly password: Buffer;
}

export interface ConnectionOptions {
  readonly address: ServerAddress;
  readonly sessionTimeoutMs: number;
  /** Absent: a new one. */
  readonly session?: SessionKey;
  /** `user:password` of the scheme digest. */
  readonly credentials: string;
}

/** Nothing is said after `onExpired`, `onClosed` or `abandon`. */
export interface ConnectionListener {
  /** Before whatever the bytes bring. */
  onBytes(): void;
  onEstablished(session: SessionKey, grantedTimeoutMs: number): void;
  /** 0 = the credentials were taken. */
  onAuthenticated(err: number): void;
  /** The server says that the session is over. */
  onExpired(): void;
  /** A watch fired. */
  onNotification(): void;
  onClosed(reason: string): void;
}

export interface NodeStat {
  readonly version: number;
  /** Transaction that last changed the content: never the same twice. */
  readonly mzxid: bigint;
}

export interface Content {
  readonly bytes: Buffer;
  readonly stat: NodeStat;
}

/** Who may do what with a node: one entry of its access list. */
export interface Access {
  readonly scheme: string;
  readonly id: string;
  /** Every right. */
  readonly isFull: boolean;
}

export type WireOp =
  /** Without `version`: any. */
  | { readonly kind: 'check'; readonly path: string; readonly version?: number }
  | {
      readonly kind: 'create';
      readonly path: string;
      readonly bytes: Buffer;
      readonly isEphemeral: boolean;
      readonly access: Access;
    }
  | {
      readonly kind: 'set';
      readonly path: string;
      readonly bytes: Buffer;
      readonly version: number;
    }
  | { readonly kind: 'remove'; readonly path: string };

export interface WireResult {
  /** 0 = it would have held; of the failed operations the first one is the reason. */
  readonly err: number;
  /** Of a created node. */
  readonly path?: string;
  /** Of a changed node. */
  readonly stat?: NodeStat;
}

/** Operations fail with `ServerError`; those under way when the connection ends, with -4. */
export interface ZooKeeperConnection {
  /** Newest transaction that an answer told of. */
  readonly lastZxid: bigint;
  readonly pendingCalls: number;
  /** Of questions with a watch. */
  readonly watched: Watched;
  exists(path: string, watch?: boolean): Promise<NodeStat | undefined>;
  getData(path: string, watch?: boolean): Promise<Content>;
  /** With a watch. */
  getChildren(path: string): Promise<readonly string[]>;
  getAccess(path: string): Promise<readonly Access[]>;
  /** A persistent, empty node. */
  create(path: string, access: Access): Promise<string>;
  /** An ephemeral node gets a sequence number. */
  multi(ops: readonly WireOp[]): Promise<readonly WireResult[]>;
  /** The server ends the session, then the connection. False = there is none to end. */
  closeSession(): boolean;
  /** Ends the connection at once; the session lives on until its timeout. */
  abandon(): void;
}

export type Dial = (
  options: ConnectionOptions,
  listener: ConnectionListener,
) => ZooKeeperConnection;
