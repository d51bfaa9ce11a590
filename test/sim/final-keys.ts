/**
 * What a key's whole history, trimmed and forgotten records included, must say at the end: each
 * input once, publishers and sessions in order, states counted through, outward messages out.
 * A key that was forgotten while idle begins anew: its next life knows no ids and no state.
 */
import type { InputRecord } from '../../link/index.ts';
import { countOf, textOf } from './application.ts';
import type { Generation } from './archive.ts';
import { clockSlack } from './window.ts';
import type { World } from './world.ts';

export function checkKey(world: World, key: string, lives: readonly Generation[]): void {
  const records = lives.flatMap((life) => life.records);
  const hasLoss = world.ledger.losses.has(world.slotOfKey(key));
  world.ledger.stats.recordsInFinalLogs += records.length;
  for (const life of lives) {
    checkIds(world, key, life.records);
    checkState(world, key, life.records);
  }
  checkPublisherOrder(world, key, lives, hasLoss);
  checkMessages(world, key, lives, hasLoss);
  checkOutward(world, key, records, hasLoss);
}

function checkIds(world: World, key: string, records: readonly InputRecord[]): void {
  const seen = new Set<string>();
  for (const [at, record] of records.entries()) {
    const { inputId, offset } = record;
    world.ledger.expect('record.one-per-input', !seen.has(inputId), () => `${key}: ${inputId}`);
    world.ledger.expect('record.offsets', offset === at, () => `${key}: ${offset} at ${at}`);
    seen.add(inputId);
    // An owner's guess that a session is gone, and its opening, take each other back (rule B8).
    if (inputId.startsWith('g/')) seen.delete(`o${inputId.slice(1)}`);
    if (inputId.startsWith('o/')) seen.delete(`g${inputId.slice(1)}`);
  }
}

/** The handler counts its inputs: a lost, repeated or outdated state shows. */
function checkState(world: World, key: string, records: readonly InputRecord[]): void {
  let count = 0;
  for (const record of records) {
    if (record.state === undefined) continue;
    count += 1;
    world.ledger.expect(
      'state.counts-records',
      countOf(record.state) === count,
      () =>
        `${key}.${record.offset}: state ${textOf(record.state ?? new Uint8Array())}, not ${count}`,
    );
  }
}

function checkPublisherOrder(
  world: World,
  key: string,
  lives: readonly Generation[],
  hasLoss: boolean,
): void {
  // Ids of a lost log are gone: an event may come again, late (section 2 of the design).
  if (hasLoss) return;
  const last = new Map<string, number>();
  // Refused while older ones waited for a stuck handler (rule H7): their turn counts as had.
  const refused = new Set(
    lives.flatMap(({ records }) =>
      records.filter(isRefused).map(({ inputId }) => streamOf(inputId)),
    ),
  );
  // For want of memory, without a record (rule G4): they may come again, and then be taken.
  const unborn = world.ledger.refusedEvents;
  for (const inputId of unborn) refused.add(streamOf(inputId));
  const skipRefused = (stream: string): void => {
    for (let next = (last.get(stream) ?? 0) + 1; refused.has(`${stream}/${next}`); next += 1) {
      last.set(stream, next);
    }
  };
  for (const [at, { records }] of lives.entries()) {
    const earlier = new Map(last);
    const isForgotten = isIdleBefore(world, lives, at);
    for (const record of records) {
      const { inputId } = record;
      if (isRefused(record) || unborn.has(inputId)) continue;
      const match = /(p\d+\/[^/]+)\/(\d+)$/.exec(inputId);
      if (match === null) continue;
      const [, stream = '', text = ''] = match;
      const number = Number(text);
      skipRefused(stream);
      const before = last.get(stream) ?? 0;
      // Published or delivered again after longer than the retention: its id was forgotten. Two
      // gateways may do so at once, and what nobody knows to be repeats is in nobody's order.
      const isAgain = isForgotten && number <= (earlier.get(stream) ?? 0);
      last.set(stream, Math.max(before, number));
      world.ledger.expect(
        'events.publisher-order',
        isAgain || number === before + 1,
        () => `${key}: ${inputId} after ${before}`,
      );
    }
  }
  for (const [stream, count] of world.published) {
    if (!stream.endsWith(`/${key}`)) continue;
    skipRefused(stream);
    world.ledger.expect(
      'events.none-missing',
      last.get(stream) === count,
      () => `${stream} ends before ${count}`,
    );
  }
}

/**
 * Whether the key was left alone before this life for so long that it might be forgotten: for the
 * retention time, or as long as it may not have to make room (rule G2a).
 */
function isIdleBefore(world: World, lives: readonly Generation[], at: number): boolean {
  const { retentionMs, gatewayGoneMs } = world.parts.workerLimits;
  const hasRoom = world.setting.limits.memoryBytesMax === undefined;
  const idleMs = hasRoom ? retentionMs : Math.min(retentionMs, gatewayGoneMs);
  const endedAtMs = lives[at - 1]?.seenAtMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  const begunAtMs = lives[at]?.seenAtMs[0] ?? Number.POSITIVE_INFINITY;
  return begunAtMs - endedAtMs >= idleMs * clockSlack;
}

/** Recorded as failed without a run, because its key was stuck. */
export function isRefused({ failure }: InputRecord): boolean {
  return failure.startsWith('stuck');
}

/** `<stream>/<number>` of an event's id. */
function streamOf(inputId: string): string {
  return /(p\d+\/[^/]+\/\d+)$/.exec(inputId)?.[1] ?? '';
}

function checkMessages(
  world: World,
  key: string,
  lives: readonly Generation[],
  hasLoss: boolean,
): void {
  // Volatile messages are in the log only when their handler failed for good.
  const isGapFine = hasLoss || world.setting.application.handled.volatile;
  const highest = new Map<string, number>();
  for (const { records } of lives) {
    // What was handled before the key was forgotten may come once more, or not.
    const last = new Map<string, number>();
    for (const { handled } of records) {
      if (handled === undefined) continue;
      const { session, n } = handled;
      const before = last.get(session) ?? 0;
      const handledTo = highest.get(session) ?? 0;
      last.set(session, n);
      highest.set(session, Math.max(n, handledTo));
      world.ledger.expect(
        'messages.contiguous',
        n > before && (isGapFine || n <= handledTo + 1),
        () => `${key}: ${session} ${n} after ${before}, handled to ${handledTo}`,
      );
    }
  }
}

/** First publications come in the order of the log; after a loss only none may be missing. */
function checkOutward(
  world: World,
  key: string,
  records: readonly InputRecord[],
  hasLoss: boolean,
): void {
  const { out } = world.parts;
  // By id: what failed before a loss, or before the key was forgotten, may go well after it.
  const published = [...out.first]
    .filter(([, outward]) => outward.to === 'out' && outward.topic.endsWith(`.${key}`))
    .map(([id]) => id);
  const logged = new Set(
    records.flatMap(({ inputId, outward }) =>
      outward.flatMap(({ to }, place) => (to === 'out' ? `${key}|${inputId}#${place}` : [])),
    ),
  );
  if (hasLoss) {
    // What was sent to another key before the loss may be undelivered after it, under the same id.
    const missing = [...logged].find((one) => !out.first.has(one));
    world.ledger.expect('outward.none-missing', missing === undefined, () => `${key}: ${missing}`);
    return;
  }
  const expected = [...logged];
  for (let at = 0; at < Math.max(expected.length, published.length); at += 1) {
    world.ledger.expect(
      'outward.order',
      expected[at] === published[at],
      () => `${key}, ${at}: log has ${expected[at]}, published was ${published[at]}`,
    );
  }
}
