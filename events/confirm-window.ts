/**
 * The messages of a publisher that are under way, oldest first: sent, neither confirmed nor failed.
 * One timer for all of them: the oldest must not wait for ever.
 */
import { type Cancel, type Clock, RingwayError } from '../base/index.ts';

interface UnderWay {
  readonly sentMs: number;
  /** No queue took it; its confirm is still to come. */
  wasReturned: boolean;
  resolve(): void;
  reject(reason: RingwayError): void;
}

export interface ConfirmWindowOptions {
  readonly clock: Clock;
  readonly confirmWindowMax: number;
  readonly confirmTimeoutMs: number;
  /** The oldest has waited for `confirmTimeoutMs`, not counting time spent paused. */
  onExpired(): void;
}

export class ConfirmWindow {
  readonly #options: ConfirmWindowOptions;
  /** By number of the publication; at most `confirmWindowMax`. */
  readonly #underWay = new Map<number, UnderWay>();
  #lastSequence = 0;
  #isPaused = false;
  #resumedMs = Number.NEGATIVE_INFINITY;
  #cancelWatch: Cancel | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: ConfirmWindowOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#underWay.size >= this.#options.confirmWindowMax;
  }

  /** Opens a place and sends; rejects with what `send` throws, after giving the place back. */
  add(send: (sequence: number) => void): Promise<void> {
    this.#lastSequence += 1;
    const sequence = this.#lastSequence;
    return new Promise((resolve, reject) => {
      const sentMs = this.#options.clock.nowMs();
      this.#underWay.set(sequence, { sentMs, wasReturned: false, resolve, reject });
      try {
        send(sequence);
        this.#watch();
      } catch (thrown) {
        this.#take(sequence);
        reject(thrown);
      }
    });
  }

  returned(sequence: number): void {
    const underWay = this.#underWay.get(sequence);
    if (underWay !== undefined) underWay.wasReturned = true;
  }

  confirmed(sequence: number, isStored: boolean): void {
    const underWay = this.#take(sequence);
    if (underWay === undefined) return;
    if (!isStored) underWay.reject(nacked());
    else if (underWay.wasReturned) underWay.reject(returned());
    else underWay.resolve();
  }

  /** In the order of sending. */
  failAll(reason: RingwayError): void {
    for (const sequence of [...this.#underWay.keys()]) this.#take(sequence)?.reject(reason);
  }

  /** While paused nobody can be confirmed, and nobody expires. */
  setPaused(isPaused: boolean): void {
    if (this.#isPaused && !isPaused) this.#resumedMs = this.#options.clock.nowMs();
    this.#isPaused = isPaused;
  }

  /** Resolves when nothing is under way any more, at the latest after this time. */
  async idle(deadlineMs: number): Promise<void> {
    if (this.#underWay.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(deadlineMs, resolve);
      this.#onIdle = () => {
        cancel();
        resolve();
      };
    });
  }

  #take(sequence: number): UnderWay | undefined {
    const underWay = this.#underWay.get(sequence);
    this.#underWay.delete(sequence);
    if (this.#underWay.size === 0) {
      this.#cancelWatch?.();
      this.#cancelWatch = undefined;
      this.#onIdle?.();
    }
    return underWay;
  }

  #watch(): void {
    if (this.#cancelWatch !== undefined) return;
    const { clock, confirmTimeoutMs } = this.#options;
    const [oldest] = this.#underWay.values();
    if (oldest === undefined) return;
    const sinceMs = this.#isPaused ? clock.nowMs() : Math.max(oldest.sentMs, this.#resumedMs);
    const leftMs = sinceMs + confirmTimeoutMs - clock.nowMs();
    if (leftMs <= 0) {
      this.#options.onExpired();
      return;
    }
    this.#cancelWatch = clock.after(leftMs, () => {
      this.#cancelWatch = undefined;
      this.#watch();
    });
  }
}

function nacked(): RingwayError {
  const message = 'RabbitMQ did not store the message';
  return new RingwayError('bus.nacked', message, { retryable: true });
}

function returned(): RingwayError {
  return new RingwayError('bus.returned', 'no queue takes messages with this routing key');
}
