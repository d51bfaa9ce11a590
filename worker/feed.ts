/**
 * The owner's side of keeping a second copy: a stream to it, opened by a probe, brought level by
 * the records it lacks or by a snapshot, then fed with what is appended (rules S1, C5).
 */
import type { BootId } from '../base/index.ts';
import type { CopyMessage, KeyImage, LogRecord, OutwardEntry } from '../link/index.ts';
import {
  answeredCatchUp,
  type CatchUps,
  forgetEnded,
  nextTurn,
  sentToCatchUp,
  waitForTurn,
} from './catch-up.ts';
import { emit, type SlotState, type Stream, type WorkerState } from './slot.ts';
import { imageOfLog, recordsFrom, type SlotLog, sizeOf, termBefore } from './slot-log.ts';

type Of<T extends CopyMessage['type']> = Extract<CopyMessage, { type: T }>;

/** Opens a stream unless one is open on the peer's present connection (rule S1). */
export function openStream(state: WorkerState, slot: SlotState, peer: BootId): void {
  const { own, log } = slot;
  const connection = state.peers.get(peer)?.connection;
  if (own === undefined || log === undefined || connection === undefined) return;
  if (own.streams.get(peer)?.connection === connection) return;
  if (state.streamStartsLeft === 0) {
    state.unsettled.add(slot);
    return;
  }
  state.streamStartsLeft -= 1;
  startStream(state, slot, peer, connection);
}

export function takeProbed(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Of<'PROBED'>,
): void {
  const stream = currentStream(slot, from, message.stream);
  const catchUps = state.peers.get(from)?.catchUps;
  if (stream === undefined || catchUps === undefined || stream.phase !== 'probing') return;
  const { epoch, length, lastTerm } = message;
  stream.probed = { epoch, length, lastTerm };
  waitForTurn(catchUps, slot, stream);
  feedWaiting(state, from, catchUps);
}

/** At a tick, for turns that no answer brings on. */
export function feedAllWaiting(state: WorkerState): void {
  for (const [peer, { catchUps }] of state.peers) {
    if (catchUps.underWay.size === 0 && catchUps.waiting.size === 0) continue;
    forgetEnded(peer, catchUps);
    feedWaiting(state, peer, catchUps);
  }
}

function feedWaiting(state: WorkerState, peer: BootId, catchUps: CatchUps): void {
  for (;;) {
    const turn = nextTurn(state, peer, catchUps);
    if (turn === undefined) return;
    sentToCatchUp(
      catchUps,
      turn.slot,
      turn.stream,
      startFeeding(state, turn.slot, peer, turn.stream),
    );
  }
}

/** @returns bytes sent */
function startFeeding(state: WorkerState, slot: SlotState, peer: BootId, stream: Stream): number {
  const { log } = slot;
  const { probed } = stream;
  if (log === undefined || probed === undefined) return 0;
  stream.phase = 'feeding';
  const canContinue =
    probed.epoch === log.epoch &&
    probed.length <= log.length &&
    (termBefore(log, probed.length) === probed.lastTerm || state.plants.has('no-term-match')) &&
    recordsFrom(log, probed.length) !== undefined;
  let bytes = 0;
  if (canContinue) stream.sent = probed.length;
  else bytes = sendSnapshot(state, slot, peer, stream, log);
  // Even with nothing to add: the copy's answer is what makes it synced (C5).
  const records = recordsFrom(log, stream.sent) ?? [];
  sendAppend(state, slot, peer, stream, records);
  return records.reduce((sum, record) => sum + sizeOf(record), bytes);
}

/** @returns whether the message counted. */
export function takeAppended(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Of<'APPENDED'>,
): boolean {
  const stream = currentStream(slot, from, message.stream);
  if (stream === undefined || stream.phase !== 'feeding' || message.length > stream.sent) {
    return false;
  }
  stream.acked = Math.max(stream.acked, message.length);
  stream.synced = true;
  const catchUps = state.peers.get(from)?.catchUps;
  if (catchUps?.underWay.has(message.stream) === true) {
    answeredCatchUp(catchUps, message.stream);
    feedWaiting(state, from, catchUps);
  }
  state.toCommit.add(slot);
  return true;
}

export function takeResync(
  state: WorkerState,
  slot: SlotState,
  from: BootId,
  message: Of<'RESYNC'>,
): void {
  const stream = currentStream(slot, from, message.stream);
  if (stream !== undefined) startStream(state, slot, from, stream.connection);
}

