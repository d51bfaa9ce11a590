/** What a client may be said to have missed: records beyond what a key keeps, that showed anything. */
import type { InputRecord } from '../../link/index.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { recordBytes } from '../../worker/weights.ts';
import type { Generation } from './archive.ts';

/** Clocks may go so much too fast, and records be seen so much later than they were stamped. */
export const clockSlack = 0.7;

/** Whether of the records from `asked` on some are gone that somebody was to see. */
export function isMissed(
  { records, seenAtMs, trimmed }: Generation,
  asked: number,
  limits: WorkerLimits,
): boolean {
  // For want of memory (rule G2b).
  if (records.slice(asked, trimmed).some(isShown)) return true;
  const after = records.slice(asked);
  const ageMs = (seenAtMs.at(-1) ?? 0) - (seenAtMs[asked] ?? 0);
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
