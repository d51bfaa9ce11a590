/** The members to begin with: from flags, a file, or the live cluster. */
import type { LiveRing, SimulatedMember } from '../../ring/index.ts';
import { createRing } from '../../ring/index.ts';
import type { ProcessParts } from '../process-parts.ts';
import { documentIn } from './document.ts';
import { badFile, refused, refusedIn } from './errors.ts';
import { liveRing } from './live-ring.ts';
import type { Zones } from './option-kinds.ts';
import type { SimulateValues } from './options.ts';
import type { Asked } from './report.ts';

export interface RingSource {
  readonly asked: Asked['ring'];
  readonly live: LiveRing;
}

/** @throws RingwayError, ConfigError */
export async function ringFrom(values: SimulateValues, parts: ProcessParts): Promise<RingSource> {
  const source = await sourceOf(values, parts);
  const members = withZones(source.live.members, values.zones);
  try {
    createRing(members);
  } catch (error) {
    throw source.asked.from === 'file' ? refusedIn(source.asked.name ?? '', error) : refused(error);
  }
  return { ...source, live: { ...source.live, members } };
}

async function sourceOf(values: SimulateValues, parts: ProcessParts): Promise<RingSource> {
  const { workers = [], weights, ring, zookeeper, secret, sessionTimeoutMs } = values;
  if (zookeeper !== undefined) {
    const live = await liveRing({ servers: zookeeper, secret, sessionTimeoutMs }, parts);
    return { asked: { from: 'zookeeper', name: zookeeper }, live };
  }
  if (ring !== undefined) {
    return { asked: { from: 'file', name: ring }, live: { members: await membersIn(ring) } };
  }
  const strange = [...(weights?.keys() ?? [])].find((id) => !workers.includes(id));
  if (strange !== undefined) throw unknownIn('--weights', strange);
  const members = workers.map((id) => ({ id, weight: weights?.get(id) ?? 1 }));
  return { asked: { from: 'workers' }, live: { members } };
}

function unknownIn(flag: string, id: string): Error {
  return badFile(flag, `${JSON.stringify(id)} is not a worker of the ring`);
}

function withZones(
  members: readonly SimulatedMember[],
  zones: Zones | undefined,
): readonly SimulatedMember[] {
  if (zones === undefined) return members;
  if ('inTurn' in zones) {
    const { inTurn } = zones;
    return members.map((member, i) => ({ ...member, zone: inTurn[i % inTurn.length] }));
  }
  const { byWorker } = zones;
  const strange = [...byWorker.keys()].find((id) => !members.some((member) => member.id === id));
  if (strange !== undefined) throw unknownIn('--zones', strange);
  return members.map((member) => ({ ...member, zone: byWorker.get(member.id) ?? member.zone }));
}

const known = ['id', 'weight', 'zone', 'capacity'];

/** A list of members, or an object with one; a member is an object, or its id alone. */
async function membersIn(name: string): Promise<readonly SimulatedMember[]> {
  const document = await documentIn(name);
  const list = isObject(document) ? (document.members ?? document.workers) : document;
  if (!Array.isArray(list) || list.length === 0) {
    throw badFile(name, 'not a list of members, nor an object with one as members');
  }
  return list.map((each, i) => memberIn(each, i + 1, name));
}

function memberIn(value: unknown, number: number, name: string): SimulatedMember {
  if (typeof value === 'string') return { id: value, weight: 1 };
  const where = `member ${number}`;
  if (!isObject(value)) throw badFile(name, `${where} is neither an object nor an id`);
  const strange = Object.keys(value).find((field) => !known.includes(field));
  if (strange !== undefined) {
    throw badFile(name, `${where} has ${JSON.stringify(strange)}, not one of ${known.join(', ')}`);
  }
  const { id, weight = 1, zone, capacity } = value;
  if (typeof id !== 'string') throw badFile(name, `the id of ${where} is not a text`);
  if (typeof weight !== 'number') throw badFile(name, `the weight of ${id} is not a number`);
  if (zone !== undefined && typeof zone !== 'string') {
    throw badFile(name, `the zone of ${id} is not a text`);
  }
  if (capacity !== undefined && typeof capacity !== 'number') {
    throw badFile(name, `the capacity of ${id} is not a number`);
  }
  return { id, weight, zone, capacity };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
