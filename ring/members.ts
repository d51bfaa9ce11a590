/**
 * Who is on a ring: ids and weights, checked and sorted, so that everything after this file is
 * a function of one canonical list.
 */
import { createHash } from 'node:crypto';
import { quoted, RingError } from './error.ts';

export interface Member {
  /** Matches `[a-z0-9][a-z0-9-]{0,62}`: a znode name and the text of the virtual nodes. */
  readonly id: string;
  /** Share of the circle against other members, 1 = normal; above 0, at most `weightMax`. */
  readonly weight: number;
}

/** Members of one ring. Bounds the memory of a ring (4,096 × 640 points × 6 bytes = 16 MB). */
export const membersMax = 4_096;

/** Weight of one member: 100 means 16,000 virtual nodes and 64,000 points. */
export const weightMax = 100;

const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * The members as frozen copies in ascending order of id.
 *
 * @throws RingError `ring.bad_member_id`, `ring.bad_weight`, `ring.duplicate_member`,
 * `ring.too_many_members`
 */
export function sortedMembers(members: Iterable<Member>): readonly Member[] {
  const byId = new Map<string, Member>();
  for (const { id, weight } of members) {
    requireMember(id, weight);
    if (byId.has(id)) throw new RingError('ring.duplicate_member', `member ${id} is there twice`);
    if (byId.size === membersMax) {
      throw new RingError('ring.too_many_members', `more members than membersMax ${membersMax}`);
    }
    byId.set(id, Object.freeze({ id, weight }));
  }
  // Ids are ASCII, so the order of code units is the order of bytes in every language.
  return Object.freeze([...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
}

/** Name of a member set: two rings with the same id have the same members and weights. */
export function ringIdOf(sorted: readonly Member[]): string {
  const text = sorted.map(({ id, weight }) => `${id}:${weight}\n`).join('');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function requireMember(id: unknown, weight: unknown): void {
  if (typeof id !== 'string' || !idPattern.test(id)) {
    throw new RingError(
      'ring.bad_member_id',
      `member id ${quoted(id)} does not match ${idPattern.source}`,
    );
  }
  if (typeof weight !== 'number' || !(weight > 0 && weight <= weightMax)) {
    throw new RingError(
      'ring.bad_weight',
      `weight ${quoted(weight)} of member ${id} is not above 0 and at most weightMax ${weightMax}`,
    );
  }
}
