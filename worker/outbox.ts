/**
 * Outward messages: published from the committed log in order, struck off when the bus confirmed
 * them, so at least once; after any loss of the channel everything unconfirmed goes out again,
 * oldest first (rules O1–O3). Consumers drop repeats by the message's id.
 */
import { append, nextRecordHead, takeStrikes } from './append.ts';
import { emit, type Own, type SlotState, type WorkerState } from './slot.ts';
import type { SlotLog } from './slot-log.ts';

export function publishCommitted(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  log: SlotLog,
): void {
  const { outbox } = own;
  if (outbox.cursor >= own.commit) return;
  for (const [idx, entry] of log.outbox) {
    if (idx < outbox.cursor) continue;
    if (idx >= own.commit) break;
    // Confirmed, only not struck off yet: need not go out again after a reset.
    if (outbox.confirmed.includes(idx)) continue;
    outbox.unconfirmed.set(idx, entry.outward.length);
    for (const [place, outward] of entry.outward.entries()) {
      const publication = ++state.nextPublication;
      state.publications.set(publication, { slot, idx });
      emit(state, { kind: 'publish', publication, id: `${entry.inputId}#${place}`, outward });
    }
  }
  outbox.cursor = own.commit;
}

/** The bus has it; the record is struck off once all its messages are there. */
export function takePublished(state: WorkerState, publication: number): void {
  const published = state.publications.get(publication);
  if (published === undefined) return;
  state.publications.delete(publication);
  const { slot, idx } = published;
  const outbox = slot.own?.outbox;
  const left = outbox?.unconfirmed.get(idx);
  if (outbox === undefined || left === undefined) return;
  if (left > 1) {
    outbox.unconfirmed.set(idx, left - 1);
    return;
  }
  outbox.unconfirmed.delete(idx);
  if (outbox.confirmed.length === 0) outbox.confirmedSinceMs = state.nowMs;
  outbox.confirmed.push(idx);
  state.unsettled.add(slot);
}

/** Rule O3: everything unconfirmed again, oldest first, before anything newer. */
export function resetPublications(state: WorkerState): void {
  state.publications.clear();
  for (const slot of state.slots) {
    const { own } = slot;
    if (own === undefined || own.outbox.unconfirmed.size === 0) continue;
    own.outbox.cursor = Math.min(own.outbox.cursor, ...own.outbox.unconfirmed.keys());
    own.outbox.unconfirmed.clear();
    state.toCommit.add(slot);
  }
}

/** Strikes that no input's record carried off in time, in a record of their own. */
export function strikeLate(state: WorkerState, slot: SlotState, own: Own): void {
  const { outbox } = own;
  if (outbox.confirmed.length === 0 || own.phase !== 'serving') return;
  state.unsettled.add(slot);
  if (state.nowMs - outbox.confirmedSinceMs < state.limits.strikeAfterMs) return;
  const head = nextRecordHead(slot, own);
  append(state, slot, own, { kind: 'strike', ...head, strikes: takeStrikes(own) });
}
