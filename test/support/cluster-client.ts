/** A `ringway.v1` client of a whole cluster that keeps every frame, and can stop reading. */
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

export interface Frame {
  readonly op: string;
  readonly session?: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered?: boolean;
  readonly id?: number | string;
  readonly error?: string;
  readonly type?: string;
  readonly data?: unknown;
}

export class ClusterClient {
  readonly frames: Frame[] = [];
  /** `code reason` once closed, `refused 503` when the handshake was. */
  closed: string | undefined;
  readonly #socket: WebSocket;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text: Buffer) => {
      const frame = JSON.parse(text.toString()) as Frame | readonly Frame[];
      this.frames.push(...(Array.isArray(frame) ? frame : [frame]));
    });
    socket.on('close', (code, reason) => {
      this.closed = `${code} ${reason.toString()}`;
    });
    socket.on('unexpected-response', (request, response) => {
      this.closed = `refused ${response.statusCode}`;
      request.destroy();
    });
    socket.on('error', () => undefined);
  }

  /**
   * Resolves with the first frame, rejects when refused; `query` begins with `?user=`, or is ''
   * when a token says who it is.
   */
  static async open(publicUrl: string, query: string, token?: string): Promise<ClusterClient> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${publicUrl}${query}`, ['ringway.v1'], { headers });
    const client = new ClusterClient(socket);
    const isAnswered = () => client.frames.length > 0 || client.closed !== undefined;
    await eventually(`a welcome for ${query}`, isAnswered);
    if (client.closed !== undefined) throw new Error(`${query}: ${client.closed}`);
    return client;
  }

  get events(): readonly Frame[] {
    return this.frames.filter(({ op }) => op === 'event');
  }

  /** `resume=…&session=…` for what comes after all that was received. */
  get resume(): string {
    const [welcome] = this.frames;
    const offsets = this.frames.flatMap(({ op, offset }) =>
      offset === undefined || op === 'welcome' ? [] : [offset + 1],
    );
    const next = offsets.at(-1) ?? welcome?.offset;
    return `resume=${welcome?.epoch}.${next}&session=${welcome?.session}`;
  }

  send(data: unknown): number {
    this.#last += 1;
    this.#socket.send(JSON.stringify({ op: 'message', id: this.#last, data }));
    return this.#last;
  }

  /** Sends, and resolves with the `accepted` of it. */
  async ask(data: unknown): Promise<Frame> {
    const id = this.send(data);
    const isIt = (frame: Frame): boolean => frame.op === 'accepted' && frame.id === id;
    return eventually(`message ${id} accepted`, () => this.frames.find(isIt));
  }

  pause(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  cut(): void {
    this.#socket.terminate();
  }
}
