/** The invariants of a settled world: final logs against all that was promised on the way. */
import type { InputRecord } from '../../link/index.ts';
import { countOf, textOf } from './application.ts';
import type { Client } from './client.ts';
import type { KeyLogSeen } from './cores.ts';
import { expectedItems, finalKeyLog } from './settled.ts';
import type { World } from './world.ts';

/** @throws Violation */
export function checkFinal(world: World): void {
  for (let slot = 0; slot < world.slotCount; slot += 1) checkCopies(world, slot);
  for (const client of world.clients) checkSequence(world, client);
  for (const key of world.keys) checkKey(world, key);
  checkAcknowledged(world);
  for (const worker of world.livingWorkers()) worker.core.checkInvariants();
  for (const gateway of world.livingGateways()) gateway.core.checkInvariants();
}

/** All copies that the table names hold the same records. */
function checkCopies(world: World, slot: number): void {
  const { ledger } = world;
  if (!ledger.losses.has(slot)) ledger.stats.slotsWithoutLoss += 1;
  const [first, ...others] = world.entryOf(slot).copies.map((boot) => {
    const keys = world.workerOf(boot)?.core.logOf(slot)?.keys ?? new Map<string, KeyLogSeen>();
    return [...keys.values()].map(printed).sort().join('\n');
  });
  for (const other of others) {
    ledger.expect('copies.equal', other === first, () => `slot ${slot}:\n${first}\n---\n${other}`);
  }
}

function printed(log: KeyLogSeen): string {
  const records = log.records.map((one) => `${one.idx}:${one.term}:${one.offset}:${one.inputId}`);
  return `${log.born} ${log.nextOffset} ${records.join()}`;
}

/** What a session saw since its attach equals the log, item by item. */
function checkSequence(world: World, client: Client): void {
  const expected = expectedItems(world, client) ?? [];
  const seen = client.chain?.items ?? [];
  for (let at = 0; at < Math.max(expected.length, seen.length); at += 1) {
    world.ledger.expect(
      'session.sequence.equals-log',
      expected[at] === seen[at],
      () => `${client.id}, item ${at}: log has ${expected[at]}, client saw ${seen[at]}`,
    );
  }
}

function checkKey(world: World, key: string): void {
  const found = finalKeyLog(world, key);
  if (found === undefined) return;
  const { records } = found.keyLog;
  const hasLoss = world.ledger.losses.has(found.slot);
  world.ledger.stats.recordsInFinalLogs += records.length;
  checkIds(world, key, records);
  checkState(world, key, records);
  checkPublisherOrder(world, key, records, hasLoss);
  checkMessages(world, key, records, hasLoss);
  checkOutward(world, key, records, hasLoss);
}

function checkIds(world: World, key: string, records: readonly InputRecord[]): void {
  const seen = new Set<string>();
  for (const [at, record] of records.entries()) {
    const { inputId, offset } = record;
    world.ledger.expect('record.one-per-input', !seen.has(inputId), () => `${key}: ${inputId}`);
    world.ledger.expect('record.offsets', offset === at, () => `${key}: ${offset} at ${at}`);
    seen.add(inputId);
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
  records: readonly InputRecord[],
  hasLoss: boolean,
): void {
  const last = new Map<string, number>();
  for (const { inputId } of records) {
    const match = /(p\d+\/[^/]+)\/(\d+)$/.exec(inputId);
    if (match === null) continue;
    const [, stream = '', number = ''] = match;
    const before = last.get(stream) ?? 0;
    last.set(stream, Number(number));
    // Ids of a lost log are gone: an event may come again, late (section 2 of the design).
    if (hasLoss) continue;
    world.ledger.expect(
      'events.publisher-order',
      Number(number) === before + 1,
      () => `${key}: ${inputId} after ${before}`,
    );
  }
  if (hasLoss) return;
  for (const [stream, count] of world.published) {
    if (!stream.endsWith(`/${key}`)) continue;
    world.ledger.expect(
      'events.none-missing',
      last.get(stream) === count,
      () => `${stream} ends before ${count}`,
    );
  }
}

function checkMessages(
  world: World,
  key: string,
  records: readonly InputRecord[],
  hasLoss: boolean,
): void {
  const last = new Map<string, number>();
  for (const { handled } of records) {
    if (handled === undefined) continue;
    const before = last.get(handled.session) ?? 0;
    last.set(handled.session, handled.n);
    // Volatile messages are in the log only when their handler failed for good.
    const isGapFine = hasLoss || world.setting.application.handled.volatile;
    world.ledger.expect(
      'messages.contiguous',
      isGapFine ? handled.n > before : handled.n === before + 1,
      () => `${key}: ${handled.session} ${handled.n} after ${before}`,
    );
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
  const published = [...out.first.values()]
    .filter((outward) => outward.topic.endsWith(`.${key}`))
    .map((outward) => `${outward.topic} ${textOf(outward.data)}`);
  const logged = records.flatMap((record) =>
    record.outward.map((outward) => `${outward.topic} ${textOf(outward.data)}`),
  );
  if (hasLoss) {
    const all = new Set(published);
    const missing = logged.find((one) => !all.has(one));
    world.ledger.expect('outward.none-missing', missing === undefined, () => `${key}: ${missing}`);
    return;
  }
  for (let at = 0; at < Math.max(logged.length, published.length); at += 1) {
    world.ledger.expect(
      'outward.order',
      logged[at] === published[at],
      () => `${key}, ${at}: log has ${logged[at]}, published was ${published[at]}`,
    );
  }
}

/** Whatever was acknowledged in the epoch that survived is in its log. */
function checkAcknowledged(world: World): void {
  const ids = new Map(
    world.keys.map((key) => [key, new Set(finalKeyLog(world, key)?.keyLog.records.map(nameOf))]),
  );
  const isVolatile = world.setting.application.handled.volatile;
  for (const [name, { key, epoch }] of world.ledger.acknowledged) {
    const slot = world.slotOfKey(key);
    if (epoch !== world.entryOf(slot).epoch) continue;
    // After a loss a session's later messages may come first, held by another gateway: then the
    // earlier ones count as handled (rule M1), and the client was told of the loss.
    const isWaived = isVolatile || world.ledger.losses.has(slot);
    if (isWaived && name.startsWith('message')) continue;
    world.ledger.expect(
      'acknowledged.in-log',
      ids.get(key)?.has(name) === true,
      () => `${name} of ${key} was acknowledged in epoch ${epoch}`,
    );
  }
}

/** As the ledger names acknowledged inputs. */
function nameOf(record: InputRecord): string {
  const { handled } = record;
  if (handled !== undefined) return `message ${handled.session}:${handled.n}`;
  const match = /p\d+\/[^/]+\/\d+$/.exec(record.inputId);
  return match === null ? record.inputId : `event ${match[0]}`;
}
