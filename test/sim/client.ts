/**
 * A modelled client. Like `ringway.v1`: keeps its session, its position and what was not
 * accepted over every socket, and resumes on any gateway. Raw: a new session with each socket.
 */
import type { KeyEpoch, Offset } from '../../base/index.ts';
import { bytesOf, textOf } from './application.ts';
import type { Bundle } from './bundle.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { worldLimits } from './limits.ts';
import { type Down, type DownFrame, Socket, type SocketOwner, type Up } from './socket.ts';
import type { Surroundings } from './surroundings.ts';
import { checkTold } from './told.ts';

/** What a session saw since it was last told to start anew. */
export interface Chain {
  readonly session: string;
  readonly key: string;
  readonly epoch: KeyEpoch;
  readonly from: Offset;
  next: Offset;
  readonly items: string[];
}

interface Handshake {
  readonly connection: number;
  readonly position: Position | undefined;
}

type Position = { readonly epoch: KeyEpoch; readonly next: Offset };

export class Client implements SocketOwner {
  readonly id: string;
  readonly key: string;
  readonly isRaw: boolean;
  chain: Chain | undefined;
  /** Sent and not accepted, in order. */
  readonly unaccepted: Up[] = [];
  readonly accepted = new Set<string>();
  isWanted = true;
  readonly #world: Surroundings;
  readonly #gateways: () => readonly GatewayProcess[];
  readonly #bundle: Bundle | undefined;
  #session = '';
  #sessions = 0;
  #connection = 0;
  #sent = 0;
  #socket: Socket | undefined;
  #isOpen = false;
  #isDialing = false;
  readonly #handshakes = new WeakMap<Socket, Handshake>();

  constructor(
    options: {
      readonly id: string;
      readonly key: string;
      readonly isRaw: boolean;
      /** The connection that it shares with others. */
      readonly bundle: Bundle | undefined;
    },
    world: Surroundings,
    gateways: () => readonly GatewayProcess[],
  ) {
    this.id = options.id;
    this.key = options.key;
    this.isRaw = options.isRaw;
    this.#world = world;
    this.#gateways = gateways;
    this.#bundle = options.bundle;
    this.#bundle?.add(this);
    this.#newSession();
  }

  get session(): string {
    return this.#session;
  }

  /** Of the newest socket. */
  get connection(): number {
    return this.#connection;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get gateway(): GatewayProcess | undefined {
    return this.#socket?.gateway;
  }

  connect(): void {
    if (this.#bundle === undefined) this.connectSession();
    else this.#bundle.connect();
  }

  connectSession(): void {
    if (!this.isWanted || this.#isDialing || this.#socket !== undefined) return;
    this.#isDialing = true;
    this.#world.schedule.after(1 + this.#world.random.int(30), () => {
      this.#isDialing = false;
      this.#dial();
    });
  }

