/** One direction of a proxied connection: passes bytes on, holds them, delays or throttles them. */
import type { Socket } from 'node:net';
import type { Trouble } from './chaos-proxy.ts';

interface Held {
  /** undefined = the end of the direction. */
  readonly chunk: Buffer | undefined;
  readonly dueMs: number;
}

/** Unsent bytes at which the sender is not read from: what TCP's own buffers would do. */
const heldBytesMax = 4_000_000;

export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  #held: Held[] = [];
  #bytesHeld = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStalled = false;
  #delayMs = 0;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  /** When the throttled line is free again. */
  #freeAtMs = 0;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take(undefined));
    from.on('close', () => clearTimeout(this.#timer));
    to.on('close', () => clearTimeout(this.#timer));
    to.on('drain', () => this.#flow());
  }

  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  /** undefined = none any more: what is held goes at once. */
  suffer(trouble: Trouble | undefined, direction: 'in' | 'out'): void {
    const holes = trouble?.kind === 'blackhole' ? trouble.direction : undefined;
    this.#isStalled = holes === 'both' || holes === direction;
    this.#delayMs = trouble?.kind === 'delay' ? trouble.delayMs : 0;
    this.#bytesPerSecond =
      trouble?.kind === 'throttle' ? trouble.bytesPerSecond : Number.POSITIVE_INFINITY;
    if (trouble === undefined) this.#held = this.#held.map((held) => ({ ...held, dueMs: 0 }));
    this.#pass();
  }

  #take(chunk: Buffer | undefined): void {
    const bytes = chunk?.length ?? 0;
    const nowMs = performance.now();
    const startMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = startMs + (bytes / this.#bytesPerSecond) * 1000;
    this.#held.push({ chunk, dueMs: Math.max(this.#freeAtMs, nowMs + this.#delayMs) });
    this.#bytesHeld += bytes;
    this.#pass();
  }

  #pass(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    while (!this.#isStalled) {
      const [next] = this.#held;
      if (next === undefined) break;
      if (next.dueMs > nowMs) {
        this.#timer = setTimeout(() => this.#pass(), next.dueMs - nowMs);
        break;
      }
      this.#held.shift();
      this.#bytesHeld -= next.chunk?.length ?? 0;
      if (next.chunk === undefined) this.#to.end();
      else this.#to.write(next.chunk);
    }
    this.#flow();
  }

  #flow(): void {
    if (this.#bytesHeld + this.#to.writableLength > heldBytesMax) this.#from.pause();
    else this.#from.resume();
  }
}
