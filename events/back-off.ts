/** Waits between attempts: exponential ceilings, each wait drawn from all of 0 to its ceiling. */
import type { Random } from '../base/index.ts';

export interface BackOffOptions {
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
}

/** Above this many doublings every ceiling is the highest one. */
const doublingsMax = 20;

export class BackOff {
  readonly #limits: BackOffOptions;
  readonly #random: Random;
  #failures = 0;

  constructor(limits: BackOffOptions, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Consecutive failures. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure; returns the wait before the next attempt, in ms. */
  next(): number {
    const { backOffMinMs, backOffMaxMs } = this.#limits;
    const doublings = Math.min(this.#failures, doublingsMax);
    this.#failures += 1;
    return this.#random.next() * Math.min(backOffMaxMs, backOffMinMs * 2 ** doublings);
  }

  reset(): void {
    this.#failures = 0;
  }
}
