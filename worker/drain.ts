/**
 * A drain: begun once, over once, when the worker is out of the ring and holds no log any more,
 * or when its time is up. The moves themselves are the core's.
 */
import type { Cancel, Clock, Logger } from '../base/index.ts';
import { createDeferred } from './deferred.ts';

/** `stopped`: the worker was closed or killed meanwhile. */
export type DrainEnd = 'empty' | 'timed_out' | 'stopped';

export interface DrainOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeoutMs: number;
  onEnd(end: DrainEnd): void;
}

export class Drain {
  readonly #options: DrainOptions;
  readonly #ended = createDeferred<DrainEnd>();
  #phase: 'none' | 'running' | 'over' = 'none';
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
