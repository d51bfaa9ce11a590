/** The machine's clock: the one file that may touch `Date`, `performance` and timers. */
import type { Cancel, Clock } from './clock.ts';

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task): Cancel {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, task): Cancel {
    const timer = setInterval(task, periodMs);
    return () => clearInterval(timer);
  },
};
