/**
 * A TCP relay in front of a worker's link port that writes down every frame it passes on, with
 * the role of the process that dialled: what is *said* on the wire, by nobody's counters.
 */
import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { decodeMessage } from '../../link/decode.ts';
import { FrameDecoder } from '../../link/decoder.ts';
import type { Frame } from '../../link/frame.ts';
import { decodeHandshake } from '../../link/handshake.ts';
import type { LinkMessage } from '../../link/index.ts';

export interface TappedMessage {
  readonly dialler: 'worker' | 'gateway';
  /** Which side said it. */
  readonly isFromDialler: boolean;
  /** Number of the connection, unique over all taps. */
  readonly link: number;
  readonly message: LinkMessage;
  /** When it came by, on one clock for all taps. */
  readonly atMs: number;
}

let lastLink = 0;

export class LinkTap {
  /** All of them, unless somebody listens instead. */
  readonly messages: TappedMessage[] = [];
  readonly #onMessage: (message: TappedMessage) => void;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What workers say to each other while it is held back; undefined = nothing is. */
  #held: (() => void)[] | undefined;

  private constructor(server: Server, onMessage?: (message: TappedMessage) => void) {
    this.#server = server;
    this.#onMessage = onMessage ?? ((message) => this.messages.push(message));
  }

  /** Listens on a free loopback port and relays to `port`. */
  static async start(port: number, onMessage?: (message: TappedMessage) => void): Promise<LinkTap> {
    const server = createServer();
    const tap = new LinkTap(server, onMessage);
    server.on('connection', (dialler) => tap.#relay(dialler, port));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return tap;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the tap is closed');
    return `127.0.0.1:${address.port}`;
  }

  /** Passes nothing on between workers until `release`; gateways' links go on. */
  holdWorkers(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(dialler: Socket, port: number): void {
    const acceptor = tcpConnect(port, '127.0.0.1');
    lastLink += 1;
    const link = lastLink;
    let role: TappedMessage['dialler'] | undefined;
    const listen = (socket: Socket, other: Socket): void => {
      this.#sockets.add(socket);
      const decoder = new FrameDecoder(2 ** 24);
      socket.on('data', (chunk: Buffer) => {
        if (role === 'worker' && this.#held) this.#held.push(() => other.write(chunk));
        else other.write(chunk);
        for (const frame of decoder.push(Buffer.from(chunk))) {
          role ??= roleOf(frame);
          const message = messageOf(frame);
          if (message === undefined) continue;
          const isFromDialler = socket === dialler;
          this.#onMessage({ dialler: role, isFromDialler, link, message, atMs: performance.now() });
        }
      });
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    };
    listen(dialler, acceptor);
    listen(acceptor, dialler);
  }
}

/** The dialler speaks first, and says who it is. */
function roleOf(frame: Frame): TappedMessage['dialler'] {
  const hello = decodeHandshake(frame);
  if (hello.type !== 'HELLO') throw new Error(`a link began with ${hello.type}`);
  return hello.role;
}

/** undefined for the frames of the handshake. */
function messageOf(frame: Frame): LinkMessage | undefined {
  try {
    return decodeMessage(frame);
  } catch {
    decodeHandshake(frame);
    return undefined;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
