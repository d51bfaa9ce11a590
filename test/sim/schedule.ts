/**
 * Virtual time: one priority queue ordered by (time, seeded tie, sequence). Nothing in the
 * simulated world happens outside of it, so a seed fixes everything.
 */
import type { Random } from '../../base/index.ts';

interface Entry {
  readonly atMs: number;
  readonly tie: number;
  readonly sequence: number;
  readonly task: () => void;
}

export class Schedule {
  nowMs = 0;
  steps = 0;
  readonly #random: Random;
  readonly #heap: Entry[] = [];
  #sequence = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  after(delayMs: number, task: () => void): void {
    this.#sequence += 1;
    const atMs = this.nowMs + Math.max(0, delayMs);
    this.#push({ atMs, tie: this.#random.int(64), sequence: this.#sequence, task });
  }

  /** Repeats until `isOver` says so; the first time after a random part of the period. */
  every(periodMs: number, task: () => void, isOver: () => boolean): void {
    const again = (): void => {
      if (isOver()) return;
      task();
      this.after(periodMs, again);
    };
    this.after(this.#random.int(periodMs + 1), again);
  }

  /** Runs everything up to `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > untilMs) break;
      this.#pop();
      this.nowMs = first.atMs;
      this.steps += 1;
      first.task();
    }
    this.nowMs = untilMs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      const right = down + 1;
      if (right < heap.length && isBefore(heap[right] as Entry, heap[down] as Entry)) down = right;
      if (!isBefore(heap[down] as Entry, last)) break;
      heap[at] = heap[down] as Entry;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.sequence < b.sequence;
}

/** A pipe that delays but never reorders: one direction of a connection. */
export class Lane<T> {
  readonly #schedule: Schedule;
  readonly #deliver: (item: T) => void;
  readonly #items: T[] = [];
  #lastAtMs = 0;
  #generation = 0;
  /** While true nothing comes out; what is due waits. */
  isStalled: () => boolean = () => false;

  constructor(schedule: Schedule, deliver: (item: T) => void) {
    this.#schedule = schedule;
    this.#deliver = deliver;
  }

  get length(): number {
    return this.#items.length;
  }

  push(delayMs: number, item: T): void {
    this.#items.push(item);
    const atMs = Math.max(this.#lastAtMs, this.#schedule.nowMs + delayMs);
    this.#lastAtMs = atMs;
    this.#scheduleOne(atMs - this.#schedule.nowMs);
  }

  /** Loses all that is in flight. */
  clear(): void {
    this.#generation += 1;
    this.#items.length = 0;
  }

  #scheduleOne(delayMs: number): void {
    const generation = this.#generation;
    this.#schedule.after(delayMs, () => {
      if (generation !== this.#generation) return;
      if (this.isStalled()) {
        this.#scheduleOne(5);
        return;
      }
      const item = this.#items.shift();
      if (item !== undefined) this.#deliver(item);
    });
  }
}
