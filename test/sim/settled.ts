/**
 * Liveness: what is still unfinished in a healed world. An empty list means that every slot is
 * where the ring wants it, copied, and that nothing waits anywhere.
 */
import type { InputRecord } from '../../link/index.ts';
import { createRing, type Member, type Placement, placement } from '../../ring/index.ts';
import type { Generation } from './archive.ts';
import type { Chain, Client } from './client.ts';
import type { World } from './world.ts';

export function unfinished(world: World): readonly string[] {
  // The cheap looks first: the others only once those are content.
  const problems = [...unfinishedSlots(world), ...unfinishedQueues(world)];
  if (problems.length > 0) return problems;
  return [...unfinishedClients(world), ...unfinishedPresence(world)];
}

function unfinishedSlots(world: World): readonly string[] {
  const wanting = world.livingWorkers().filter((worker) => !worker.isDraining);
  const twins = wanting.filter(({ id }, at) => wanting.findIndex((one) => one.id === id) !== at);
  if (twins.length > 0) return twins.map(({ name }) => `${name} is not the only one of its id`);
  const members = wanting.map(({ id, weight }) => ({ id, weight }));
  const targets = placementOf(members, world.slotCount);
  const problems: string[] = [];
  const draining = world.livingWorkers().filter((worker) => worker.isDraining);
  for (const worker of draining) problems.push(`${worker.name} has not left`);
  for (let slot = 0; slot < world.slotCount; slot += 1) {
    const entry = world.entryOf(slot);
    const target = wanting.find((worker) => worker.id === targets.target(slot));
    // A slot that was never used needs no second copy.
    const wantedCopies = target === undefined ? 1 : world.parts.copiesOf(target.id);
    const copies = entry.epoch === 0 ? 1 : Math.min(wantedCopies, wanting.length);
    if (target === undefined || entry.owner !== target.boot) {
      problems.push(`slot ${slot} is at ${entry.owner}, not at its target ${target?.boot}`);
      continue;
    }
    // A slot that was never used (epoch 0) needs no second copy.
    if (entry.epoch !== 0 && entry.copies.length !== copies)
      problems.push(`slot ${slot} has ${entry.copies.length} copies`);
    const report = target.core.report(slot);
    if (report.role !== 'owner' || report.phase !== 'serving' || report.term !== entry.term) {
      problems.push(`slot ${slot} at ${target.boot} is ${report.role} ${report.phase}`);
    }
    const unpublished = target.core.logOf(slot)?.outbox.size ?? 0;
    if (unpublished > 0) problems.push(`slot ${slot} has ${unpublished} messages to publish`);
    if (report.commit !== report.length) {
      problems.push(`slot ${slot} has ${report.length} records, ${report.commit} committed`);
    }
  }
  return problems;
}

/** Whether any slot is not where the ring wants it; two processes of one id make it so. */
export function hasMovesAhead(world: World): boolean {
  const wanting = world.wantingWorkers();
  if (new Set(wanting.map(({ id }) => id)).size < wanting.length) return true;
  const members = wanting.map(({ id, weight }) => ({ id, weight }));
  const targets = placementOf(members, world.slotCount);
  for (let slot = 0; slot < world.slotCount; slot += 1) {
    const target = wanting.find((worker) => worker.id === targets.target(slot));
    if (world.entryOf(slot).owner !== target?.boot) return true;
  }
  return false;
}

/** Asked for again and again with the same few members. */
const placements = new Map<string, Placement>();

function placementOf(members: readonly Member[], slotCount: number): Placement {
  const name = `${slotCount} ${members.map(({ id, weight }) => `${id}=${weight}`).join()}`;
  const found = placements.get(name) ?? placement(createRing(members), slotCount);
  placements.set(name, found);
  return found;
}

function unfinishedClients(world: World): readonly string[] {
  const problems: string[] = [];
  for (const client of world.clients) {
    if (!client.isOpen) problems.push(`${client.id} is not connected`);
    if (client.unaccepted.length > 0) {
      problems.push(`${client.id} has ${client.unaccepted.length} messages not accepted`);
    }
    const behind = itemsAhead(world, client);
    if (behind !== '') problems.push(behind);
  }
  return problems;
}

function itemsAhead(world: World, client: Client): string {
  const { chain } = client;
  const records = chain === undefined ? undefined : recordsFor(world, client.key, chain);
  if (chain === undefined || records === undefined) {
    return `${client.id} stands in another epoch than its key`;
  }
  let expected = 0;
  for (const { pushes, replies } of records) {
    expected += pushes.length;
    for (const { session } of replies) if (session === chain.session) expected += 1;
  }
  const seen = chain.items.length;
  return expected > seen ? `${client.id} has ${seen} of ${expected} items` : '';
}

function unfinishedQueues(world: World): readonly string[] {
  const { backlog } = world.parts.events;
  const { unconfirmed } = world.publishers;
  return [
    ...(backlog === 0 ? [] : [`${backlog} events not acknowledged`]),
    ...(unconfirmed === 0 ? [] : [`${unconfirmed} events not confirmed to their publishers`]),
  ];
}

/** Who is open by the log is who is connected (rule B8). */
function unfinishedPresence(world: World): readonly string[] {
  if (!world.setting.application.handled.open) return [];
  return world.keys.flatMap((key) => {
    const found = finalKeyLog(world, key)?.keyLog;
    const clients = world.clients.filter((client) => client.key === key && client.isOpen);
    const connected = clients.map((client) => client.session).sort();
    const listed = [...(found?.presence.keys() ?? [])].sort();
    if (connected.join() === listed.join()) return [];
    return [`${key}: connected ${connected}, open by the log ${listed}`];
  });
}

/** What the final log holds for the client's session since its attach; undefined = no such log. */
export function expectedItems(world: World, client: Client): readonly string[] | undefined {
  const { chain } = client;
  if (chain === undefined) return undefined;
  return recordsFor(world, client.key, chain)?.flatMap((record) => {
    const replies = record.replies.filter((reply) => reply.session === chain.session);
    return [
      ...record.pushes.map((push) => `${record.offset} push ${push.id}`),
      ...replies.map((reply) => `${record.offset} reply ${Buffer.from(reply.data).toString()}`),
    ];
  });
}

/** The records since the attach of `chain`. */
function recordsFor(world: World, key: string, chain: Chain): readonly InputRecord[] | undefined {
  const found = finalKeyLog(world, key);
  if (found === undefined || found.epoch !== chain.epoch) return undefined;
  const life = livesOf(world, key).findLast(({ born }) => born === found.keyLog.born);
  return life?.records.filter(({ offset }) => offset >= chain.from);
}

/** All that was ever in the final log of the key, by the lives of the key. */
export function livesOf(world: World, key: string): readonly Generation[] {
  const slot = world.slotOfKey(key);
  const log = world.workerOf(world.entryOf(slot).owner)?.core.logOf(slot);
  return log === undefined ? [] : (world.ledger.archive.historyOf(log).get(key) ?? []);
}

/** The key's log at the owner that the table names. */
export function finalKeyLog(world: World, key: string) {
  const slot = world.slotOfKey(key);
  const log = world.workerOf(world.entryOf(slot).owner)?.core.logOf(slot);
  const keyLog = log?.keys.get(key);
  if (log === undefined || keyLog === undefined) return undefined;
  const { cluster } = world.parts.zookeeper.config;
  return { slot, log, keyLog, epoch: `${cluster}-${log.epoch}-${keyLog.born}` };
}
