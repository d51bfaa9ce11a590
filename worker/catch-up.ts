/**
 * How much may be under way at once to make a peer's copies level: snapshots and missing records
 * that it has not answered are bounded in bytes for each peer, and further slots take turns. So a
 * newcomer gets one copy after another instead of all of them into the buffer of one connection,
 * which would end it (`sendBytesMax`). What is appended later is not held back here: nothing of
 * it is acknowledged before the copies have it, so gateways hold back what they send.
 */
import type { BootId } from '../base/index.ts';
import type { SlotState, Stream, WorkerState } from './slot.ts';

/** Of one peer, by stream. */
export interface CatchUps {
  /** Sum of what is under way. */
  bytes: number;
  readonly underWay: Map<number, { readonly slot: SlotState; readonly bytes: number }>;
  /** Probed, and not sent anything yet, in the order of their turn. */
  readonly waiting: Map<number, SlotState>;
}

export function newCatchUps(): CatchUps {
  return { bytes: 0, underWay: new Map(), waiting: new Map() };
}

export function waitForTurn(catchUps: CatchUps, slot: SlotState, stream: Stream): void {
  stream.phase = 'waiting';
  catchUps.waiting.set(stream.stream, slot);
}

/** The next slot whose turn it is; undefined = none waits, or enough is under way. */
export function nextTurn(state: WorkerState, peer: BootId, catchUps: CatchUps): Turn | undefined {
  for (const [number, slot] of catchUps.waiting) {
    if (catchUps.bytes >= state.limits.copyBytesInFlightMax) return undefined;
    catchUps.waiting.delete(number);
    const stream = slot.own?.streams.get(peer);
    if (stream?.stream === number && stream.phase === 'waiting') return { slot, stream };
  }
  return undefined;
}

interface Turn {
  readonly slot: SlotState;
  readonly stream: Stream;
}

export function sentToCatchUp(
  catchUps: CatchUps,
  slot: SlotState,
  { stream }: Stream,
  bytes: number,
): void {
  catchUps.underWay.set(stream, { slot, bytes });
  catchUps.bytes += bytes;
}

/** Its answer: the stream is level, or was. */
export function answeredCatchUp(catchUps: CatchUps, stream: number): void {
  catchUps.bytes -= catchUps.underWay.get(stream)?.bytes ?? 0;
  catchUps.underWay.delete(stream);
}

/** Streams that are no more will not be answered. */
export function forgetEnded(peer: BootId, catchUps: CatchUps): void {
  for (const [number, { slot }] of catchUps.underWay) {
    if (slot.own?.streams.get(peer)?.stream !== number) answeredCatchUp(catchUps, number);
  }
}
