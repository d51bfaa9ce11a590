/**
 * The members of a simulated ring in the order in which they were named or joined, and what a
 * change makes of them. A member that comes back takes its old place. The order means nothing to
 * Ringway's ring; strategies that count members (modulo, jump) depend on it.
 */
import { quoted, RingError } from '../error.ts';
import { membersMax, sortedMembers } from '../members.ts';
import { bounded } from './bounds.ts';
import type { MemberChange, SimulatedMember } from './types.ts';

export interface Changed {
  readonly members: readonly SimulatedMember[];
  /** Lost without notice. */
  readonly crashed: readonly string[];
}

/**
 * The same members, checked.
 *
 * @throws RingError those of `createRing`, `ring.empty`, `ring.bad_weight` for a capacity, `ring.bad_option` for a zone
 */
export function requireRoster(members: readonly SimulatedMember[]): readonly SimulatedMember[] {
  if (members.length === 0) throw new RingError('ring.empty', 'a ring without members');
  sortedMembers(members);
  for (const { id, capacity, zone } of members) {
    if (zone !== undefined && (typeof zone !== 'string' || zone === '')) {
      throw new RingError('ring.bad_option', `zone ${quoted(zone)} of member ${id} is not a name`);
    }
    if (capacity === undefined || (capacity > 0 && Number.isFinite(capacity))) continue;
    throw new RingError(
      'ring.bad_weight',
      `capacity ${quoted(capacity)} of member ${id} is not a number above 0`,
    );
  }
  return members.map(memberOf);
}

/** A copy with the fields that are ours, and none that is undefined. */
export function memberOf({ id, weight, capacity, zone }: SimulatedMember): SimulatedMember {
  return {
    id,
    weight,
    ...(capacity === undefined ? {} : { capacity }),
    ...(zone === undefined ? {} : { zone }),
  };
}

export function capacityOf({ weight, capacity }: SimulatedMember): number {
  return capacity ?? weight;
}

/**
 * What a change makes of `members`.
 *
 * @throws RingError `ring.unknown_member`, `ring.unknown_zone`, `ring.bad_change`, `ring.empty`
 * and those of `createRing`
 */
export function changed(members: readonly SimulatedMember[], change: MemberChange): Changed {
  switch (change.kind) {
    case 'add':
      return { members: requireRoster([...members, ...newcomers(members, change)]), crashed: [] };
    case 'join':
      if (change.members.length === 0) throw badChange('join without members');
      return { members: requireRoster([...members, ...change.members]), crashed: [] };
    case 'remove':
      return { members: without(members, change.ids, 'remove'), crashed: [] };
    case 'crash':
      return { members: without(members, change.ids, 'crash'), crashed: [...change.ids] };
    case 'zone-loss': {
      const lost = members.filter(({ zone }) => zone === change.zone).map(({ id }) => id);
      if (lost.length > 0) return { members: without(members, lost, 'zone-loss'), crashed: lost };
      const zones = [...new Set(members.map(({ zone }) => zone ?? ''))].filter(Boolean).sort();
      const known = zones.length > 0 ? `the zones are ${zones.join(', ')}` : 'no member has a zone';
      throw new RingError(
        'ring.unknown_zone',
        `zone ${quoted(change.zone)} has no member; ${known}`,
      );
    }
    case 'weight':
      return { members: reweighted(members, change.weights), crashed: [] };
  }
}

/** @throws RingError `ring.unknown_member`, `ring.empty`, `ring.bad_change` */
export function without(
  members: readonly SimulatedMember[],
  ids: readonly string[],
  kind: string,
): readonly SimulatedMember[] {
  if (ids.length === 0) throw badChange(`${kind} without members`);
  const gone = new Set(ids);
  if (gone.size < ids.length) throw badChange(`${kind} names a member twice: ${ids.join(', ')}`);
  for (const id of ids) requireKnown(members, id);
  const left = members.filter(({ id }) => !gone.has(id));
  if (left.length > 0) return left;
  throw new RingError('ring.empty', `${kind} ${shortList(ids)} would leave no member`);
}

/** Up to five names, then how many more. */
export function shortList(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).join(', ');
  return ids.length > 5 ? `${shown} and ${ids.length - 5} more` : shown;
}

export function badChange(message: string): RingError {
  return new RingError('ring.bad_change', message);
}

function requireKnown(members: readonly SimulatedMember[], id: string): void {
  if (members.some((member) => member.id === id)) return;
  throw new RingError(
    'ring.unknown_member',
    `member ${quoted(id)} is not on the ring; there are ${shortList(members.map((m) => m.id))}`,
  );
}

function reweighted(
  members: readonly SimulatedMember[],
  weights: Readonly<Record<string, number>>,
): readonly SimulatedMember[] {
  const named = new Map(Object.entries(weights));
  if (named.size === 0) throw badChange('weight without members');
  for (const id of named.keys()) requireKnown(members, id);
  return requireRoster(
    members.map((member) => ({ ...member, weight: named.get(member.id) ?? member.weight })),
  );
}

/** `w-1, w-2, w-7` continue with `w-8`: the commonest prefix and its highest number. */
function newcomers(
  members: readonly SimulatedMember[],
  change: Extract<MemberChange, { kind: 'add' }>,
): SimulatedMember[] {
  const count = bounded('count of add', change.count, membersMax, 1);
  const { prefix, highest } = namesOf(members);
  const zones = new Map<string, number>();
  for (const { zone } of members) {
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  return Array.from({ length: count }, (_, i) => {
    const zone = change.zone ?? emptiest(zones);
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1);
    return memberOf({ id: `${prefix}${highest + 1 + i}`, weight: change.weight ?? 1, zone });
  });
}

function namesOf(members: readonly SimulatedMember[]): { prefix: string; highest: number } {
  const found = new Map<string, { count: number; highest: number }>();
  for (const { id } of members) {
    const [, prefix = '', digits = ''] = /^(.*?)(\d{1,9})$/.exec(id) ?? [];
    if (digits === '') continue;
    const known = found.get(prefix) ?? { count: 0, highest: 0 };
    known.count += 1;
    known.highest = Math.max(known.highest, Number(digits));
    found.set(prefix, known);
  }
  const [best] = [...found].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  return { prefix: best?.[0] ?? 'w-', highest: best?.[1].highest ?? 0 };
}

function emptiest(zones: ReadonlyMap<string, number>): string | undefined {
  return [...zones].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0]?.[0];
}
