/** The invariants of a settled world: final logs against all that was promised on the way. */
import type { InputRecord } from '../../link/index.ts';
import { passedSource, textOf } from './application.ts';
import type { Client } from './client.ts';
import type { KeyLogSeen, LogSeen } from './cores.ts';
import { checkKey, isRefused } from './final-keys.ts';
import { neverReached } from './limits.ts';
import { expectedItems, livesOf } from './settled.ts';
import type { World } from './world.ts';

/** @throws Violation */
export function checkFinal(world: World): void {
  for (let slot = 0; slot < world.slotCount; slot += 1) checkCopies(world, slot);
  for (const client of world.clients) checkSequence(world, client);
  for (const key of world.keys) checkKey(world, key, livesOf(world, key));
  checkAcknowledged(world);
  checkPassedOn(world);
  if (world.setting.application.handled.volatile) checkVolatile(world);
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
  const head = `${log.born} ${log.nextOffset} ${log.bytes} ${log.weight} ${state}`;
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
  return record.inputId;
}

/** What was accepted without a record had its handler run at least once (amendment A2). */
function checkVolatile(world: World): void {
  for (const client of world.clients) {
    if (world.ledger.losses.has(world.slotOfKey(client.key))) continue;
    for (const message of client.accepted) {
      const [session, n] = message.split(':');
      const inputId = `m/${session}/${n}`;
      const isHandled = world.ledger.volatileHandled.has(inputId);
      // Given up after two deadlines: then it has a record that says so.
      const isRecorded = livesOf(world, client.key).some(({ records }) =>
        records.some((record) => record.inputId === inputId),
      );
      world.ledger.expect('volatile.handled', isHandled || isRecorded, () => message);
    }
  }
}

/** An event that one key sent to another is in the other's log, once, in the sender's order. */
function checkPassedOn(world: World): void {
  const passed = new Map(world.keys.map((key) => [key, passedTo(world, key)]));
  for (const from of world.keys) {
    if (world.ledger.losses.has(world.slotOfKey(from))) continue;
    const sent = new Map<string, string[]>();
    for (const { records } of livesOf(world, from)) {
      for (const { inputId, outward } of records) {
        for (const [place, { to, topic }] of outward.entries()) {
          if (to !== 'event') continue;
          const ids = sent.get(topic) ?? [];
          ids.push(`${passedPrefix}${from}|${inputId}#${place}`);
          sent.set(topic, ids);
        }
      }
    }
    for (const [to, ids] of sent) checkArrived(world, [from, to], ids, passed.get(to) ?? []);
  }
}

const passedPrefix = `e/${passedSource.length}/${passedSource}/`;

/** What other keys sent to this one, in the order of its log. */
function passedTo(world: World, key: string): readonly InputRecord[] {
  return livesOf(world, key).flatMap(({ records }) =>
    records.filter(({ inputId }) => inputId.startsWith(passedPrefix)),
  );
}

function checkArrived(
  world: World,
  [from, to]: readonly [string, string],
  ids: readonly string[],
  records: readonly InputRecord[],
): void {
  if (world.ledger.losses.has(world.slotOfKey(to))) return;
  // Refused ones are in the log too, but stand before older ones that waited (rule H7).
  const refused = new Set(records.filter(isRefused).map(({ inputId }) => inputId));
  const known = new Set(
    ids.filter((id) => !refused.has(id) && !world.ledger.refusedEvents.has(id)),
  );
  const arrived = new Set(records.map(({ inputId }) => inputId).filter((id) => known.has(id)));
  world.ledger.expect(
    'passed-on.order',
    [...arrived].join() === [...known].join(),
    () => `${from} sent ${to}:\n${[...known].join(' ')}\n---\n${[...arrived].join(' ')}`,
  );
}
