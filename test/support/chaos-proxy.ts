/**
 * TCP proxies that misbehave on command, run by `processes/chaos-proxies.ts` in a process of
 * their own. Each stands in front of one port. It passes bytes on without looking at them, but for
 * the first frame of a Ringway link, which says who dials: so one pair can be cut and no other.
 */
import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { memberIdOf } from '../../base/index.ts';
import { FrameDecoder } from '../../link/decoder.ts';
import { decodeHandshake } from '../../link/handshake.ts';
import { Pipe } from './chaos-pipe.ts';

/** What happens to bytes; `in` = towards the process behind the proxy. */
export type Trouble =
  /** Nothing arrives, neither bytes nor ends; what was held comes when it is over. */
  | { readonly kind: 'blackhole'; readonly direction: 'both' | 'in' | 'out' }
  /** Connections are reset, and each new one at once. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number };

export interface TroubleAt {
  readonly trouble: Trouble;
  /** Only connections of this dialler; undefined = all. */
  readonly dialler: string | undefined;
}

/** That it bit, since the trouble began. */
export interface Suffered {
  /** Connections that it hit. */
  readonly hit: number;
  readonly bytesHeld: number;
}

interface Pair {
  readonly dialler: Socket;
  readonly acceptor: Socket;
  readonly in: Pipe;
  readonly out: Pipe;
  /** undefined = it has not said. */
  name: string | undefined;
}

export class ChaosProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: number;
  #at: TroubleAt | undefined;
  #hit = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (dialler) => this.#relay(dialler));
  }

  /** Listens on loopback in front of a port there. @param port where; 0 = a free one */
  static async start(target: number, port: number): Promise<ChaosProxy> {
    // Its end is no reason to end the other direction: ends are passed on like bytes.
    const server = createServer({ allowHalfOpen: true });
    const proxy = new ChaosProxy(server, target);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  /** undefined = it is over; what was held is passed on. */
  trouble(at: TroubleAt | undefined): void {
    this.#at = at;
    if (at !== undefined) this.#hit = 0;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Who is connected, as far as they said. */
  diallers(): readonly string[] {
    return [...new Set([...this.#pairs].flatMap(({ name }) => name || []))].sort();
  }

  suffered(): Suffered {
    let bytesHeld = 0;
    for (const pair of this.#pairs) bytesHeld += pair.in.bytesHeld + pair.out.bytesHeld;
    return { hit: this.#hit, bytesHeld };
  }

  /** Nobody is behind it any more: connections are reset, and new ones refused. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const { dialler, acceptor } of this.#pairs) {
      dialler.resetAndDestroy();
      acceptor.resetAndDestroy();
    }
    await closed;
  }

  #relay(dialler: Socket): void {
    const acceptor = tcpConnect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = {
      ...{ dialler, acceptor, name: undefined },
      in: new Pipe(dialler, acceptor),
      out: new Pipe(acceptor, dialler),
    };
    this.#pairs.add(pair);
    for (const socket of [dialler, acceptor]) {
      socket.setNoDelay();
      // A reset goes through as a reset.
      socket.on('error', () => this.#reset(pair));
      socket.on('close', () => {
        if (dialler.destroyed && acceptor.destroyed) this.#pairs.delete(pair);
      });
    }
    const decoder = new FrameDecoder(2 ** 20);
    const learn = (chunk: Buffer): void => {
      pair.name = diallerIn(decoder, chunk);
      if (pair.name === undefined) return;
      dialler.off('data', learn);
      this.#apply(pair);
    };
    // Before the pipe's own listener: a link that is cut is cut from its first byte.
    dialler.prependListener('data', learn);
    this.#apply(pair);
  }

  #apply(pair: Pair): void {
    const at = this.#at;
    const isMeant = at !== undefined && (at.dialler ?? pair.name) === pair.name;
    const trouble = isMeant ? at.trouble : undefined;
    if (trouble !== undefined) this.#hit += 1;
    if (trouble?.kind === 'reset') return this.#reset(pair);
    pair.in.suffer(trouble, 'in');
    pair.out.suffer(trouble, 'out');
  }

  #reset({ dialler, acceptor }: Pair): void {
    if (!dialler.destroyed) dialler.resetAndDestroy();
    if (!acceptor.destroyed) acceptor.resetAndDestroy();
  }
}

/** '' = it speaks something else. */
function diallerIn(decoder: FrameDecoder, chunk: Buffer): string | undefined {
  try {
    for (const frame of decoder.push(Buffer.from(chunk))) {
      const hello = decodeHandshake(frame);
      return hello.type === 'HELLO' ? memberIdOf(hello.boot) : '';
    }
    return undefined;
  } catch {
    return '';
  }
}
