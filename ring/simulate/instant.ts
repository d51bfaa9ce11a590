/**
 * The ring at one instant of a time line: the production ring and placement, and of each slot
 * who would have it, who would hold the second copy and who comes third. Members are numbered
 * once for the whole time line (`Cast`), so that instants can be compared by number.
 */
import { type Circle, nobody } from '../circle.ts';
import { slotCount } from '../hash.ts';
import { laidOut } from '../placement.ts';
import { createRing, type Ring } from '../ring.ts';
import type { Timeline } from './timeline.ts';
import type { SimulatedMember } from './types.ts';

/** Everybody who is on the ring at any time, numbered in the order of appearance. */
export interface Cast {
  readonly ids: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
}

export interface Instant {
  /** In the order in which they were named or joined. */
  readonly members: readonly SimulatedMember[];
  /** The number of each of `members` in the cast. */
  readonly numbers: readonly number[];
  readonly ring: Ring;
  /** Of each slot its target. */
  readonly targets: Uint16Array;
  /** Of each slot the successor, who holds the second copy; `nobody` with one member. */
  readonly replicas: Uint16Array;
  /** Of each slot who comes after the successor; `nobody` below three members. */
  readonly thirds: Uint16Array;
}

export function castOf(timeline: Timeline): Cast {
  const numbers = new Map<string, number>();
  for (const { members } of [timeline, ...timeline.steps]) {
    for (const { id } of members) {
      if (!numbers.has(id)) numbers.set(id, numbers.size);
    }
  }
  return { ids: [...numbers.keys()], numbers };
}

/** `near` makes it cheaper and never changes the result. */
export function instantOf(
  members: readonly SimulatedMember[],
  cast: Cast,
  near?: Instant,
): Instant {
  const ring = createRing(members, near?.ring);
  const numberOf = (id: string): number => cast.numbers.get(id) ?? nobody;
  const byOwner = Uint16Array.from(ring.members, ({ id }) => numberOf(id));
  const { starts, targets } = laidOut(ring, slotCount);
  const after = distinctAfter(ring.circle);
  const result = {
    members,
    numbers: members.map(({ id }) => numberOf(id)),
    ring,
    targets: targets.map((owner) => byOwner[owner] ?? nobody),
    replicas: new Uint16Array(slotCount).fill(nobody),
    thirds: new Uint16Array(slotCount).fill(nobody),
  };
  const { owners } = ring.circle;
  const count = ring.members.length;
  for (let slot = 0; slot < starts.length && count > 1; slot += 1) {
    const start = starts[slot] ?? 0;
    const second = after[start] ?? 0;
    result.replicas[slot] = byOwner[owners[second] ?? nobody] ?? nobody;
    if (count === 2) continue;
    let third = after[second] ?? 0;
    while (owners[third] === owners[start] || owners[third] === owners[second]) {
      third = after[third] ?? 0;
    }
    result.thirds[slot] = byOwner[owners[third] ?? nobody] ?? nobody;
  }
  return result;
}

/** Of each point the index of the next one, once around, that another member owns. */
function distinctAfter({ owners }: Circle): Uint32Array {
  const { length } = owners;
  const after = new Uint32Array(length);
  // Twice around backwards: the first round learns what comes after the last point.
  for (let step = 2 * length - 1; step >= 0; step -= 1) {
    const at = step % length;
    const next = at + 1 === length ? 0 : at + 1;
    after[at] = owners[next] === owners[at] ? (after[next] ?? 0) : next;
  }
  return after;
}
