/**
 * What `zookeeper-client.ts` uses of node-zookeeper-client 1.1.3, private members included.
 * Of our own making: the types published for the package leave out the options that resume a
 * session and get others wrong.
 */
declare module 'node-zookeeper-client' {
  export class Id {
    readonly scheme: string;
    readonly id: string;
    constructor(scheme: string, id: string);
  }

  export class ACL {
    readonly permission: number;
    readonly id: Id;
    constructor(permission: number, id: Id);
  }

  /** 64-bit numbers are buffers of 8 bytes. */
  export interface WireStat {
    readonly mzxid: Buffer;
    readonly version: number;
  }

  export type Callback<T extends readonly unknown[]> = (
    error: PackageError | null | undefined,
    ...results: T
  ) => void;

  export type QueueCallback = (error: PackageError | null, response: Response | undefined) => void;

  export interface PackageError extends Error {
    code: number;
  }

  export interface OpResult {
    readonly type: number;
    /** Of type -1: the server's code, 0 for an operation before the one that failed. */
    readonly err?: number;
    readonly path?: string;
    readonly stat?: WireStat;
  }

  export interface Transaction {
    /** What `check`, `setData` and `remove` appended; they turn the version 0 into -1. */
    readonly ops: { version?: number }[];
    connectionManager: Pick<ConnectionManager, 'queue'>;
    create(path: string, data: Buffer, acls: readonly ACL[], mode: number): this;
    check(path: string, version: number): this;
    setData(path: string, data: Buffer, version: number): this;
    remove(path: string, version: number): this;
    commit(callback: Callback<[readonly OpResult[]]>): void;
  }

  export interface Response {
    readonly payload: { readonly results: readonly OpResult[] } | null;
  }

  export interface Socket {
    on(event: 'error', listener: () => void): void;
    removeAllListeners(): void;
    destroy(): void;
  }

  export interface ConnectionManager {
    readonly socket?: Socket;
    readonly packetQueue: { removeAllListeners(): void };
    readonly connectTimeoutHandler?: NodeJS.Timeout | null;
    findNextServer: (callback: (server: { host: string; port: number }) => void) => void;
    onSocketConnectTimeout: () => void;
    onSocketData: (bytes: Buffer) => void;
    onSocketClosed: () => void;
    onSocketError: (error: Error) => void;
    queue: (request: object, callback?: QueueCallback) => void;
    removeAllListeners(): void;
  }

  export interface Client {
    readonly connectionManager: ConnectionManager;
    connect(): void;
    close(): void;
    once(event: 'connected' | 'expired', listener: () => void): this;
    removeAllListeners(): this;
    addAuthInfo(scheme: string, auth: Buffer): void;
    getSessionId(): Buffer;
    getSessionPassword(): Buffer;
    getSessionTimeout(): number;
    create(
      path: string,
      data: Buffer,
      acls: readonly ACL[],
      mode: number,
      callback: Callback<[string]>,
    ): void;
    exists(
      path: string,
      watcher: (() => void) | undefined,
      callback: Callback<[WireStat | null]>,
    ): void;
    getData(
      path: string,
      watcher: (() => void) | undefined,
      callback: Callback<[Buffer | undefined, WireStat]>,
    ): void;
    getChildren(
      path: string,
      watcher: () => void,
      callback: Callback<[readonly string[], WireStat]>,
    ): void;
    getACL(path: string, callback: Callback<[readonly ACL[], WireStat]>): void;
    transaction(): Transaction;
  }

  export function createClient(
    servers: string,
    options: {
      sessionTimeout: number;
      retries: 0;
      sessionId?: Buffer;
      sessionPassword?: Buffer;
    },
  ): Client;
}
