/**
 * The link's pipes over TCP: the only file that knows node:net, and the one that translates its
 * errors. `atEndOfTurn` is `setImmediate`: it runs after every socket that was readable in this
 * turn of the event loop has been read, so what they cause goes out in one write for each peer;
 * a microtask would run after each socket and write once for each client.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../base/index.ts';
import { LinkError, type LinkErrorCode } from './errors.ts';
import { hostOver } from './host.ts';
import type { LinkHost, LinkHostOptions } from './host-types.ts';
import type { ListenAddress, Pipe, PipeListener, Transport } from './pipe.ts';

/**
 * A link host over TCP; it does nothing until `listen`, `open` and `setPeers` are called.
 *
 * @throws ConfigError when a limit or the secret is unusable.
 */
export function createLinkHost(options: LinkHostOptions): LinkHost {
  return hostOver({ ...options, transport: new TcpTransport(options) });
}

class TcpTransport implements Transport {
  readonly #logger: LinkHostOptions['logger'];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor({ logger }: Pick<LinkHostOptions, 'logger'>) {
    this.#logger = logger;
  }

  dial(address: string, listener: PipeListener): Pipe {
    const target = parseAddress(address);
    if (target === undefined) return unreachablePipe(address, listener);
    const socket = connect({ ...target, noDelay: true });
    socket.once('connect', () => listener.onOpen());
    return this.#pipe(socket, () => listener);
  }

  async listen(at: ListenAddress, accept: (pipe: Pipe) => PipeListener): Promise<string> {
    if (this.#server !== undefined) {
      throw new LinkError('link.listen_failed', 'this link host listens already');
    }
    const server = createServer({ noDelay: true }, (socket) => this.#pipe(socket, accept));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        this.#server = undefined;
        const text = `cannot listen on ${at.host}:${at.port}: ${error.message}`;
        reject(new LinkError('link.listen_failed', text, error));
      });
      server.listen(at, resolve);
    });
    // Later errors (no file descriptors left) concern one connection, not the listening.
    server.removeAllListeners('error');
    server.on('error', (error) =>
      this.#logger.error('link.accept_failed', { reason: error.message }),
    );
    const bound = server.address();
    return bound === null || typeof bound === 'string' ? '' : formatAddress(at.host, bound.port);
  }

  atEndOfTurn(task: () => void): void {
    // biome-ignore lint/style/noRestrictedGlobals: order within a turn, not time
    setImmediate(task);
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closing = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closing);
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #pipe(socket: Socket, listenerOf: (pipe: Pipe) => PipeListener): Pipe {
    this.#sockets.add(socket);
    const pipe: Pipe = {
      write: (bytes) => void socket.write(bytes),
      queuedBytes: () => socket.writableLength,
      finish: () => socket.destroySoon(),
      destroy: () => void socket.destroy(),
    };
    const listener = listenerOf(pipe);
    let failure: Error | undefined;
    socket.on('data', (chunk: Buffer) => listener.onBytes(chunk));
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      listener.onClosed(translated(failure));
    });
    return pipe;
  }
}

const codes: Readonly<Record<string, LinkErrorCode>> = {
  ECONNREFUSED: 'link.refused',
  ECONNRESET: 'link.reset',
  EPIPE: 'link.reset',
};

function translated(failure: Error | undefined): LinkError {
  if (failure === undefined) return new LinkError('link.ended', 'the peer closed the connection');
  const code = 'code' in failure ? codes[String(failure.code)] : undefined;
  return new LinkError(code ?? 'link.unreachable', messageOf(failure), failure);
}

/** An address that is none, told like any other failure to connect. */
function unreachablePipe(address: string, listener: PipeListener): Pipe {
  const error = new LinkError('link.unreachable', `${address} is not host:port`);
  // biome-ignore lint/style/noRestrictedGlobals: after the caller has its pipe, not time
  setImmediate(() => listener.onClosed(error));
  const nothing = (): void => undefined;
  return { write: nothing, queuedBytes: () => 0, finish: nothing, destroy: nothing };
}

/** `host:port`; an IPv6 host stands in brackets. */
function parseAddress(
  address: string,
): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65535 ? undefined : { host, port };
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
