/**
 * The owner's side of keeping a second copy: a stream to it, opened by a probe, brought level by
 * the records it lacks or by a snapshot, then fed with what is appended (rules S1, C5).
 */
import type { BootId } from '../base/index.ts';
import type { CopyMessage, KeyImage, LogRecord } from '../link/index.ts';
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
  const { log } = slot;
  if (stream === undefined || log === undefined || stream.phase !== 'probing') return;
  stream.phase = 'feeding';
  const canContinue =
    message.epoch === log.epoch &&
    message.length <= log.length &&
    (termBefore(log, message.length) === message.lastTerm || state.plants.has('no-term-match')) &&
    recordsFrom(log, message.length) !== undefined;
  if (canContinue) stream.sent = message.length;
  else sendSnapshot(state, slot, from, stream, log);
  // Even with nothing to add: the copy's answer is what makes it synced (C5).
  sendAppend(state, slot, from, stream, recordsFrom(log, stream.sent) ?? []);
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
  own.streams.set(peer, { stream, connection, phase: 'probing', sent: 0, acked: 0, synced: false });
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
): void {
  const image = imageOfLog(log);
  const { copyBatchBytesMax } = state.limits;
  const term = slot.own?.term ?? 0;
  const parts = batches(image.keys, copyBatchBytesMax, keyBytes);
  const outboxParts = batches(image.outbox, copyBatchBytesMax, (entry) =>
    entry.outward.reduce((sum, out) => sum + 64 + out.data.length, 64),
  );
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
