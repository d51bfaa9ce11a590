/** How well a process is in touch with the coordinator, and what that means for readiness. Pure. */
import type { Reason } from '../base/index.ts';
import type { SessionEvent } from './coordinator.ts';

export interface Contact {
  /** The last that was heard of the session; `none` before the first contact. */
  readonly session: 'none' | SessionEvent;
  readonly isRegistered: boolean;
  /** When the newest confirmation was asked for (rule L1); undefined before the first. */
  readonly confirmedAtMs: number | undefined;
  /** Code and words of a refusal that an operator must mend; undefined after the next success of its kind. */
  readonly refusal: string | undefined;
}

/**
 * Undefined while all is well. A session that says nothing is not trusted on its word: what
 * counts is the newest confirmation, as it does for the lease.
 */
export function contactTrouble(
  { session, isRegistered, confirmedAtMs, refusal }: Contact,
  nowMs: number,
  leaseMs: number,
): Reason | undefined {
  if (refusal !== undefined) {
    return { code: 'coordinator.refused', message: `ZooKeeper refuses this process: ${refusal}` };
  }
  if (session === 'none') {
    return { code: 'coordinator.unavailable', message: 'ZooKeeper was not reached yet' };
  }
  if (session === 'suspended') {
    return { code: 'coordinator.unavailable', message: 'no contact to ZooKeeper' };
  }
  if (session === 'lost' || !isRegistered) {
    return { code: 'coordinator.unregistered', message: 'not registered at ZooKeeper' };
  }
  if (confirmedAtMs === undefined || nowMs - confirmedAtMs <= leaseMs) return undefined;
  const ageMs = Math.round(nowMs - confirmedAtMs);
  const message = `ZooKeeper confirmed nothing for ${ageMs} ms (lease ${leaseMs} ms)`;
  return { code: 'coordinator.unavailable', message };
}
