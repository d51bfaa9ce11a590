/**
 * The clocks of one simulated process. Its monotonic clock starts anywhere and goes a little too
 * fast or too slow; its wall clock is wrong by any amount, another one in each life.
 */
import type { Random } from '../../base/index.ts';
import type { Setting } from './mixes.ts';
import type { Schedule } from './schedule.ts';

/** So that a time of one process means nothing to another, whatever their rates. */
const apartMs = 10_007;

export class LocalClock {
  /** Wall time minus monotonic time, as a process finds it at its start. */
  readonly wallOffsetMs: number;
  readonly #schedule: Schedule;
  readonly #rate: number;
  readonly #startMs: number;

  constructor(
    schedule: Schedule,
    options: { readonly life: number; readonly rate: number; readonly wallErrorMs: number },
  ) {
    this.#schedule = schedule;
    this.#rate = options.rate;
    this.#startMs = options.life * apartMs;
    this.wallOffsetMs = options.wallErrorMs - this.#startMs;
  }

  nowMs(): number {
    return this.#startMs + Math.floor(this.#schedule.nowMs * this.#rate);
  }

  worldMsOf(localMs: number): number {
    return (localMs - this.#startMs) / this.#rate;
  }
}

export function clockOf(
  { clocks }: Setting,
  random: Random,
  schedule: Schedule,
  life: number,
): LocalClock {
  const { driftMax, wallErrorMaxMs } = clocks;
  const isRight = driftMax === 0 && wallErrorMaxMs === 0;
  const part = (): number => (isRight ? 0 : random.next() * 2 - 1);
  const rate = 1 + driftMax * part();
  const wallErrorMs = Math.floor(wallErrorMaxMs * part());
  return new LocalClock(schedule, { life, rate, wallErrorMs });
}
