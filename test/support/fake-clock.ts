/**
 * A clock that stands still until told otherwise. `run` lets promises settle between timers,
 * so that code which awaits and code which waits for timers may be mixed.
 */
import type { Cancel, Clock } from '../../base/index.ts';

export interface FakeClock extends Clock {
  /** Moves time, running what falls due in order; does not wait for promises. */
  advance(byMs: number): void;
  /** Lets promises settle, moves time timer by timer, and lets promises settle after each. */
  run(byMs: number): Promise<void>;
  /** Timers that are still set: none may be left behind. */
  readonly timers: number;
}

interface Timer {
  atMs: number;
  readonly periodMs: number | undefined;
  readonly task: () => void;
}

export function createFakeClock(startMs = 0): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();

  const set = (delayMs: number, periodMs: number | undefined, task: () => void): Cancel => {
    const timer = { atMs: nowMs + Math.max(0, delayMs), periodMs, task };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  /** Runs the earliest timer due by `limitMs`, the one set first among equals. */
  const runNext = (limitMs: number): boolean => {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs <= limitMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    if (next === undefined) return false;
    nowMs = next.atMs;
    timers.delete(next);
    if (next.periodMs !== undefined) {
      next.atMs += next.periodMs;
      timers.add(next);
    }
    next.task();
    return true;
  };

  return {
    nowMs: () => nowMs,
    wallMs: () => Date.UTC(2026, 0, 1) + nowMs,
    after: (delayMs, task) => set(delayMs, undefined, task),
    every: (periodMs, task) => set(periodMs, periodMs, task),
    advance(byMs) {
      const limitMs = nowMs + byMs;
      while (runNext(limitMs));
      nowMs = limitMs;
    },
    async run(byMs) {
      const limitMs = nowMs + byMs;
      do await settled();
      while (runNext(limitMs));
      nowMs = limitMs;
      await settled();
    },
    get timers() {
      return timers.size;
    },
  };
}

/** Resolves when no promise is left that could go on by itself. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
