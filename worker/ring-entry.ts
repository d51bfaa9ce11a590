/**
 * When this worker asks to be in the ring: at its first registration, later when it is flapping.
 * Keeping the node there is membership's business.
 */
import type { Cancel, Clock, Logger } from '../base/index.ts';
import type { FlapGuard } from './flaps.ts';

export interface RingEntryOptions {
  readonly flaps: FlapGuard;
  readonly clock: Clock;
  readonly logger: Logger;
  join(): void;
}

export class RingEntry {
  readonly #options: RingEntryOptions;
  #isAsked = false;
  #cancelWait: Cancel = () => undefined;

  constructor(options: RingEntryOptions) {
    this.#options = options;
  }

  /** The process started, or lost its session. */
  flapped(): void {
    this.#options.flaps.flapped(this.#options.clock.nowMs());
  }

  registered(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const { clock, flaps, logger, join } = this.#options;
    const waitMs = flaps.waitMs(clock.nowMs());
    if (waitMs === 0) {
      join();
      return;
    }
    logger.warn('worker.flapping', { waitMs: Math.round(waitMs) });
    this.#cancelWait = clock.after(waitMs, join);
  }

  /** Not to enter any more: the worker drains or ends. */
  cancel(): void {
    this.#isAsked = true;
    this.#cancelWait();
  }
}
