/**
 * Workers take turns at what can wait: copies and owners that only the ring would have elsewhere.
 * There is one table, and of several changes at once all but one fail and are made again; while
 * slots are sealed their users wait for that. Everybody counts from the last change of the ring
 * as it saw it, so turns are roughly apart, which is all they have to be.
 */
import type { WorkerState } from './slot.ts';

/** What is begun late in a turn would end in the next one's. */
const startableShare = 0.5;

/** A worker on its way out is alone with its moves, and needs no turn. */
export function isMyTurn({ view, me, limits, nowMs, ringChangedAtMs }: WorkerState): boolean {
  const { moveTurnMs } = limits;
  if (view === undefined || view.ring.size < 2 || moveTurnMs === 0) return true;
  let rank = 0;
  let isMember = false;
  for (const { boot } of view.ring.values()) {
    if (boot === me) isMember = true;
    else if (boot < me) rank += 1;
  }
  if (!isMember) return true;
  const turns = (nowMs - ringChangedAtMs) / moveTurnMs;
  return Math.floor(turns) % view.ring.size === rank && turns % 1 < startableShare;
}
