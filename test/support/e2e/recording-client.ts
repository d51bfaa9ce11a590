/**
 * WebSocket clients that write down what they see, raw and `ringway.v1`, for the history checker.
 * They know nothing of the cluster but its public address.
 */
import { WebSocket } from 'ws';
import { eventually } from '../eventually.ts';
import type { HistoryEntry } from '../history-entry.ts';

export interface Recorder {
  readonly entries: HistoryEntry[];
  nowMs(): number;
}

export function createRecorder(): Recorder {
  return { entries: [], nowMs: () => performance.now() };
}

export interface ClientOptions {
  readonly url: string;
  readonly user: string;
  /** Name in the history. */
  readonly name: string;
  readonly protocol: 'raw' | 'ringway.v1';
  readonly recorder: Recorder;
}

interface Told {
  readonly is: 'event' | 'reply';
  readonly id: string;
  readonly n?: number;
}

interface V1Frame {
  readonly op: 'welcome' | 'event' | 'reply' | 'accepted' | 'goaway';
  readonly session?: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered?: boolean;
  readonly reason?: string;
  readonly id?: number | string;
  readonly error?: string;
  readonly data?: Told;
}

export class RecordingClient {
  readonly name: string;
  readonly key: string;
  readonly protocol: ClientOptions['protocol'];
  /** Second and later welcomes on an open socket, and what they said. */
  readonly losses: string[] = [];
  /** Where the application's count in its pushes was not one more than before. */
  readonly countGaps: string[] = [];
  readonly failures: string[] = [];
  readonly closeCodes: number[] = [];
  readonly #options: ClientOptions;
  readonly #unaccepted = new Map<number, string>();
  #url: string;
  #socket: WebSocket | undefined;
  #session: string | undefined;
  #epoch: string | undefined;
  #next = 0;
  #count: number | undefined;
  #lastMessage = 0;
  #isWelcome = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#url = options.url;
    this.name = options.name;
    this.protocol = options.protocol;
    this.key = `user:${options.user}`;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** The next record that it expects. */
  get next(): number {
    return this.#next;
  }

  /** Where a resume would begin. */
  get resume(): string {
    return `${this.#epoch}.${this.#next}`;
  }

  get waitingForAccepted(): number {
    return this.#unaccepted.size;
  }

  /** Connects; a `ringway.v1` client that was here before resumes, and sends again what is open. */
  async connect(change: { readonly url?: string; readonly resume?: string } = {}): Promise<void> {
    const resume = change.resume ?? (this.#epoch === undefined ? undefined : this.resume);
    this.#url = change.url ?? this.#url;
    const query = new URLSearchParams({ user: this.#options.user });
    if (resume !== undefined) {
      query.set('resume', resume);
      query.set('session', this.#session ?? '');
    }
    const protocols = this.protocol === 'raw' ? [] : ['ringway.v1'];
    const socket = new WebSocket(`${this.#url}?${query}`, protocols);
    this.#socket = socket;
    this.#isWelcome = false;
    socket.on('message', (bytes, isBinary) => {
      if (socket === this.#socket && !isBinary) this.#hear(bytes.toString());
    });
    socket.on('close', (code) => this.#closed(socket, code));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    if (this.protocol === 'raw') {
      this.#record({ kind: 'welcome', key: this.key, recovered: false });
      return;
    }
    await eventually(`welcome of ${this.name}`, () => this.#isWelcome);
    for (const [n, text] of this.#unaccepted) this.#sendNumbered(n, text);
  }

  /** Sends one message of the application; its push is an event of this client's own stream. */
  send(): void {
    this.#lastMessage += 1;
    const n = this.#lastMessage;
    const id = `${this.name}/${n}`;
    this.#record({ kind: 'message.sent', id });
    this.#recordPush(id);
    const text = JSON.stringify({ id });
    if (this.protocol === 'raw') {
      // A raw client has no acknowledgement: on an open socket all it sends is owed an answer.
      this.#record({ kind: 'message.accepted', id });
      this.#confirmPush(id);
      this.#socket?.send(text);
      return;
    }
    this.#unaccepted.set(n, text);
    if (this.isOpen) this.#sendNumbered(n, text);
  }

  /** Like a lost network: no close frame, nothing more is read. */
  cut(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.removeAllListeners('message');
    socket.on('error', () => undefined);
    this.#record({ kind: 'disconnected', code: 1006 });
    socket.terminate();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close();
    await closed;
  }

  #sendNumbered(n: number, text: string): void {
    this.#socket?.send(`{"op":"message","id":${n},"data":${text}}`);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.closeCodes.push(code);
    this.#record({ kind: 'disconnected', code });
  }

  #hear(text: string): void {
    const heard: unknown = JSON.parse(text);
    if (this.protocol === 'raw') return this.#told(heard as Told, undefined);
    const parts = Array.isArray(heard) ? heard : [heard];
    for (const part of parts) this.#hearPart(part as V1Frame);
    const offset = (parts.at(-1) as V1Frame).offset;
    if ((parts[0] as V1Frame).op !== 'welcome' && offset !== undefined) this.#next = offset + 1;
  }

  #hearPart(part: V1Frame): void {
    if (part.op === 'welcome') return this.#welcome(part);
    if (part.op === 'accepted') return this.#accepted(Number(part.id), part.error);
    if (part.data !== undefined) this.#told(part.data, part.offset);
  }

  #welcome({ session, epoch, offset = 0, recovered = false, reason = '' }: V1Frame): void {
    const isLoss = this.#epoch !== undefined && !recovered;
    if (isLoss) {
      this.losses.push(reason);
      this.#count = undefined;
    }
    const isFirstEver = this.#epoch === undefined;
    this.#session = session;
    this.#epoch = epoch;
    this.#next = offset;
    this.#isWelcome = true;
    this.#record({ kind: 'welcome', key: this.key, recovered: recovered && !isFirstEver });
  }

  #accepted(n: number, error: string | undefined): void {
    this.#unaccepted.delete(n);
    const id = `${this.name}/${n}`;
    if (error !== undefined) {
      this.failures.push(`${id}: ${error}`);
      return;
    }
    this.#record({ kind: 'message.accepted', id });
    this.#confirmPush(id);
  }

  #told({ is, id, n }: Told, offset: number | undefined): void {
    if (is === 'reply') return this.#record({ kind: 'reply.received', id });
    const place = offset === undefined ? {} : { offset };
    this.#record({ kind: 'event.received', id, ...place });
    if (n === undefined) return;
    if (this.#count !== undefined && n !== this.#count + 1) {
      this.countGaps.push(`${this.name}: ${n} after ${this.#count} (${id})`);
    }
    this.#count = n;
  }

  #recordPush(id: string): void {
    const atMs = this.#options.recorder.nowMs();
    const { name: publisher, key } = this;
    this.#options.recorder.entries.push({
      kind: 'event.sent',
      atMs,
      publisher,
      key,
      id: `push:${id}`,
    });
  }

  #confirmPush(id: string): void {
    const atMs = this.#options.recorder.nowMs();
    this.#options.recorder.entries.push({ kind: 'event.confirmed', atMs, id: `push:${id}` });
  }

  #record(entry: ClientEntry): void {
    const atMs = this.#options.recorder.nowMs();
    this.#options.recorder.entries.push({ ...entry, client: this.name, atMs } as HistoryEntry);
  }
}

type WithoutHead<T> = T extends unknown ? Omit<T, 'client' | 'atMs'> : never;
type ClientEntry = WithoutHead<
  Exclude<HistoryEntry, { readonly kind: `event.${'sent' | 'confirmed'}` }>
>;
