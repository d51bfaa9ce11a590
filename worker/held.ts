/** Every change of a log that is held here goes through these, so that its weight is known. */
import type { LogRecord } from '../link/index.ts';
import type { SlotState, WorkerState } from './slot.ts';
import { ageTail, applyRecord, dropTail, type SlotLog } from './slot-log.ts';
import { weightOf } from './weights.ts';

/** Puts a log in place of the one that is held, or lets it go. */
export function holdLog(state: WorkerState, slot: SlotState, log: SlotLog | undefined): void {
  state.memory.heldBytes += weightOf(log) - weightOf(slot.log);
  slot.log = log;
}

export function applyHeld(state: WorkerState, log: SlotLog, record: LogRecord): void {
  const before = weightOf(log);
  applyRecord(log, record, state.limits);
  state.memory.heldBytes += weightOf(log) - before;
}

export function ageHeldTail(state: WorkerState, log: SlotLog): void {
  const before = weightOf(log);
  ageTail(log);
  state.memory.heldBytes += weightOf(log) - before;
}

export function dropHeldTail(state: WorkerState, log: SlotLog): void {
  const before = weightOf(log);
  dropTail(log);
  state.memory.heldBytes += weightOf(log) - before;
}
