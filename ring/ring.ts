/**
 * The ring: virtual nodes of the members on the 32-bit circle. Immutable, and a function of the
 * member set alone: neither the order in which members are named nor the rings before it matter.
 *
 * Keys are not looked up here but by slot (`placement.ts`): the ring is asked for 16,384
 * positions once, not for one position per key.
 */
import {
  type Circle,
  circleOf,
  distinctOwners,
  emptyCircle,
  mergedCircle,
  nobody,
  type Placed,
  pointIndexAt,
} from './circle.ts';
import { diffOf, type RingDiff } from './diff.ts';
import { quoted, RingError } from './error.ts';
import { circleSize } from './hash.ts';
import { type Member, ringIdOf, sortedMembers } from './members.ts';
import { pointsOf, vnodesOf } from './virtual-nodes.ts';

export class Ring {
  /** Ascending by id. */
  readonly members: readonly Member[];
  /** Hash of the members and their weights: equal ids mean equal rings, in every process. */
  readonly id: string;
  /** The points as typed arrays; shared, must not be changed. */
  readonly circle: Circle;

  /** Use `createRing`: the constructor trusts its arguments. */
  constructor(members: readonly Member[], circle: Circle) {
    this.members = members;
    this.id = ringIdOf(members);
    this.circle = circle;
    Object.freeze(this);
  }

  /**
   * The member that owns `position`; undefined on an empty ring.
   *
   * @throws RingError `ring.bad_position` unless it is an integer in [0, 2³²)
   */
  ownerAt(position: number): string | undefined {
    requirePosition(position);
    const owner = this.circle.owners[pointIndexAt(this.circle, position)];
    return owner === undefined ? undefined : this.members[owner]?.id;
  }

  /**
   * Up to `count` distinct members in ring order from `position` on, the owner first. Without
   * the owner on the ring, the second would own the position.
   *
   * @throws RingError `ring.bad_position`
   */
  successors(position: number, count: number): string[] {
    requirePosition(position);
    const index = pointIndexAt(this.circle, position);
    const owners = distinctOwners(this.circle, index, Math.min(count, this.members.length));
    return owners.map((owner) => idAt(this.members, owner));
  }

  /** What changes owner when this ring becomes `other`: exact, nothing is sampled. */
  diff(other: Ring): RingDiff {
    return diffOf(this, other);
  }

  /** The fraction of the circle that each member owns; sums to 1 unless the ring is empty. */
  shares(): ReadonlyMap<string, number> {
    const { points, owners } = this.circle;
    const owned = new Float64Array(this.members.length);
    let previous = (points[points.length - 1] ?? 0) - circleSize;
    for (let i = 0; i < points.length; i += 1) {
      const point = points[i] ?? 0;
      const owner = owners[i] ?? nobody;
      owned[owner] = (owned[owner] ?? 0) + point - previous;
      previous = point;
    }
    return new Map(this.members.map(({ id }, i) => [id, (owned[i] ?? 0) / circleSize]));
  }
}

/**
 * The ring of `members`. A ring that differs from it in few members, given as `near`, makes it
 * cheaper (a merge instead of a sort); it never changes the result.
 *
 * @throws RingError `ring.bad_member_id`, `ring.bad_weight`, `ring.duplicate_member`,
 * `ring.too_many_members`
 */
export function createRing(members: Iterable<Member>, near?: Ring): Ring {
  const sorted = sortedMembers(members);
  const kept = new Uint16Array(near?.members.length ?? 0).fill(nobody);
  const added: Placed[] = [];
  let nearIndex = 0;
  sorted.forEach(({ id, weight }, owner) => {
    const vnodes = vnodesOf(weight);
    while ((near?.members[nearIndex]?.id ?? id) < id) nearIndex += 1;
    const same = near?.members[nearIndex];
    if (same?.id === id && vnodesOf(same.weight) === vnodes) kept[nearIndex] = owner;
    else added.push({ owner, points: pointsOf(id, vnodes) });
  });
  const newcomers = circleOf(added);
  if (added.length === sorted.length) return new Ring(sorted, newcomers);
  return new Ring(sorted, mergedCircle(near?.circle ?? emptyCircle, kept, newcomers));
}

/** The id of the member with a known index. */
export function idAt(members: readonly Member[], index: number): string {
  return members[index]?.id ?? '';
}

function requirePosition(position: number): void {
  if (position === position >>> 0) return;
  throw new RingError(
    'ring.bad_position',
    `position ${quoted(position)} is not an integer from 0 to 4294967295`,
  );
}
