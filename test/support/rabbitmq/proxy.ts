/**
 * Stands between a client and RabbitMQ: cuts, hushes, and cuts after so many bytes of the
 * broker's, so that a connection can be lost at any point of its making.
 */
import { createServer, type Socket, connect as tcpConnect } from 'node:net';

export interface BrokerProxy {
  /** The URL that was given, through the proxy. */
  readonly url: string;
  /** Accepted so far. */
  readonly connections: number;
  /** Connections that live. */
  readonly open: number;
  /** Bytes from the broker to the last connection. */
  readonly bytes: number;
  /** Each further connection ends after so many bytes from the broker; undefined = never. */
  cutAfterBytes: number | undefined;
  /** What becomes of a piece of the broker's answers. */
  rewrite: ((chunk: Buffer) => Buffer) | undefined;
  /** Ends all connections; new ones live. */
  dropAll(): void;
  /** Ends all connections and lets none live, until healed. */
  cut(): void;
  /** Accepts and passes nothing on, like a frozen broker; until healed. Held bytes come after. */
  hush(): void;
  /** Passes nothing on from the broker, over the connections that live; until healed. */
  holdAnswers(): void;
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export async function startBrokerProxy(url: string): Promise<BrokerProxy> {
  const { port, hostname } = new URL(url);
  const pairs = new Set<Pair>();
  let mode: 'open' | 'cut' | 'hushed' = 'open';
  const listener = createServer((client) => {
    proxy.connections += 1;
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const pair = { client, server: tcpConnect(Number(port), hostname) };
    pairs.add(pair);
    join(pair);
    if (mode === 'hushed') pause(pair);
  });
  const join = ({ client, server }: Pair): void => {
    const { cutAfterBytes } = proxy;
    proxy.bytes = 0;
    let bytes = 0;
    const end = (): void => {
      client.destroy();
      server.destroy();
      for (const pair of pairs) if (pair.client === client) pairs.delete(pair);
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (chunk: Buffer) => server.write(chunk));
    server.on('data', (received: Buffer) => {
      const chunk = proxy.rewrite?.(received) ?? received;
      const passed = chunk.subarray(0, (cutAfterBytes ?? Number.POSITIVE_INFINITY) - bytes);
      bytes += passed.length;
      proxy.bytes = bytes;
      client.write(passed);
      if (cutAfterBytes !== undefined && bytes >= cutAfterBytes) client.end(() => end());
    });
  };
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const own = new URL(url);
  own.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  const dropAll = (): void => {
    for (const { client, server } of [...pairs]) {
      client.destroy();
      server.destroy();
    }
    pairs.clear();
  };
  const proxy = {
    url: own.href,
    connections: 0,
    bytes: 0,
    cutAfterBytes: undefined as number | undefined,
    rewrite: undefined as ((chunk: Buffer) => Buffer) | undefined,
    get open() {
      return pairs.size;
    },
    dropAll,
    cut() {
      mode = 'cut';
      dropAll();
    },
    hush() {
      mode = 'hushed';
      for (const pair of pairs) pause(pair);
    },
    holdAnswers() {
      for (const { server } of pairs) server.pause();
    },
    heal() {
      mode = 'open';
      for (const { client, server } of pairs) {
        client.resume();
        server.resume();
      }
    },
    async close() {
      dropAll();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
  return proxy;
}

function pause({ client, server }: Pair): void {
  client.pause();
  server.pause();
}
