/**
 * A drain: begun once, over once, when the worker is out of the ring and holds no log any more,
 * when there has been nobody to take over for a while, or when its time is up. The moves
 * themselves are the core's.
 */
import type { Cancel, Clock, Logger } from '../base/index.ts';
import { createDeferred } from './deferred.ts';

/**
 * `alone`: no other worker wants slots, as when a whole cluster is stopped. `stopped`: the worker
 * was closed or killed meanwhile.
 */
export type DrainEnd = 'empty' | 'alone' | 'timed_out' | 'stopped';

export interface DrainOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly aloneMs: number;
  onEnd(end: DrainEnd): void;
}

/** What a drain waits for. */
export interface Remains {
  /** Nothing is owned or copied here, and the ring does not name this worker. */
  readonly isEmpty: boolean;
  /** Nobody is in the ring, and nothing waits to be published. */
  readonly isAlone: boolean;
}

export class Drain {
  readonly #options: DrainOptions;
  readonly #ended = createDeferred<DrainEnd>();
  #phase: 'none' | 'running' | 'over' = 'none';
  #aloneSinceMs: number | undefined;
  #cancelTimeout: Cancel = () => undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#phase === 'running';
  }

  get ended(): Promise<DrainEnd> {
    return this.#ended.promise;
  }

  begin(): void {
    if (this.#phase !== 'none') return;
    this.#phase = 'running';
    const { clock, logger, timeoutMs } = this.#options;
    logger.info('worker.draining', { timeoutMs });
    this.#cancelTimeout = clock.after(timeoutMs, () => this.end('timed_out'));
  }

  look({ isEmpty, isAlone }: Remains): void {
    if (!this.isRunning) return;
    if (isEmpty) return this.end('empty');
    const { clock, aloneMs } = this.#options;
    this.#aloneSinceMs = isAlone ? (this.#aloneSinceMs ?? clock.nowMs()) : undefined;
    if (this.#aloneSinceMs === undefined) return;
    if (clock.nowMs() - this.#aloneSinceMs >= aloneMs) this.end('alone');
  }

  end(end: DrainEnd): void {
    if (this.#phase === 'over') return;
    const wasRunning = this.#phase === 'running';
    this.#phase = 'over';
    this.#cancelTimeout();
    this.#ended.resolve(end);
    if (!wasRunning) return;
    this.#options.logger[end === 'empty' ? 'info' : 'warn']('worker.drained', { end });
    this.#options.onEnd(end);
  }
}
