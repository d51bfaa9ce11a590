/** What `ringway status` and tests may know of a worker. */
import type { BootId, Slot } from '../base/index.ts';
import type { SlotReport } from './core-types.ts';
import type { MemoryReport } from './memory.ts';

export type ShellPhase = 'idle' | 'joining' | 'serving' | 'draining' | 'over';

/** As readiness sees it: over is draining's end. */
export function readinessPhase(phase: ShellPhase): 'starting' | 'serving' | 'draining' {
  if (phase === 'serving') return phase;
  return phase === 'idle' || phase === 'joining' ? 'starting' : 'draining';
}

export interface WorkerStatus {
  readonly id: string;
  readonly phase: ShellPhase;
  /** undefined before the first registration. */
  readonly boot: BootId | undefined;
  readonly cluster: string | undefined;
  /** Link address; undefined before it listens. */
  readonly address: string | undefined;
  readonly isInRing: boolean;
  readonly slots: SlotCounts;
  readonly memory: MemoryReport;
  readonly links: { readonly worker: number; readonly gateway: number };
  /** Handlers under way. */
  readonly runs: number;
  readonly publisher: { readonly isUp: boolean; readonly pending: number };
}

export interface SlotCounts {
  readonly owner: number;
  readonly copy: number;
  /** Of the owned ones: those with a log, which need a second copy. */
  readonly used: number;
  /** Of the used ones: those without a second copy, whose users a crash would lose. */
  readonly single: number;
  /** Of the owned ones: those that are being moved away. */
  readonly sealed: number;
  /** Keys with a log in the owned ones: users, rooms. */
  readonly keys: number;
  /** Sessions attached in the owned ones: one for each key of a connection. */
  readonly sessions: number;
  /** Estimated memory of the logs of the owned ones, and of the copies. */
  readonly ownedBytes: number;
  readonly copiedBytes: number;
}

export function countSlots(slotCount: number, report: (slot: Slot) => SlotReport): SlotCounts {
  let owner = 0;
  let copy = 0;
  let used = 0;
  let single = 0;
  let sealed = 0;
  let keys = 0;
  let sessions = 0;
  let ownedBytes = 0;
  let copiedBytes = 0;
  for (let slot = 0; slot < slotCount; slot += 1) {
    const { role, phase, epoch, isSingle, ...held } = report(slot);
    if (role === 'owner') owner += 1;
    if (role === 'owner' && epoch > 0) used += 1;
    if (isSingle) single += 1;
    if (role === 'owner') keys += held.keys;
    if (role === 'copy') copy += 1;
    if (role === 'owner') ownedBytes += held.bytes;
    else copiedBytes += held.bytes;
    sessions += held.sessions;
    if (phase === 'sealing' || phase === 'sealed') sealed += 1;
  }
  return { owner, copy, used, single, sealed, keys, sessions, ownedBytes, copiedBytes };
}
