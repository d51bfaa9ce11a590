/**
 * `GET /v1/stream`: the ring whenever it has changed and the numbers once a second, as
 * server-sent events (`event: ring`, `event: numbers`). One timer for all listeners, none while
 * nobody listens; a listener that does not read is cut.
 */
import type { ServerResponse } from 'node:http';
import type { Cancel, Clock } from '../base/index.ts';

export interface StreamSources {
  /** Changes when the ring's report does. */
  ringVersion(): string;
  ring(): unknown;
  numbers(): unknown;
}

const stepMs = 250;
const stepsPerNumbers = 4;
const waitingBytesMax = 1_048_576;

export class AdminStreams {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #sources: StreamSources;
  readonly #open = new Set<ServerResponse>();
  #stop: Cancel | undefined;
  #steps = 0;
  #sentVersion = '';

  constructor(clock: Clock, max: number, sources: StreamSources) {
    this.#clock = clock;
    this.#max = max;
    this.#sources = sources;
  }

  /** Keeps the response open; false when there are too many already. */
  add(response: ServerResponse): boolean {
    if (this.#open.size >= this.#max) return false;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.on('close', () => this.#remove(response));
    this.#open.add(response);
    this.#stop ??= this.#clock.every(stepMs, () => this.#step());
    this.#send([response], 'ring', this.#sources.ring());
    this.#send([response], 'numbers', this.#sources.numbers());
    return true;
  }

  close(): void {
    for (const response of [...this.#open]) response.destroy();
    this.#stop?.();
    this.#stop = undefined;
  }

  #step(): void {
    this.#steps += 1;
    const version = this.#sources.ringVersion();
    if (version !== this.#sentVersion) this.#send(this.#open, 'ring', this.#sources.ring());
    this.#sentVersion = version;
    if (this.#steps % stepsPerNumbers !== 0) return;
    this.#send(this.#open, 'numbers', this.#sources.numbers());
  }

  #send(to: Iterable<ServerResponse>, event: string, value: unknown): void {
    if (value === undefined) return;
    const text = `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
    for (const response of to) {
      if (response.writableLength > waitingBytesMax) response.destroy();
      else response.write(text);
    }
  }

  #remove(response: ServerResponse): void {
    this.#open.delete(response);
    if (this.#open.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
