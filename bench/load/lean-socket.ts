/**
 * A WebSocket client that costs as little as a load generator should: one upgrade, text frames,
 * pongs. No checks, no fragments, no close handshake; for servers that are known to be right.
 */
import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import type { Socket } from 'node:net';

export interface LeanSocketOptions {
  readonly url: string;
  readonly protocol: string;
  onText(text: string): void;
  onEnd(): void;
}

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

export class LeanSocket {
  readonly #socket: Socket;
  readonly #options: LeanSocketOptions;
  #rest: Buffer;

  private constructor(socket: Socket, head: Buffer, options: LeanSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#rest = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => options.onEnd());
    if (head.length > 0) this.#take(head);
  }

  /** Resolves once the server has switched protocols. @throws Error with the status otherwise */
  static open(options: LeanSocketOptions): Promise<LeanSocket> {
    const url = options.url.replace(/^ws/, 'http');
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': options.protocol,
    };
    return new Promise((resolve, reject) => {
      const request = get(url, { headers, agent: false });
      request.on('upgrade', (_response, socket, head) => {
        resolve(new LeanSocket(socket as Socket, head, options));
      });
      request.on('response', ({ statusCode }) => reject(new Error(`${url}: ${statusCode}`)));
      request.on('error', reject);
    });
  }

  send(text: string): void {
    this.#write(opcodes.text, Buffer.from(text));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Masked, as a client must, by a mask of zeros: the payload stays as it is. */
  #write(opcode: number, payload: Buffer): void {
    const { length } = payload;
    if (length > 0xffff) throw new RangeError(`${length} bytes are more than this client sends`);
    const isShort = length < 126;
    const frame = Buffer.alloc((isShort ? 6 : 8) + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (isShort ? length : 126);
    if (!isShort) frame.writeUInt16BE(length, 2);
    payload.copy(frame, frame.length - length);
    this.#socket.write(frame);
  }

  #take(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const frame = firstFrame(rest);
      if (frame === undefined) break;
      const payload = rest.subarray(frame.begin, frame.end);
      rest = rest.subarray(frame.end);
      if (frame.opcode === opcodes.text) this.#options.onText(payload.toString());
      else if (frame.opcode === opcodes.ping) this.#write(opcodes.pong, payload);
      else if (frame.opcode === opcodes.close) this.#socket.destroy();
    }
    this.#rest = rest;
  }
}

/** Of a server: never masked. undefined = not all of it is there. */
function firstFrame(bytes: Buffer) {
  const [head, size] = bytes;
  if (head === undefined || size === undefined) return undefined;
  const begin = size < 126 ? 2 : size === 126 ? 4 : 10;
  if (bytes.length < begin) return undefined;
  const length =
    size < 126 ? size : size === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = begin + length;
  return bytes.length < end ? undefined : { opcode: head & 0x0f, begin, end };
}