  disconnect(isClean: boolean): void {
    if (this.#bundle === undefined) this.disconnectSession(isClean);
    else this.#bundle.disconnect(isClean);
  }

  disconnectSession(isClean: boolean): void {
    this.#socket?.close(isClean);
    this.#left();
  }

  say(): void {
    if (this.isRaw && !this.#isOpen) return;
    this.#sent += 1;
    const n = this.isRaw ? 0 : this.#sent;
    const item: Up = { n, data: bytesOf(`${this.#session}/${this.#sent}`) };
    this.#world.ledger.stats.messagesSent += 1;
    if (!this.isRaw) this.unaccepted.push(item);
    if (this.#isOpen) this.#socket?.send(item);
  }

  received(socket: Socket, item: Down): void {
    if (socket !== this.#socket) return;
    switch (item.kind) {
      case 'attached':
        this.#attached(item);
        return;
      case 'accepted':
        this.#accepted(item.n);
        return;
      case 'frame':
        this.#frame(item);
        return;
      case 'volatile':
        this.#world.ledger.stats.volatileReplies += 1;
        return;
    }
  }

  closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#world.ledger.stats.socketsClosed += 1;
    this.#left();
    this.#bundle?.disconnect(false);
    this.connect();
  }

  #dial(): void {
    if (!this.isWanted || this.#socket !== undefined) return;
    const draw = (): GatewayProcess | undefined => {
      const gateways = this.#gateways();
      return gateways[this.#world.random.int(gateways.length)];
    };
    const gateway = this.#bundle === undefined ? draw() : this.#bundle.gatewayOf(draw);
    if (gateway === undefined) {
      this.connect();
      return;
    }
    const socket = new Socket(this.#session, gateway, this, this.#world);
    this.#socket = socket;
    this.#connection += 1;
    this.#handshakes.set(socket, {
      connection: this.#connection,
      position: positionOf(this.chain),
    });
    socket.open();
    this.#world.schedule.after(worldLimits.handshakeTimeoutMs, () => {
      if (this.#socket !== socket || this.#isOpen) return;
      this.disconnect(false);
      this.connect();
    });
  }

  arrived(socket: Socket): void {
    const { gateway, session } = socket;
    const handshake = this.#handshakes.get(socket);
    if (handshake === undefined) return;
    // Its own older socket, still open here, is taken over.
    gateway.sockets.get(session)?.closeAtGateway(4001);
    gateway.sockets.set(session, socket);
    const { connection, position } = handshake;
    const about = { user: this.id, path: '/', query: '', subprotocol: '', address: '::1' };
    const { key } = this;
    gateway.step({ kind: 'session.open', session, connection, key, position, about });
  }

  #attached(item: Extract<Down, { kind: 'attached' }>): void {
    const { ledger } = this.#world;
    const { chain } = this;
    if (chain === undefined || !item.recovered) {
      const { epoch, next, reason, isFirst } = item;
      const { session, key } = this;
      if (chain !== undefined) {
        checkTold(ledger, { key, before: chain.epoch, after: epoch, reason, isFirst });
      }
      this.chain = { session, key, epoch, from: next, next, items: [] };
    } else {
      ledger.stats.resumes += 1;
      ledger.expect(
        'session.resume.position',
        item.epoch === chain.epoch && item.next === chain.next,
        () => `${this.id} asked ${chain.epoch}.${chain.next}, got ${item.epoch}.${item.next}`,
      );
    }
    if (!item.isFirst) return;
    if (this.#bundle !== undefined) ledger.stats.attachedTogether += 1;
    this.#isOpen = true;
    for (const message of this.unaccepted) this.#socket?.send(message);
    ledger.stats.resent += this.unaccepted.length;
  }

  #accepted(n: number): void {
    const { ledger } = this.#world;
    this.accepted.add(`${this.#session}:${n}`);
    if (this.isRaw) return;
    const at = this.unaccepted.findIndex((item) => item.n === n);
    if (at >= 0) this.unaccepted.splice(at, 1);
    ledger.stats.messagesAccepted += 1;
  }

  #frame(frame: DownFrame): void {
    const { ledger } = this.#world;
    const { chain } = this;
    ledger.expect(
      'session.frame.after-attach',
      chain !== undefined && this.#isOpen,
      () => `${this.id} got offset ${frame.offset} before its welcome`,
    );
    if (chain === undefined) return;
    ledger.expect(
      'session.offsets.rise',
      frame.offset >= chain.next,
      () => `${this.id} stands at ${chain.next}, got offset ${frame.offset}`,
    );
    chain.next = frame.offset + 1;
    for (const push of frame.pushes) this.#item(chain, `${frame.offset} push ${push.id}`);
    for (const reply of frame.replies) {
      this.#item(chain, `${frame.offset} reply ${textOf(reply.data)}`);
    }
  }

  #item(chain: Chain, item: string): void {
    this.#world.ledger.stats.delivered += 1;
    chain.items.push(item);
  }

  #left(): void {
    this.#socket = undefined;
    this.#isOpen = false;
    if (this.isRaw) this.#newSession();
  }

  #newSession(): void {
    if (this.isRaw || this.#sessions === 0) {
      this.#sessions += 1;
      this.#session = `${this.id}-${this.#sessions}`;
      this.#sent = 0;
      this.chain = undefined;
    }
  }
}

function positionOf(chain: Chain | undefined): Position | undefined {
  return chain === undefined ? undefined : { epoch: chain.epoch, next: chain.next };
}
