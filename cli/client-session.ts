/**
 * A `ringway.v1` session from the client's side: keeps its place in the stream, comes back to it
 * when the socket breaks, and sends again what was not answered, under the same number.
 *
 *   dialling ── welcome ──► open ── close 4000–4499, 1xxx ──► waiting ── backoff ──► dialling
 *        any ── close 1000 asked for, 4500–4999 ──► closed
 */
import { type Cancel, type Clock, type Random, RingwayError } from '../base/index.ts';
import type { ClientSocket, ClientSocketListener, Dial } from './client-socket.ts';

export interface ClientEvent {
  readonly op: 'welcome' | 'event' | 'reply' | 'accepted' | 'goaway';
  readonly [field: string]: unknown;
}

export interface ClientSessionListener {
  onFrame(frame: ClientEvent): void;
  /** The socket broke; the next attempt follows after `delayMs`. */
  onBroken(why: string, delayMs: number): void;
  /** The end: asked for, or the gateway said not to come back. */
  onClosed(why: string): void;
}

export interface ClientSessionOptions {
  readonly address: string;
  /** `?user=` of a gateway without authentication; undefined with a token. */
  readonly user: string | undefined;
  readonly token: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly open: (dial: Dial, listener: ClientSocketListener) => ClientSocket;
  readonly listener: ClientSessionListener;
}

const handshakeTimeoutMs = 10_000;
const backoffMs = [100, 200, 500, 1000, 3000] as const;
const backoffLongestMs = 3000;
/** Messages without an answer that are kept; sending more is refused. */
const unansweredMax = 1000;

interface Place {
  readonly session: string;
  readonly epoch: string;
  next: number;
}

export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #unanswered = new Map<number, string>();
  #socket: ClientSocket;
  #place: Place | undefined;
  #isWelcome = false;
  #hasEverBeenWelcome = false;
  #isEnding = false;
  #isClosing = false;
  #attempts = 0;
  #sent = 0;
  #cancelRetry: Cancel = () => undefined;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    this.#socket = this.#dial();
  }

  /** @throws RingwayError `client.too_many_unanswered` */
  send(value: unknown): void {
    if (this.#unanswered.size >= unansweredMax) {
      const message = `${unansweredMax} messages without an answer; wait for some`;
      throw new RingwayError('client.too_many_unanswered', message, { retryable: true });
    }
    this.#sent += 1;
    const text = JSON.stringify({ op: 'message', id: this.#sent, data: value });
    this.#unanswered.set(this.#sent, text);
    if (this.#isWelcome) this.#socket.send(text);
  }

  /** Closes as soon as the gateway has answered everything that was sent. */
  closeWhenAnswered(): void {
    this.#isEnding = true;
    this.#closeIfAnswered();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#cancelRetry();
    this.#socket.close(1000);
    // Between two attempts there is no socket that could report its end.
    if (!this.#isWelcome) this.#options.listener.onClosed('closed');
  }

  #dial(): ClientSocket {
    const { open, token } = this.#options;
    return open(
      { address: this.#address(), token, handshakeTimeoutMs },
      {
        onText: (text) => this.#hear(text),
        onClose: (code, reason, problem) => this.#onClose(code, reason, problem),
      },
    );
  }

  #address(): string {
    const url = new URL(this.#options.address);
    if (this.#options.user !== undefined) url.searchParams.set('user', this.#options.user);
    if (this.#place !== undefined) {
      url.searchParams.set('resume', `${this.#place.epoch}.${this.#place.next}`);
      url.searchParams.set('session', this.#place.session);
    }
    return url.href;
  }

  #hear(text: string): void {
    const parsed = JSON.parse(text) as ClientEvent | readonly ClientEvent[];
    // The parts of one record come together, as one array.
    for (const frame of Array.isArray(parsed) ? parsed : [parsed]) {
      this.#note(frame);
      this.#options.listener.onFrame(frame);
    }
    this.#closeIfAnswered();
  }

  #closeIfAnswered(): void {
    if (this.#isEnding && this.#hasEverBeenWelcome && this.#unanswered.size === 0) this.close();
  }

  #note(frame: ClientEvent): void {
    if (frame.op === 'welcome') this.#onWelcome(frame);
    if (frame.op === 'accepted') this.#unanswered.delete(Number(frame.id));
    const isRecord = frame.op === 'event' || frame.op === 'reply';
    if (isRecord && typeof frame.offset === 'number' && this.#place !== undefined) {
      this.#place.next = frame.offset + 1;
    }
  }

  #onWelcome(frame: ClientEvent): void {
    this.#attempts = 0;
    this.#hasEverBeenWelcome = true;
    this.#place = {
      session: String(frame.session),
      epoch: String(frame.epoch),
      next: Number(frame.offset),
    };
    // A second welcome on an open socket tells of a loss; nothing was dropped on the way in.
    if (this.#isWelcome) return;
    this.#isWelcome = true;
    for (const text of this.#unanswered.values()) this.#socket.send(text);
  }

  #onClose(code: number, reason: string, problem: string): void {
    const wasWelcome = this.#isWelcome;
    this.#isWelcome = false;
    const why = problem === '' ? `${code} ${reason}`.trim() : problem;
    if (this.#isClosing) {
      if (wasWelcome) this.#options.listener.onClosed('closed');
      return;
    }
    if ((code >= 4500 && code <= 4999) || !this.#hasEverBeenWelcome) {
      this.#options.listener.onClosed(why);
      return;
    }
    const longestMs = backoffMs[this.#attempts] ?? backoffLongestMs;
    const delayMs = Math.round(longestMs * (0.5 + this.#options.random.next() / 2));
    this.#attempts += 1;
    this.#options.listener.onBroken(why, delayMs);
    this.#cancelRetry = this.#options.clock.after(delayMs, () => {
      this.#socket = this.#dial();
    });
  }
}
