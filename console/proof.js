/**
 * Counts every event: publishes numbered ones to a key and checks each that comes back. Lost,
 * repeated and reordered events cannot hide, because each number is expected exactly once and in
 * its order. Nothing is counted as lost while it may still be on its way.
 */

const graceMs = 10_000;

export class Proof {
  #run = Math.random().toString(36).slice(2, 8);
  #startedAtMs = new Map();
  #confirmedAtMs = new Map();
  #seen = new Set();
  #highest = 0;
  sent = 0;
  repeated = 0;
  reordered = 0;
  slowestMs = 0;

  /** The next event's data. */
  next() {
    this.sent += 1;
    this.#startedAtMs.set(this.sent, performance.now());
    return { proof: this.#run, n: this.sent };
  }

  /** The publisher's confirmation came: from now on the event must arrive. */
  confirmed(n) {
    if (!this.#seen.has(n)) this.#confirmedAtMs.set(n, performance.now());
  }

  /** True when the event is one of this run. */
  received(data) {
    if (data?.proof !== this.#run) return false;
    if (this.#seen.has(data.n)) {
      this.repeated += 1;
      return true;
    }
    if (data.n < this.#highest) this.reordered += 1;
    this.#seen.add(data.n);
    this.#highest = Math.max(this.#highest, data.n);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - this.#startedAtMs.get(data.n));
    this.#startedAtMs.delete(data.n);
    this.#confirmedAtMs.delete(data.n);
    return true;
  }

  get arrived() {
    return this.#seen.size;
  }

  /** Confirmed longer ago than any move or crash may take, and not here. */
  get lost() {
    const now = performance.now();
    return [...this.#confirmedAtMs.values()].filter((at) => now - at > graceMs).length;
  }
}
