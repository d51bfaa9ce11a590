/**
 * A snapshot on its way in: parts are kept aside and become the copy all at once when the last
 * one is there, so that a copy named in the table is never incomplete (rule S3).
 */
import type { CopyMessage, KeyImage, OutwardEntry } from '../link/index.ts';
import { type SlotLog, slotLogOf } from './slot-log.ts';

type SnapshotPart = Extract<CopyMessage, { type: 'SNAPSHOT' }>;

export interface Staging {
  nextPart: number;
  readonly keys: KeyImage[];
  readonly outbox: OutwardEntry[];
}

export function newStaging(): Staging {
  return { nextPart: 0, keys: [], outbox: [] };
}

/** Takes the next part. The finished log, 'more' to come, or 'broken' order. */
export function stagePart(staging: Staging, part: SnapshotPart): SlotLog | 'more' | 'broken' {
  if (part.part !== staging.nextPart) return 'broken';
  staging.nextPart += 1;
  staging.keys.push(...part.keys);
  staging.outbox.push(...part.outbox);
  if (!part.isLast) return 'more';
  const { epoch, length, lastTerm } = part;
  return slotLogOf({ epoch, length, lastTerm, keys: staging.keys, outbox: staging.outbox });
}
