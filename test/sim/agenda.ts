/**
 * What the faults still have to do, beside the world's schedule: it draws nothing, so a fault
 * more or less does not shift the chance of everything else.
 */
import type { Schedule } from './schedule.ts';

interface Entry {
  readonly atMs: number;
  readonly task: () => void;
}

export class Agenda {
  readonly #schedule: Schedule;
  readonly #entries: Entry[] = [];
  #isClosed = false;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** Behind all that is due at the same time; not from within a step of the world. */
  at(atMs: number, task: () => void): void {
    if (this.#isClosed) {
      this.#schedule.after(atMs - this.#schedule.nowMs, task);
      return;
    }
    const before = this.#entries.findLastIndex((entry) => entry.atMs <= atMs);
    this.#entries.splice(before + 1, 0, { atMs, task });
  }

  after(delayMs: number, task: () => void): void {
    this.at(this.#schedule.nowMs + delayMs, task);
  }

  /** Runs the world up to `untilMs`, and each entry after all that the world does at its time. */
  run(untilMs: number): void {
    for (;;) {
      const first = this.#entries[0];
      if (first === undefined || first.atMs > untilMs) break;
      this.#entries.shift();
      this.#schedule.run(first.atMs);
      first.task();
    }
    this.#schedule.run(untilMs);
  }

  /** What is left happens in the world's own schedule. */
  close(): void {
    this.#isClosed = true;
    for (const { atMs, task } of this.#entries.splice(0)) this.at(atMs, task);
  }
}
