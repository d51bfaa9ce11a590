/**
 * The copy's side: it takes what fits its owner's stream, says how far it is once its own lease
 * allows that, and answers anything else with `FENCED` or `RESYNC`, never silence (S1–S4).
 */
import type { BootId, Term } from '../base/index.ts';
import type { CopyMessage } from '../link/index.ts';
import { applyHeld, holdLog } from './held.ts';
import { mayConfirm } from './lease.ts';
import { deposeByMessage } from './ownership.ts';
import { emit, note, type SlotState, type WorkerState } from './slot.ts';
import { fits } from './slot-log.ts';
import { newStaging, stagePart } from './staging.ts';

type Of<T extends CopyMessage['type']> = Extract<CopyMessage, { type: T }>;

export function takeProbe(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Of<'PROBE'>,
): void {
  if (refuses(state, slot, from, message.term)) return;
  const { term, stream } = message;
  slot.source = { from, term, stream, isOwed: false };
  slot.sourceTerm = Math.max(slot.sourceTerm, term);
  slot.staging = undefined;
  const { log } = slot;
  emit(state, {
    kind: 'send',
    peer: from,
    message: {
      type: 'PROBED',
      slot: slot.slot,
      term,
      stream,
      epoch: log?.epoch ?? 0,
      length: log?.length ?? 0,
      lastTerm: log?.lastTerm ?? 0,
    },
  });
}

export function takeAppend(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Of<'APPEND'>,
): void {
  if (refuses(state, slot, from, message.term)) return;
  const { log } = slot;
  const isNext = log?.length === message.from && slot.staging === undefined;
  if (log === undefined || !isNext || !isFedBy(slot, from, message)) {
    return resync(state, slot, from, message);
  }
  for (const record of message.records) {
    if (!fits(log, record)) return resync(state, slot, from, message);
    applyHeld(state, log, record);
  }
  owe(state, slot);
}

export function takeSnapshot(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Of<'SNAPSHOT'>,
): void {
  if (refuses(state, slot, from, message.term)) return;
  if (!isFedBy(slot, from, message)) return resync(state, slot, from, message);
  if (message.part === 0) slot.staging = newStaging();
  const staged = slot.staging === undefined ? 'broken' : stagePart(slot.staging, message);
  if (staged === 'broken') return resync(state, slot, from, message);
  if (staged === 'more') return;
  slot.staging = undefined;
  holdLog(state, slot, staged);
  slot.highestEpoch = Math.max(slot.highestEpoch, staged.epoch);
  owe(state, slot);
}

/** Confirms what is stored, or keeps it back while the lease is out (rule S4). */
export function confirmStored(state: WorkerState, slot: SlotState): void {
  const { source, log } = slot;
  if (source === undefined || log === undefined || !source.isOwed) return;
  if (!mayConfirm(state, source.from)) {
    state.stalled.add(slot);
    return;
  }
  source.isOwed = false;
  emit(state, {
    kind: 'send',
    peer: source.from,
    message: {
      type: 'APPENDED',
      slot: slot.slot,
      term: source.term,
      stream: source.stream,
      length: log.length,
    },
  });
}

/** A lower term, or a term that I own, is answered `FENCED`; never silence (rule S2). */
function refuses(state: WorkerState, slot: SlotState, from: BootId, term: Term): boolean {
  if (term < slot.known || (slot.own !== undefined && term <= slot.own.term)) {
    const known = Math.max(slot.known, slot.own?.term ?? 0);
    emit(state, {
      kind: 'send',
      peer: from,
      message: { type: 'FENCED', slot: slot.slot, term: known },
    });
    return true;
  }
  if (term > slot.known) deposeByMessage(state, slot, term);
  return false;
}

function isFedBy(
  slot: SlotState,
  from: BootId,
  message: { readonly term: Term; readonly stream: number },
): boolean {
  const { source } = slot;
  return source?.from === from && source.stream === message.stream && source.term === message.term;
}

function resync(
  state: WorkerState,
  slot: SlotState,
  peer: BootId,
  { term, stream }: { readonly term: Term; readonly stream: number },
): void {
  note(state, 'copy.resync', slot, { peer });
  emit(state, { kind: 'send', peer, message: { type: 'RESYNC', slot: slot.slot, term, stream } });
}

function owe(state: WorkerState, slot: SlotState): void {
  if (slot.source === undefined) return;
  slot.source.isOwed = true;
  state.toConfirm.add(slot);
}
