/**
 * Stands between one coordinator and one ZooKeeper server: cuts, hushes, delays, and changes what
 * the server says, answer by answer. It also knows the session that passed through it last.
 */
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { FrameSplitter } from '../../../cluster/zookeeper-frames.ts';
import type { ServerAddress, SessionKey } from '../../../cluster/zookeeper-wire.ts';

/** What reaches the client of one whole answer, length included; 'cut' = half, then the end. */
export type Tamper = (frame: Buffer) => Buffer | 'cut';

export interface ZooKeeperProxy {
  readonly address: ServerAddress;
  /** `host:port`. */
  readonly text: string;
  /** Of the last answered handshake. */
  readonly session: SessionKey | undefined;
  /** Accepted so far. */
  readonly connections: number;
  /** Types of the requests of the last connection, in order; the handshake is left out. */
  readonly requests: readonly number[];
  /** Ends all connections and lets none live, until healed. */
  cut(): void;
  /** Ends all connections. */
  dropAll(): void;
  /** Accepts and says nothing, like a frozen server; until healed. Held bytes come after that. */
  hush(): void;
  heal(): void;
  tamper: Tamper | undefined;
  /** How much later each answer arrives, as from a busy machine; 0 = at once. */
  delayMs: number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export async function startProxy(target: ServerAddress): Promise<ZooKeeperProxy> {
  const pairs = new Set<Pair>();
  let mode: 'open' | 'cut' | 'hushed' = 'open';
  let session: SessionKey | undefined;
  let requests: number[] = [];
  let connections = 0;
  const listener = createServer((client) => {
    connections += 1;
    if (mode === 'cut') return client.destroy();
    const pair = { client, server: tcpConnect(target.port, target.host) };
    pairs.add(pair);
    join(pair);
    if (mode === 'hushed') pauseBoth(pair);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const bound = listener.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

  const join = (pair: Pair): void => {
    const { client, server } = pair;
    const end = (): void => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.setNoDelay().on('error', end).on('close', end);
    const asked = new FrameSplitter();
    let isHandshakeAsked = false;
    client.on('data', (bytes: Buffer) => {
      for (const frame of asked.push(bytes)) {
        if (isHandshakeAsked) requests.push(frame.readInt32BE(8));
        else requests = [];
        isHandshakeAsked = true;
      }
      server.write(bytes);
    });
    const answered = new FrameSplitter();
    let isHandshakeAnswered = false;
    server.on('data', (bytes: Buffer) => {
      for (const frame of answered.push(bytes)) {
        if (!isHandshakeAnswered) session = sessionIn(frame) ?? session;
        const sent = isHandshakeAnswered && proxy.tamper ? proxy.tamper(frame) : frame;
        isHandshakeAnswered = true;
        if (sent === 'cut') {
          client.end(frame.subarray(0, frame.length / 2));
          server.destroy();
          return;
        }
        // All by the same: their order stays.
        if (proxy.delayMs === 0) client.write(sent);
        else setTimeout(() => client.write(sent), proxy.delayMs);
      }
    });
  };

  const proxy: ZooKeeperProxy = {
    address: { host: '127.0.0.1', port },
    text: `127.0.0.1:${port}`,
    tamper: undefined,
    delayMs: 0,
    get session() {
      return session;
    },
    get connections() {
      return connections;
    },
    get requests() {
      return requests;
    },
    cut() {
      mode = 'cut';
      this.dropAll();
    },
    dropAll() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
    },
    hush() {
      mode = 'hushed';
      for (const pair of pairs) pauseBoth(pair);
    },
    heal() {
      mode = 'open';
      for (const { client, server } of pairs) {
        client.resume();
        server.resume();
      }
    },
    async close() {
      this.dropAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return proxy;
}

function pauseBoth({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

/** Length, protocol version, timeout (0 = refused), id, length of the password, password. */
function sessionIn(frame: Buffer): SessionKey | undefined {
  if (frame.readInt32BE(8) <= 0) return undefined;
  return { id: frame.subarray(12, 20), password: frame.subarray(24, 40) };
}
