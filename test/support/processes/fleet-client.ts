/**
 * One client of the fleet, written from docs/client-protocol.md alone: connects, comes back at
 * the next gateway with its position and session when its socket ends, sends again what had no
 * `accepted`, and writes down all that it sees. A plain client has none of that: each socket of
 * it is a client of its own in the history.
 */
import { WebSocket } from 'ws';
import type { Journal, UntimedEntry } from './journal.ts';

export interface FleetClientOptions {
  readonly name: string;
  readonly user: string;
  readonly isPlain: boolean;
  /** Of all gateways; begins at `home`. */
  readonly urls: readonly string[];
  readonly home: number;
  readonly journal: Journal;
  readonly onWelcome: () => void;
  readonly onReceived: () => void;
}

interface Told {
  readonly is: 'event' | 'reply';
  readonly id: string;
  readonly n?: number;
}

interface Frame {
  readonly op: string;
  readonly id?: number | string;
  readonly session?: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered?: boolean;
  readonly reason?: string;
  readonly error?: string;
  readonly data?: Told;
}

interface Position {
  readonly session: string;
  readonly epoch: string;
  next: number;
}

const backOff = { firstMs: 50, longestMs: 1000 };
const handshakeTimeoutMs = 8000;

export class FleetClient {
  readonly #options: FleetClientOptions;
  /** Sent, and neither accepted nor (plain) replied to. */
  readonly #open = new Map<number, string>();
  #socket: WebSocket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #backOffMs = backOff.firstMs;
  #gateway: number;
  #life = 1;
  #position: Position | undefined;
  #isWelcome = false;
  #isClosing = false;
  #lastMessage = 0;

  constructor(options: FleetClientOptions) {
    this.#options = options;
    this.#gateway = options.home;
  }

  get isWelcome(): boolean {
    return this.#isWelcome;
  }

  /** Messages without an answer that is still to come. */
  get unanswered(): number {
    return this.#open.size;
  }

  /** The gateway that it is at, or tries, by its place in `urls`. */
  get gateway(): number {
    return this.#gateway;
  }

  connect(): void {
    const { urls, user, isPlain } = this.#options;
    const url = urls[this.#gateway % urls.length] ?? '';
    const socket = new WebSocket(`${url}?${this.#query(user)}`, isPlain ? [] : ['ringway.v1'], {
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    let wasOpen = false;
    socket.on('open', () => {
      wasOpen = true;
      if (isPlain) this.#welcomed({});
    });
    socket.on('message', (bytes) => this.#hear(bytes.toString()));
    socket.on('error', (error) => {
      if (!wasOpen) this.#write({ kind: 'refused', client: this.name, reason: error.message });
    });
    socket.on('close', (code) => this.#closed(wasOpen, code));
  }

  /** Its name in the history. */
  get name(): string {
    const { name } = this.#options;
    return this.#life === 1 ? name : `${name}~${this.#life}`;
  }

  /** One message of the application. A plain client sends only on an open socket. */
  send(): boolean {
    const { isPlain } = this.#options;
    if (isPlain && !this.#isWelcome) return false;
    this.#lastMessage += 1;
    const id = `${this.name}/${this.#lastMessage}`;
    this.#write({ kind: 'message.sent', client: this.name, id });
    this.#write({ kind: 'event.sent', publisher: this.name, key: this.#key, id: `push:${id}` });
    this.#open.set(this.#lastMessage, id);
    if (this.#isWelcome) this.#put(this.#lastMessage, id);
    // It has no acknowledgement: on a socket that stays open each is owed a reply.
    if (isPlain) this.#write({ kind: 'message.accepted', client: this.name, id });
    return true;
  }

  close(): void {
    this.#isClosing = true;
    clearTimeout(this.#retry);
    this.#socket?.terminate();
  }

  get #key(): string {
    return `user:${this.#options.user}`;
  }

  #query(user: string): URLSearchParams {
    const query = new URLSearchParams({ user });
    if (this.#position === undefined) return query;
    const { epoch, next, session } = this.#position;
    query.set('resume', `${epoch}.${next}`);
    query.set('session', session);
    return query;
  }

  #put(n: number, id: string): void {
    const data = JSON.stringify({ id });
    this.#socket?.send(this.#options.isPlain ? data : `{"op":"message","id":${n},"data":${data}}`);
  }

  #closed(wasOpen: boolean, code: number): void {
    this.#isWelcome = false;
    if (this.#isClosing) return;
    if (wasOpen) {
      this.#write({ kind: 'disconnected', client: this.name, code });
      if (this.#options.isPlain) this.#beginAnew();
    }
    this.#gateway = (this.#gateway + 1) % this.#options.urls.length;
    this.#retry = setTimeout(() => this.connect(), this.#backOffMs * (0.5 + Math.random()));
    this.#backOffMs = Math.min(backOff.longestMs, this.#backOffMs * 2);
  }

  #beginAnew(): void {
    this.#life += 1;
    this.#lastMessage = 0;
    this.#open.clear();
  }

  #hear(text: string): void {
    const heard: unknown = JSON.parse(text);
    if (this.#options.isPlain) return this.#told(heard as Told, undefined);
    const parts = (Array.isArray(heard) ? heard : [heard]) as readonly Frame[];
    for (const part of parts) this.#hearPart(part);
    const [first] = parts;
    if (first?.op === 'welcome' || first?.offset === undefined) return;
    if (this.#position !== undefined) this.#position.next = first.offset + 1;
  }

  #hearPart(part: Frame): void {
    if (part.op === 'welcome') this.#welcomed(part);
    else if (part.op === 'accepted') this.#accepted(Number(part.id), part.error);
    else if (part.data !== undefined) this.#told(part.data, part.offset);
  }

  #welcomed({ session = '', epoch = '', offset = 0, recovered, reason }: Partial<Frame>): void {
    const isResumed = this.#position !== undefined && recovered === true;
    if (!this.#options.isPlain) this.#position = { session, epoch, next: offset };
    // A second welcome tells of a loss on an open socket: nothing is sent again on it.
    const isSecond = this.#isWelcome;
    this.#isWelcome = true;
    this.#backOffMs = backOff.firstMs;
    this.#write({
      ...{ kind: 'welcome', client: this.name, key: this.#key, recovered: isResumed },
      gateway: String(this.#gateway),
      ...(epoch !== '' && { session, epoch, offset }),
      ...(reason !== undefined && { reason }),
    });
    if (!isSecond) for (const [n, id] of this.#open) this.#put(n, id);
    this.#options.onWelcome();
  }

  #accepted(n: number, error: string | undefined): void {
    const id = this.#open.get(n) ?? `${this.name}/${n}`;
    this.#open.delete(n);
    if (error !== undefined) {
      return this.#write({ kind: 'message.failed', client: this.name, id, error });
    }
    this.#write({ kind: 'message.accepted', client: this.name, id });
    this.#write({ kind: 'event.confirmed', id: `push:${id}` });
  }

  #told({ is, id, n }: Told, offset: number | undefined): void {
    this.#options.onReceived();
    const place = offset === undefined ? {} : { offset };
    if (is === 'event') {
      const count = n === undefined ? {} : { count: n };
      const { name: client } = this;
      return this.#write({ kind: 'event.received', client, id, ...place, ...count });
    }
    if (this.#options.isPlain) {
      this.#open.delete(Number(id.slice(id.indexOf('/') + 1)));
      this.#write({ kind: 'event.confirmed', id: `push:${id}` });
    }
    this.#write({ kind: 'reply.received', client: this.name, id, ...place });
  }

  #write(entry: UntimedEntry): void {
    this.#options.journal.write(entry);
  }
}
