/**
 * Keeps a flapping worker out of the ring for a while: each entry moves users, so a worker that
 * starts or loses its session again and again would move them for nothing. Counts within a
 * window; the wait doubles, is bounded and jittered. A supervisor that restarts workers within
 * one process hands the same guard to each life.
 */
import type { Random } from '../base/index.ts';
import type { ShellLimits } from './limits.ts';

export interface FlapGuard {
  /** A start, or a lost session. */
  flapped(nowMs: number): void;
  /** How long to stay out of the ring from now on; 0 = enter at once. */
  waitMs(nowMs: number): number;
}

export function createFlapGuard(
  limits: Pick<ShellLimits, 'flapsMax' | 'flapWindowMs' | 'flapWaitMs' | 'flapWaitMaxMs'>,
  random: Random,
): FlapGuard {
  const { flapsMax, flapWindowMs, flapWaitMs, flapWaitMaxMs } = limits;
  /** Past this many the wait is at its longest anyway. */
  const keptMax = flapsMax + 32;
  let flaps: number[] = [];
  return {
    flapped(nowMs) {
      flaps.push(nowMs);
      if (flaps.length > keptMax) flaps = flaps.slice(-keptMax);
    },
    waitMs(nowMs) {
      flaps = flaps.filter((atMs) => nowMs - atMs < flapWindowMs);
      const excess = flaps.length - flapsMax;
      if (excess <= 0) return 0;
      const ceilingMs = Math.min(flapWaitMaxMs, flapWaitMs * 2 ** (excess - 1));
      return ceilingMs * (0.5 + random.next() / 2);
    },
  };
}
