/**
 * One open client connection: what it may send, what waits to be read by it, whether it lives.
 *
 *   open ──(peer closes, or we do)──► closing ──(socket gone)──► closed
 *
 * Nothing is ever dropped: a client that does not read is closed with a retryable code and
 * resumes. Frames come encoded and shared by many sockets.
 */
import type { Identity } from './auth.ts';
import type { ClientProtocol, Heard } from './client-protocol.ts';
import { type CloseCode, closeCodes } from './close-codes.ts';
import type { Place } from './connection-counts.ts';
import type { EdgeLimits } from './options.ts';
import type { FrameSocket, FrameSocketListener } from './sockets.ts';
import { TokenBucket } from './token-bucket.ts';

export interface ClientSocketListener {
  onMessage(client: ClientSocket, heard: Extract<Heard, { ok: true }>): void;
  /** The connection is over for us; its socket may live a little longer. Called once. */
  onEnded(client: ClientSocket, code: number, reason: string): void;
  /** The socket itself is gone. */
  onGone(client: ClientSocket): void;
}

export interface ClientSocketStart {
  /** Counts the sockets of this gateway. */
  readonly number: number;
  readonly session: string;
  readonly identity: Identity;
  readonly protocol: ClientProtocol;
  readonly isResumed: boolean;
  readonly place: Place;
  readonly limits: EdgeLimits;
  readonly nowMs: () => number;
  readonly listener: ClientSocketListener;
}

/** Heartbeats without an answer after which a connection is dead. */
const missesMax = 2;

export class ClientSocket implements FrameSocketListener {
  readonly number: number;
  readonly session: string;
  readonly identity: Identity;
  readonly protocol: ClientProtocol;
  readonly place: Place;
  readonly #start: ClientSocketStart;
  readonly #bucket: TokenBucket;
  #socket: FrameSocket | undefined;
  #nextMessage = 1;
  #isExact: boolean;
  #isOpen = true;
  #misses = 0;
  #pausedAtMs: number | undefined;

  constructor(start: ClientSocketStart) {
    this.number = start.number;
    this.session = start.session;
    this.identity = start.identity;
    this.protocol = start.protocol;
    this.place = start.place;
    this.#start = start;
    // A resumed client starts at its lowest unaccepted message, which only it knows.
    this.#isExact = !start.isResumed;
    const { messagesPerSecond, messagesBurst } = start.limits;
    this.#bucket = new TokenBucket(
      { perSecond: messagesPerSecond, burst: messagesBurst },
      start.nowMs(),
    );
  }

  /** Where it writes; `undefined` until `open`, as the socket needs its listener first. */
  open(socket: FrameSocket): void {
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Writes complete frames; closes the connection when too much waits to be read. */
  write(frames: Buffer): void {
    if (!this.#isOpen) return;
    const waitingBytes = this.#socket?.write(frames) ?? 0;
    if (waitingBytes > this.#start.limits.sendBufferBytesMax) this.close(closeCodes.slowClient);
  }

  /** Starts the closing handshake; the listener hears of the end before this returns. */
  close({ code, reason }: CloseCode): void {
    this.closeWith(code, reason);
  }

  closeWith(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#end(code, reason);
    // Reading goes on, or the client's half of the closing handshake would never be seen.
    this.#socket?.resume();
    this.#socket?.close(code, reason);
  }

  pause(): void {
    if (!this.#isOpen || this.#pausedAtMs !== undefined) return;
    this.#pausedAtMs = this.#start.nowMs();
    this.#socket?.pause();
  }

  unpause(): void {
    if (this.#pausedAtMs === undefined) return;
    this.#pausedAtMs = undefined;
    this.#misses = 0;
    this.#socket?.resume();
  }

  /** One heartbeat. A paused socket's pongs are not seen, so it has a deadline instead. */
  beat(): void {
    const { limits, nowMs } = this.#start;
    if (!this.#isOpen) return;
    const isPaused = this.#pausedAtMs !== undefined;
    const isDead = isPaused
      ? nowMs() - (this.#pausedAtMs ?? 0) >= limits.pausedMaxMs
      : this.#misses >= missesMax;
    if (isDead) {
      this.close(closeCodes.heartbeatLost);
      // Nobody answers: a closing handshake would only wait.
      return this.cut();
    }
    if (isPaused) return;
    this.#misses += 1;
    this.#socket?.ping();
  }

  /** Ends the socket at once, whatever waits to be sent. */
  cut(): void {
    this.#socket?.cut();
  }

  onPing(): void {
    this.#spend();
  }

  onPong(): void {
    this.#misses = 0;
  }

  onClosed(code: number, reason: string): void {
    this.#end(code, reason);
    this.#start.listener.onGone(this);
  }

  onMessage(message: Buffer, isBinary: boolean): void {
    if (!this.#isOpen || !this.#spend()) return;
    this.#misses = 0;
    const expected = { n: this.#nextMessage, isExact: this.#isExact };
    const heard = this.protocol.hear(message, isBinary, expected);
    if (!heard.ok) return this.close(heard.close);
    this.#nextMessage = heard.n + 1;
    this.#isExact = true;
    this.#start.listener.onMessage(this, heard);
  }

  /** Pings cost an answer each, so they count like messages. */
  #spend(): boolean {
    if (this.#bucket.take(this.#start.nowMs())) return true;
    this.close(closeCodes.messageRate);
    return false;
  }

  #end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#start.listener.onEnded(this, code, reason);
  }
}
