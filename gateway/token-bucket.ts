/**
 * Rate limits. A bucket holds up to `burst` tokens and gains `perSecond` of them; an action
 * takes one or is refused. The clock's reading is a parameter: no timer runs.
 */

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Takes a token; false = the rate is exceeded. */
  take(nowMs: number): boolean {
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#rate.perSecond;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/**
 * A bucket per name (a client's network), for at most `namesMax` names. Beyond that the name
 * seen longest ago is forgotten: it starts again with a full bucket, so an attacker with very
 * many networks meets the total rate instead.
 */
export class NamedBuckets {
  readonly #rate: Rate;
  readonly #namesMax: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, namesMax: number) {
    this.#rate = rate;
    this.#namesMax = namesMax;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(name: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#rate, nowMs);
    // Deleted and set again: a Map keeps the order of insertion, so the first is the oldest.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.#namesMax) break;
      this.#buckets.delete(oldest);
    }
    return bucket.take(nowMs);
  }
}