/** Sends every feeding copy what it lacks; called once at the end of a step. */
export function flushAppends(state: WorkerState, slot: SlotState): void {
  const { own, log } = slot;
  if (own === undefined || log === undefined) return;
  for (const [peer, stream] of own.streams) {
    if (stream.phase !== 'feeding' || stream.sent === log.length) continue;
    const records = recordsFrom(log, stream.sent);
    if (records === undefined) startStream(state, slot, peer, stream.connection);
    else sendAppend(state, slot, peer, stream, records);
  }
}

function startStream(state: WorkerState, slot: SlotState, peer: BootId, connection: number): void {
  const { own, log } = slot;
  if (own === undefined || log === undefined) return;
  const stream = ++state.nextStream;
  own.streams.set(peer, {
    stream,
    connection,
    phase: 'probing',
    probed: undefined,
    sent: 0,
    acked: 0,
    synced: false,
  });
  const { term } = own;
  const { epoch } = log;
  emit(state, {
    kind: 'send',
    peer,
    message: { type: 'PROBE', slot: slot.slot, term, stream, epoch },
  });
}

function currentStream(slot: SlotState, from: BootId, number: number): Stream | undefined {
  const stream = slot.own?.streams.get(from);
  return stream?.stream === number ? stream : undefined;
}

function sendAppend(
  state: WorkerState,
  slot: SlotState,
  peer: BootId,
  stream: Stream,
  records: readonly LogRecord[],
): void {
  const term = slot.own?.term ?? 0;
  let from = stream.sent;
  for (const batch of batches(records, state.limits.copyBatchBytesMax, sizeOf)) {
    emit(state, {
      kind: 'send',
      peer,
      message: {
        type: 'APPEND',
        slot: slot.slot,
        term,
        stream: stream.stream,
        from,
        records: batch,
      },
    });
    from += batch.length;
  }
  stream.sent = from;
}

function sendSnapshot(
  state: WorkerState,
  slot: SlotState,
  peer: BootId,
  stream: Stream,
  log: SlotLog,
): number {
  const image = imageOfLog(log);
  const { copyBatchBytesMax } = state.limits;
  const term = slot.own?.term ?? 0;
  const parts = batches(image.keys, copyBatchBytesMax, keyBytes);
  const outboxParts = batches(image.outbox, copyBatchBytesMax, outboxBytes);
  const count = Math.max(parts.length, outboxParts.length);
  for (let part = 0; part < count; part += 1) {
    emit(state, {
      kind: 'send',
      peer,
      message: {
        type: 'SNAPSHOT',
        slot: slot.slot,
        term,
        stream: stream.stream,
        epoch: image.epoch,
        part,
        isLast: part === count - 1,
        length: image.length,
        lastTerm: image.lastTerm,
        keys: parts[part] ?? [],
        outbox: outboxParts[part] ?? [],
      },
    });
  }
  stream.sent = log.length;
  return [...parts.flat().map(keyBytes), ...outboxParts.flat().map(outboxBytes)].reduce(
    (sum, bytes) => sum + bytes,
    0,
  );
}

function outboxBytes({ outward }: OutwardEntry): number {
  return outward.reduce((sum, out) => sum + 64 + out.data.length, 64);
}

function keyBytes(image: KeyImage): number {
  let bytes = 64 + image.key.length + (image.state?.length ?? 0);
  for (const record of image.records) bytes += sizeOf(record);
  for (const { id } of image.ids) bytes += 16 + id.length;
  for (const { session } of image.handled) bytes += 24 + session.length;
  for (const { session } of image.lostReplies) bytes += 16 + session.length;
  for (const { session, gateway, user } of image.presence) {
    bytes += 32 + session.length + gateway.length + user.length;
  }
  return bytes;
}

/** At least one batch, possibly empty. */
function batches<T>(
  items: readonly T[],
  batchBytesMax: number,
  bytesOf: (item: T) => number,
): T[][] {
  const all: T[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    const last = all[all.length - 1];
    if (last !== undefined && (last.length === 0 || bytes + size <= batchBytesMax)) {
      last.push(item);
      bytes += size;
    } else {
      all.push([item]);
      bytes = size;
    }
  }
  return all;
}
