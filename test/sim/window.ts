/** What a client may be said to have missed: records beyond what a key keeps, that showed anything. */
import type { InputRecord } from '../../link/index.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { recordBytes } from '../../worker/weights.ts';

/** Clocks may go so much too fast, and records be seen so much later than they were stamped. */
export const clockSlack = 0.7;

/**
 * Whether of these records, all that came since, some are gone that somebody was to see.
 * @param ageMs from the first to the last, by the world's clock
 */
export function isMissed(
  after: readonly InputRecord[],
  ageMs: number,
  limits: WorkerLimits,
): boolean {
  return isMoreThanKept(after, ageMs, limits) && after.some(isShown);
}

function isShown({ pushes, replies }: InputRecord): boolean {
  return pushes.length > 0 || replies.length > 0;
}

function isMoreThanKept(
  records: readonly InputRecord[],
  ageMs: number,
  limits: WorkerLimits,
): boolean {
  const { retentionEventsMax, retentionBytesMax, retentionMs } = limits;
  const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
  return (
    records.length > retentionEventsMax ||
    bytes > retentionBytesMax ||
    ageMs > retentionMs * clockSlack
  );
}
