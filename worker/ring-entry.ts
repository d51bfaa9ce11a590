/**
 * When this worker asks to be in the ring: at its first registration, later when it is flapping.
 * A lost session that makes it flap takes the wish back until the wait is over. Keeping the node
 * there is membership's business.
 */
import type { Cancel, Clock, Logger } from '../base/index.ts';
import type { FlapGuard } from './flaps.ts';

export interface RingEntryOptions {
  readonly flaps: FlapGuard;
  readonly clock: Clock;
  readonly logger: Logger;
  join(): void;
  leave(): void;
}

export class RingEntry {
  readonly #options: RingEntryOptions;
  /** `asked`: membership keeps the node there by itself. */
  #phase: 'out' | 'asked' | 'over' = 'out';
  #cancelWait: Cancel = () => undefined;

  constructor(options: RingEntryOptions) {
    this.#options = options;
  }

  started(): void {
    this.#options.flaps.flapped(this.#options.clock.nowMs());
  }

  sessionLost(): void {
    const { clock, flaps, leave } = this.#options;
    flaps.flapped(clock.nowMs());
    if (this.#phase !== 'asked' || flaps.waitMs(clock.nowMs()) === 0) return;
    this.#phase = 'out';
    this.#cancelWait();
    leave();
  }

  registered(): void {
    if (this.#phase !== 'out') return;
    this.#phase = 'asked';
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
    this.#phase = 'over';
    this.#cancelWait();
  }
}
