/**
 * An edge on a real port in front of a scripted core: sessions attach at once unless told
 * otherwise, messages are recorded and, on request, echoed. Closes everything it opened.
 */
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  type Clock,
  type Logger,
  seededRandom,
  silentLogger,
  systemClock,
} from '../../base/index.ts';
import { Edge, type EdgeEffect, type EdgeInput } from '../../gateway/edge.ts';
import { GatewayMetrics } from '../../gateway/metrics.ts';
import { type GatewayOptions, gatewayDefaults } from '../../gateway/options.ts';
import type { TokenKeys } from '../../gateway/token-keys.ts';
import { eventually } from './eventually.ts';

export interface EdgeStageOptions {
  readonly options?: Partial<GatewayOptions>;
  readonly keys?: TokenKeys;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A client with everything it received, as text or as hex (`x:…`) for binary frames. */
export interface StageClient {
  readonly ws: WebSocket;
  readonly received: string[];
  /** `code reason`, once closed. */
  closed: string | undefined;
}

export class EdgeStage {
  readonly edge: Edge;
  readonly metrics = new GatewayMetrics();
  readonly inputs: EdgeInput[] = [];
  /** Whether sessions are attached as soon as they open. */
  attaches = true;
  /** Whether messages come back: as a reply of a record, and accepted. */
  echoes = false;
  port = 0;
  readonly #sockets: Socket[] = [];
  readonly #clients: WebSocket[] = [];
  readonly #effects: EdgeEffect[] = [];
  #isApplying = false;
  #offset = 0;

  constructor(parts: EdgeStageOptions = {}) {
    this.edge = new Edge({
      options: { ...gatewayDefaults, port: 0, ...parts.options },
      keys: parts.keys,
      clock: parts.clock ?? systemClock,
      random: seededRandom(7),
      logger: parts.logger ?? silentLogger,
      metrics: this.metrics,
      emit: (input) => this.#step(input),
    });
  }

  async start(): Promise<this> {
    this.port = await this.edge.listen();
    return this;
  }

  async stop(): Promise<void> {
    for (const ws of this.#clients) ws.terminate();
    for (const socket of this.#sockets) socket.destroy();
    await this.edge.close();
  }

  inputsOf<Kind extends EdgeInput['kind']>(kind: Kind): Extract<EdgeInput, { kind: Kind }>[] {
    return this.inputs.filter(
      (input): input is Extract<EdgeInput, { kind: Kind }> => input.kind === kind,
    );
  }

  /** Effects one after the other, as the gateway's own loop applies them. */
  apply(...effects: EdgeEffect[]): void {
    this.#effects.push(...effects);
    if (this.#isApplying) return;
    this.#isApplying = true;
    for (let next = this.#effects.shift(); next !== undefined; next = this.#effects.shift()) {
      this.edge.apply(next);
    }
    this.#isApplying = false;
  }

  attach(session: string, recovered = true, isFirst = true): void {
    const reason = recovered ? '' : 'window';
    const position = { epoch: 'c-1-1', next: this.#offset };
    this.apply({ kind: 'attached', session, ...position, recovered, reason, isFirst });
  }

  /** A record with one push for these sessions. */
  push(
    sessions: readonly string[],
    text: string,
    format: 'json' | 'text' | 'binary' = 'json',
  ): void {
    const id = `e-${this.#offset}`;
    this.apply({
      kind: 'frame',
      key: 'user:alice',
      offset: this.#offset++,
      pushes: [{ id, type: 'note', format, data: Buffer.from(text) }],
      sessions: sessions.map((session) => ({ session, replies: [] })),
    });
  }

  /** A connected client; rejects with the HTTP status when it is refused. */
  client(
    query: string,
    protocols: string[] = [],
    headers: Record<string, string> = {},
  ): Promise<StageClient> {
    const ws = new WebSocket(`ws://127.0.0.1:${this.port}/ws${query}`, protocols, { headers });
    this.#clients.push(ws);
    const client: StageClient = { ws, received: [], closed: undefined };
    ws.on('message', (message: Buffer, isBinary) => {
      client.received.push(isBinary ? `x:${message.toString('hex')}` : message.toString('utf8'));
    });
    ws.on('close', (code, reason) => {
      client.closed = `${code} ${reason.toString('utf8')}`.trim();
    });
    return new Promise((resolve, reject) => {
      ws.on('open', () => resolve(client));
      ws.on('unexpected-response', (request, response) => {
        response.resume();
        request.destroy();
        reject(new Error(`refused with ${response.statusCode}`));
      });
      ws.on('error', reject);
    });
  }

  /** A bare TCP connection that has sent `bytes`, and what came back so far. */
  raw(bytes: string | Buffer): RawConnection {
    const socket = connect(this.port, '127.0.0.1');
    this.#sockets.push(socket);
    const connection = new RawConnection(socket);
    socket.write(bytes);
    return connection;
  }

  /** The status line's number and the body's error code of the answer to `bytes`. */
  async answer(bytes: string | Buffer): Promise<string> {
    const connection = this.raw(bytes);
    await eventually(
      'an answer',
      () => connection.text.includes('\r\n\r\n') || connection.isClosed,
    );
    const status = /^HTTP\/1\.1 (\d{3})/.exec(connection.text)?.[1] ?? 'closed';
    const code = /"error":"([a-z_.]+)"/.exec(connection.text)?.[1];
    return code === undefined ? status : `${status} ${code}`;
  }

  #step(input: EdgeInput): void {
    this.inputs.push(input);
    if (input.kind === 'session.open' && this.attaches) this.attach(input.session);
    if (input.kind === 'session.message' && this.echoes) {
      const { session, n, format, data } = input;
      const sessions = [{ session, replies: [{ format, data }] }];
      const record = {
        kind: 'frame',
        key: '',
        offset: this.#offset++,
        pushes: [],
        sessions,
      } as const;
      this.apply(record, { kind: 'accepted', session, n, failure: '' });
    }
  }
}

export class RawConnection {
  readonly socket: Socket;
  bytes: Buffer = Buffer.alloc(0);
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }
}

/** The head of an upgrade request; `changes` replace, add or (undefined) leave out header lines. */
export function upgradeHead(
  changes: Readonly<Record<string, string | undefined>> = {},
  requestLine = 'GET /ws?user=alice HTTP/1.1',
): string {
  const headers: Record<string, string | undefined> = {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...changes,
  };
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined);
  return `${requestLine}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
