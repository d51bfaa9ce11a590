/**
 * What a step costs: here, where sockets stay open and logs are copied, and in a system that
 * closes the sockets of everybody who moves. The model of a move is that of the workers
 * (docs/rules.md): of each slot two copies exist, owner and successor. A new owner that was the
 * successor has everything; another is copied to first. Then the slot is sealed and handed over,
 * `movesMax` at a time per worker; afterwards the second copy moves to the new successor.
 */

import { nobody } from '../circle.ts';
import { quoted, RingError } from '../error.ts';
import { slotCount } from '../hash.ts';
import type { Bill, WorkerStep } from './results.ts';
import type { Frame, Weighed } from './state.ts';
import type { BillRates } from './types.ts';

export const defaultRates: BillRates = Object.freeze({
  bytesPerUser: 4096,
  bytesPerSession: 256,
  movesMax: 64,
  copyBatchBytesMax: 262_144,
  drainTimeoutMs: 30_000,
  movePauseMs: 10,
  crashPauseMs: 500,
  copyBytesPerS: 50_000_000,
  acceptsPerS: 1_000,
  reconnectSpreadS: 5,
  handshakeCpuMs: 1.5,
  pacePerS: 1_000,
});

/** @throws RingError `ring.bad_option` unless every rate is above 0 (bytes: from 0 up). */
export function requireRates(given: Partial<BillRates> = {}): BillRates {
  const rates: Record<keyof BillRates, number> = { ...defaultRates };
  for (const name of Object.keys(defaultRates) as (keyof BillRates)[]) {
    const value = given[name] ?? defaultRates[name];
    const mayBeZero = name === 'bytesPerUser' || name === 'bytesPerSession';
    if (!(Number.isFinite(value) && (value > 0 || (mayBeZero && value === 0)))) {
      throw new RingError('ring.bad_option', `${name} ${quoted(value)} is not a number above 0`);
    }
    rates[name] = value;
  }
  return rates;
}

/** Bytes and slots of one step, by number in the cast. */
interface Work {
  readonly sentBefore: Float64Array;
  readonly takenBefore: Float64Array;
  readonly sentAfter: Float64Array;
  readonly takenAfter: Float64Array;
  readonly sealed: Float64Array;
  usedSlots: number;
  messages: number;
  usersLost: number;
}

export function billOf(of: {
  readonly before: Weighed;
  readonly after: Weighed;
  readonly frame: Frame;
  readonly workers: readonly WorkerStep[];
  readonly rates: BillRates;
}): Bill {
  const { workers, rates } = of;
  const work = workOf(of);
  const connections = workers.reduce((sum, worker) => sum + worker.in.connections, 0);
  const rounds = Array.from(work.sealed, (slots) => Math.ceil(slots / rates.movesMax));
  const secondsOf = (number: number): number =>
    Math.max(work.sentBefore[number] ?? 0, work.takenBefore[number] ?? 0) / rates.copyBytesPerS +
    ((rounds[number] ?? 0) * rates.movePauseMs) / 1000;
  const all = rounds.map((_, number) => number);
  const seconds = Math.max(0, ...all.map(secondsOf));
  const copying = all.map((n) => Math.max(work.sentAfter[n] ?? 0, work.takenAfter[n] ?? 0));
  const leavers = new Set(workers.filter(({ fate }) => fate === 'left').map(({ id }) => id));
  const drains = of.frame.cast.ids.map((id, number) => (leavers.has(id) ? secondsOf(number) : 0));
  const isCrash = workers.some(({ fate }) => fate === 'crashed');
  return {
    handover: {
      closed: 0,
      connections,
      usedSlots: work.usedSlots,
      bytesBefore: sumOf(work.sentBefore),
      bytesAfter: sumOf(work.sentAfter),
      messages: work.messages,
      rounds: Math.max(0, ...rounds),
      seconds,
      secondsToCopies: seconds + Math.max(0, ...copying) / rates.copyBytesPerS,
      pauseMs: connections === 0 ? 0 : isCrash ? rates.crashPauseMs : rates.movePauseMs,
      usersLost: work.usersLost,
      isDrainTooLong: Math.max(0, ...drains) * 1000 > rates.drainTimeoutMs,
      pacedSeconds: connections / rates.pacePerS,
    },
    reconnects: reconnectsOf(workers, connections, rates),
  };
}

