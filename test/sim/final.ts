/** The invariants of a settled world: final logs against all that was promised on the way. */
import type { InputRecord } from '../../link/index.ts';
import { textOf } from './application.ts';
import type { Client } from './client.ts';
import type { KeyLogSeen, LogSeen } from './cores.ts';
import { checkKey } from './final-keys.ts';
import { neverReached } from './limits.ts';
import { expectedItems, livesOf } from './settled.ts';
import type { World } from './world.ts';

/** @throws Violation */
export function checkFinal(world: World): void {
  for (let slot = 0; slot < world.slotCount; slot += 1) checkCopies(world, slot);
  for (const client of world.clients) checkSequence(world, client);
  for (const key of world.keys) checkKey(world, key, livesOf(world, key));
  checkAcknowledged(world);
  for (const worker of world.livingWorkers()) worker.core.checkInvariants();
  for (const gateway of world.livingGateways()) gateway.core.checkInvariants();
}

/** All copies that the table names hold the same records. */
function checkCopies(world: World, slot: number): void {
  const { ledger } = world;
  if (!ledger.losses.has(slot)) ledger.stats.slotsWithoutLoss += 1;
  const [first, ...others] = world.entryOf(slot).copies.map((boot) => {
    const log = world.workerOf(boot)?.core.logOf(slot);
    if (log === undefined) return '';
    checkWindow(world, slot, log);
    return [...log.keys.values()].map(printed).sort().join('\n');
  });
  for (const other of others) {
    ledger.expect('copies.equal', other === first, () => `slot ${slot}:\n${first}\n---\n${other}`);
  }
}

function printed(log: KeyLogSeen): string {
  const records = log.records.map((one) => `${one.idx}:${one.term}:${one.offset}:${one.inputId}`);
  const handled = [...log.handled].map(([session, { n, idx }]) => `${session}:${n}:${idx}`);
  const state = log.state === undefined ? '' : textOf(log.state);
  const who = [...log.presence].map(([session, { connection }]) => `${session}:${connection}`);
  const head = `${log.born} ${log.nextOffset} ${log.bytes} ${state}`;
  return `${head} ${records.join()} ${[...log.ids].join()} ${handled.join()} ${who.join()}`;
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

/** No copy keeps more of a key than it should, nor less. */
function checkWindow(world: World, slot: number, log: LogSeen): void {
  const { retentionEventsMax, retentionBytesMax, retentionMs } = world.parts.workerLimits;
  for (const [key, { records, nextOffset, bytes }] of log.keys) {
    const count = records.length;
    const isWithin = count === 1 || (count <= retentionEventsMax && bytes <= retentionBytesMax);
    // By age and bytes less may be kept; by count alone all that fits.
    const isByCount = retentionMs >= neverReached && retentionBytesMax >= neverReached;
    const isFull = !isByCount || count === Math.min(nextOffset, retentionEventsMax);
    world.ledger.expect(
      'window.kept',
      isWithin && isFull,
      () => `slot ${slot} ${key}: ${count} records of ${nextOffset}, ${bytes} bytes`,
    );
  }
}

/** Whatever was acknowledged in the epoch that survived is in its log. */
function checkAcknowledged(world: World): void {
  const ids = new Map(
    world.keys.map((key) => [
      key,
      new Set(livesOf(world, key).flatMap(({ records }) => records.map(nameOf))),
    ]),
  );
  const isVolatile = world.setting.application.handled.volatile;
  for (const [name, { key, epoch, cluster }] of world.ledger.acknowledged) {
    const slot = world.slotOfKey(key);
    if (cluster !== world.cluster || epoch !== world.entryOf(slot).epoch) continue;
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
