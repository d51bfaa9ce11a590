/**
 * WebSocket connections as the rest of `gateway/` knows them; the only file here that knows `ws`.
 *
 * Messages come through `ws`. Frames to the client are encoded once (`socket-frame.ts`) and
 * written to the TCP socket itself: allowed because nothing fragmented or compressed is ever
 * sent, so `ws` has no queue of its own in front of the socket.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { closeCodes } from './close-codes.ts';
import type { EdgeLimits } from './options.ts';

export interface FrameSocketListener {
  onMessage(message: Buffer, isBinary: boolean): void;
  onPing(): void;
  onPong(): void;
  /** The socket is gone; called once, always. */
  onClosed(code: number, reason: string): void;
}

export interface FrameSocket {
  /** Writes complete frames, unless the connection is closing; returns the bytes that wait. */
  write(frames: Buffer): number;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** Ends the socket at once, whatever waits to be sent. */
  cut(): void;
}

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export class Upgrader {
  readonly #server: WebSocketServer;

  constructor(
    limits: EdgeLimits,
    /** The subprotocol to echo for those offered. */
    select: (offered: Iterable<string>) => string | undefined,
  ) {
    // A constant of a wider type: the published types lack two of the options.
    const options: ServerOptions & { closeTimeout: number; maxPendingAutoPongs: number } = {
      noServer: true,
      // Our own registry is smaller, and the drain is ours.
      clientTracking: false,
      // Compression costs 240 KB per connection that ever used it, and opens BREACH.
      perMessageDeflate: false,
      autoPong: true,
      // More than the rate lets through in a second, so that a flood ends with its own close code.
      maxPendingAutoPongs: limits.messagesBurst + limits.messagesPerSecond,
      maxPayload: limits.messageBytesMax,
      maxFragments: limits.fragmentsMax,
      maxBufferedChunks: limits.chunksMax,
      closeTimeout: limits.closeTimeoutMs,
      handleProtocols: (offered) => select(offered) ?? false,
    };
    this.#server = new WebSocketServer(options);
  }

  /** Answers 101; undefined when the client has hung up meanwhile. */
  upgrade(
    { request, socket, head }: Upgrade,
    listener: FrameSocketListener,
  ): FrameSocket | undefined {
    let opened: FrameSocket | undefined;
    // Calls back before it returns, or not at all.
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      opened = frameSocket(ws, socket);
      listen(ws, listener);
    });
    return opened;
  }
}

function frameSocket(ws: WebSocket, socket: Duplex): FrameSocket {
  return {
    write: (frames) => {
      if (ws.readyState === WebSocket.OPEN) socket.write(frames);
      return socket.writableLength;
    },
    ping: () => ws.ping(),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code, reason) => ws.close(code, reason),
    cut: () => ws.terminate(),
  };
}

function listen(ws: WebSocket, listener: FrameSocketListener): void {
  // Messages are Buffers, as `binaryType` is left at `nodebuffer`.
  ws.on('message', (message: Buffer, isBinary) => listener.onMessage(message, isBinary));
  ws.on('ping', () => listener.onPing());
  ws.on('pong', () => listener.onPong());
  // Broken frames: `ws` answers with the right close code by itself, and 'close' follows; it
  // tells what the peer said, which is mostly nothing, and not what it had answered.
  let answered: number | undefined;
  ws.on('error', (error) => {
    answered = closeCodeOf(error);
  });
  ws.on('close', (code, reason) => listener.onClosed(answered ?? code, reason.toString('utf8')));
}

/** With what `ws` closes after this error; undefined for errors of the TCP connection. */
function closeCodeOf(error: Error): number | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (!code.startsWith('WS_ERR_')) return undefined;
  if (code === 'WS_ERR_INVALID_UTF8') return closeCodes.invalidText.code;
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return closeCodes.tooManyFragments.code;
  const isTooBig = /^WS_ERR_UNSUPPORTED_(MESSAGE|DATA_PAYLOAD)_LENGTH$/.test(code);
  return isTooBig ? closeCodes.messageTooBig.code : closeCodes.protocolError.code;
}