function workOf(of: {
  readonly before: Weighed;
  readonly after: Weighed;
  readonly frame: Frame;
  readonly workers: readonly WorkerStep[];
  readonly rates: BillRates;
}): Work {
  const { before, after, frame, workers, rates } = of;
  const size = frame.cast.ids.length;
  const work: Work = {
    sentBefore: new Float64Array(size),
    takenBefore: new Float64Array(size),
    sentAfter: new Float64Array(size),
    takenAfter: new Float64Array(size),
    sealed: new Float64Array(size),
    usedSlots: 0,
    messages: 0,
    usersLost: 0,
  };
  const fates = new Map(workers.map(({ id, fate }) => [id, fate]));
  const fateOf = (number: number): string =>
    number === nobody ? 'crashed' : (fates.get(frame.cast.ids[number] ?? '') ?? 'left');
  const isLost = Array.from({ length: size }, (_, number) => fateOf(number) === 'crashed');
  const isGone = Array.from({ length: size }, (_, n) => isLost[n] === true || fateOf(n) === 'left');
  for (let slot = 0; slot < slotCount; slot += 1) {
    const users = frame.load.users[slot] ?? 0;
    if (users === 0) continue;
    const connections = frame.load.connections[slot] ?? 0;
    const bytes = users * rates.bytesPerUser + connections * rates.bytesPerSession;
    const messages = Math.ceil(bytes / rates.copyBatchBytesMax);
    const owner = before.instant.targets[slot] ?? nobody;
    const replica = before.instant.replicas[slot] ?? nobody;
    const heir = after.instant.targets[slot] ?? nobody;
    const second = after.instant.replicas[slot] ?? nobody;
    const isMoved = owner !== heir;
    if (isMoved) work.usedSlots += 1;
    if (isMoved && isLost[owner] !== true) add(work.sealed, owner, 1);
    // Who has everything once the slot is where it belongs, besides its owner.
    let other = isMoved ? owner : replica;
    if (isLost[owner] === true) {
      if (replica === nobody || isLost[replica] === true) {
        work.usersLost += users;
        continue;
      }
      other = replica;
    }
    if (isMoved && heir !== replica) {
      const sender = isLost[owner] === true ? replica : owner;
      add(work.sentBefore, sender, bytes);
      add(work.takenBefore, heir, bytes);
      work.messages += messages;
    }
    const isKept = second === other && isGone[other] !== true;
    if (second === nobody || isKept) continue;
    add(work.sentAfter, heir, bytes);
    add(work.takenAfter, second, bytes);
    work.messages += messages;
  }
  return work;
}

function reconnectsOf(
  workers: readonly WorkerStep[],
  connections: number,
  rates: BillRates,
): Bill['reconnects'] {
  let heaviest: WorkerStep | undefined;
  for (const worker of workers) {
    if (worker.in.connections > (heaviest?.in.connections ?? 0)) heaviest = worker;
  }
  const most = heaviest?.in.connections ?? 0;
  return {
    closed: connections,
    heirPerS: most / rates.reconnectSpreadS,
    heaviestHeir: heaviest?.id ?? '',
    seconds: most === 0 ? 0 : Math.max(rates.reconnectSpreadS, most / rates.acceptsPerS),
    cpuSeconds: (connections * rates.handshakeCpuMs) / 1000,
  };
}

function add(column: Float64Array, at: number, amount: number): void {
  column[at] = (column[at] ?? 0) + amount;
}

function sumOf(column: Float64Array): number {
  let sum = 0;
  for (const value of column) sum += value;
  return sum;
}
