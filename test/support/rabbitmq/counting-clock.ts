/** The machine's clock, and how many timers are set on it. */
import { type Cancel, type Clock, systemClock } from '../../../base/index.ts';

export interface CountingClock extends Clock {
  readonly timers: number;
}

export function countingClock(): CountingClock {
  const timers = new Set<Cancel>();
  return {
    ...systemClock,
    get timers() {
      return timers.size;
    },
    after(delayMs, task) {
      const cancel = systemClock.after(delayMs, () => {
        timers.delete(cancel);
        task();
      });
      timers.add(cancel);
      return () => {
        timers.delete(cancel);
        cancel();
      };
    },
  };
}
