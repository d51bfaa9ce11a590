/**
 * Sessions and their positions (rules B6, P1–P6): one number per session and key, the next
 * record; frames cover the records that held nothing for a gateway.
 */
import type { KeyEpoch, Offset } from '../base/index.ts';
import type { InputRecord, SessionRef } from '../link/index.ts';
import { firstOffset, isRetained, type KeyLog, keyEpochOf, recordAt } from './key-log.ts';
import {
  type Attach,
  type Binding,
  emit,
  type Own,
  type SlotState,
  type Subscription,
  type WorkerState,
} from './slot.ts';
import type { SlotLog } from './slot-log.ts';

/** The key's records below this offset are committed. */
export function committedHead(own: Own, keyLog: KeyLog): Offset {
  return keyLog.nextOffset - (own.uncommittedOf.get(keyLog.key) ?? 0);
}

/** Attaches every waiting session whose key is committed. */
export function grantAttaches(state: WorkerState, slot: SlotState, own: Own, log: SlotLog): void {
  const waiting = [];
  for (const attach of own.attaches) {
    const binding = own.bindings.get(attach.gateway);
    if (binding?.binding !== attach.binding) continue;
    const keyLog = log.keys.get(attach.ref.key);
    if (attach.idx >= own.commit || keyLog === undefined) waiting.push(attach);
    else grant(state, slot, own, log, keyLog, binding, attach);
  }
  own.attaches = waiting;
}

function grant(
  state: WorkerState,
  slot: SlotState,
  own: Own,
  log: SlotLog,
  keyLog: KeyLog,
  binding: Binding,
  { ref, head: headThen }: Attach,
): void {
  const epoch = keyEpochOf(state.cluster, log.epoch, keyLog);
  const head = committedHead(own, keyLog);
  const reason = refusalOf(ref, epoch, keyLog, head);
  const isAsAsked = reason === '' && ref.epoch !== '';
  // In another epoch all that is kept is new to it: handled since the loss, while it was not here.
  const start = reason === 'epoch' ? firstOffset(keyLog) : Math.max(headThen, firstOffset(keyLog));
  const next = isAsAsked ? ref.next : start;
  const { session, connection } = ref;
  emit(state, {
    kind: 'send',
    peer: binding.gateway,
    message: {
      type: 'ATTACHED',
      slot: slot.slot,
      binding: binding.binding,
      session,
      connection,
      epoch,
      next,
      recovered: reason === '',
      reason,
    },
  });
  let subscription = binding.subscriptions.get(keyLog.key);
  if (subscription === undefined) {
    subscription = { key: keyLog.key, epoch, from: next, sessions: new Map() };
    binding.subscriptions.set(keyLog.key, subscription);
  }
  subscription.sessions.set(session, connection);
  // P3: a session below the stream's place takes the stream back.
  subscription.from = Math.min(subscription.from, next);
  for (let offset = Math.max(next, firstOffset(keyLog)); offset < head; offset += 1) {
    const record = recordAt(keyLog, offset);
    if (record !== undefined) show(state, slot, binding, subscription, record);
  }
}

/** Why a session cannot go on where it stood (rule B6); '' when it can, or is new. */
function refusalOf(ref: SessionRef, epoch: KeyEpoch, keyLog: KeyLog, head: Offset): string {
  if (ref.epoch === '') return '';
  if (ref.epoch !== epoch) return 'epoch';
  if (ref.next > head) return 'unknown';
  // At the head nothing has to be replayed, retained or not.
  return ref.next < head && !isRetained(keyLog, ref.session, ref.next) ? 'window' : '';
}

/** One record to one gateway, if it holds anything for it (rule P2). */
export function show(
  state: WorkerState,
  slot: SlotState,
  binding: Binding,
  subscription: Subscription,
  record: InputRecord,
): void {
  const replies = record.replies.filter((reply) => subscription.sessions.has(reply.session));
  if (record.pushes.length === 0 && replies.length === 0) return;
  emit(state, {
    kind: 'send',
    peer: binding.gateway,
    message: {
      type: 'FRAME',
      slot: slot.slot,
      binding: binding.binding,
      key: record.key,
      epoch: subscription.epoch,
      from: subscription.from,
      offset: record.offset,
      pushes: record.pushes,
      replies,
    },
  });
  subscription.from = record.offset + 1;
}
