/** What a client may be said to have missed: records beyond what a key keeps, that showed anything. */
import type { InputRecord } from '../../link/index.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { recordBytes } from '../../worker/weights.ts';

/** Whether of these records, all that came since, some are gone that somebody was to see. */
export function isMissed(after: readonly InputRecord[], limits: WorkerLimits): boolean {
  return isMoreThanKept(after, limits) && after.some(isShown);
}

function isShown({ pushes, replies }: InputRecord): boolean {
  return pushes.length > 0 || replies.length > 0;
}

function isMoreThanKept(records: readonly InputRecord[], limits: WorkerLimits): boolean {
  const { retentionEventsMax, retentionBytesMax, retentionMs } = limits;
  const ageMs = (records.at(-1)?.atMs ?? 0) - (records[0]?.atMs ?? 0);
  const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
  return records.length > retentionEventsMax || bytes > retentionBytesMax || ageMs > retentionMs;
}
