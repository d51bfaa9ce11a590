/**
 * The exact difference of two rings: both circles are walked together, and every stretch between
 * two neighbouring points has one owner before and one after. Counted in positions, which are
 * integers, so that totals are exact.
 */
import type { Circle } from './circle.ts';
import { circleSize } from './hash.ts';
import type { Member } from './members.ts';

/** Neighbouring positions that change from one owner to another. */
export interface MovedRange {
  /** First position, included. */
  readonly first: number;
  /** Last position, included; never below `first`: a range that crosses zero is given as two. */
  readonly last: number;
  /** Owner before; undefined when the ring was empty. */
  readonly from: string | undefined;
  /** Owner after; undefined when the ring is empty. */
  readonly to: string | undefined;
}

/** All that moves from one member to another. */
export interface MovedShare {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Fraction of the circle. */
  readonly share: number;
}

export interface RingDiff {
  /** Ascending; neighbours of the same `from` and `to` are joined. */
  readonly ranges: readonly MovedRange[];
  /** One for each pair that moves anything, in the order of `from`, then `to`. */
  readonly moves: readonly MovedShare[];
  /** Fraction of the circle that changes owner. */
  readonly moved: number;
}

/** What the difference needs of a ring. */
interface Side {
  readonly members: readonly Member[];
  readonly circle: Circle;
}

/** What changes owner when ring `a` becomes ring `b`. */
export function diffOf(a: Side, b: Side): RingDiff {
  const ranges = rangesOf(a, b);
  const moves = new Map<
    string,
    { from: string | undefined; to: string | undefined; size: number }
  >();
  let movedSize = 0;
  for (const { first, last, from, to } of ranges) {
    const size = last - first + 1;
    movedSize += size;
    // A space is in no id and sorts before every character of one.
    const name = `${from ?? ''} ${to ?? ''}`;
    const move = moves.get(name);
    if (move === undefined) moves.set(name, { from, to, size });
    else move.size += size;
  }
  return {
    ranges,
    moves: [...moves]
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([, { from, to, size }]) => ({ from, to, share: size / circleSize })),
    moved: movedSize / circleSize,
  };
}

function rangesOf(a: Side, b: Side): MovedRange[] {
  const idsOfA = a.members.map((member) => member.id);
  const idsOfB = b.members.map((member) => member.id);
  const sameInB = indexesIn(idsOfA, idsOfB);
  const ranges: MovedRange[] = [];
  const walkA = new Walk(a.circle);
  const walkB = new Walk(b.circle);
  // The stretch that is being extended, by owner index; an index of −1 is an empty ring.
  let open: { first: number; last: number; from: number; to: number } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { first, last, from, to } = open;
    ranges.push({ first, last, from: idsOfA[from], to: idsOfB[to] });
    open = undefined;
  };
  for (let first = 0; first < circleSize; ) {
    const last = Math.min(walkA.last, walkB.last);
    const from = walkA.owner;
    const to = walkB.owner;
    const isSame = from === -1 ? to === -1 : sameInB[from] === to;
    if (isSame) close();
    else if (open?.from === from && open.to === to) open.last = last;
    else {
      close();
      open = { first, last, from, to };
    }
    first = last + 1;
    walkA.skipTo(first);
    walkB.skipTo(first);
  }
  close();
  return ranges;
}

/** A walk along one circle from position 0 to its end. */
class Walk {
  /** Last position of the present stretch. */
  last = 0;
  /** Index of its owner; −1 on an empty circle. */
  owner = -1;
  private readonly circle: Circle;
  private index = 0;

  constructor(circle: Circle) {
    this.circle = circle;
    this.skipTo(0);
  }

  /** Moves on to the stretch that holds `position`. */
  skipTo(position: number): void {
    const { points, owners } = this.circle;
    while (this.index < points.length && (points[this.index] ?? 0) < position) this.index += 1;
    this.last = points[this.index] ?? circleSize - 1;
    this.owner = owners[this.index] ?? owners[0] ?? -1;
  }
}

/** Of each of `ids` its index in `others`, or −2. Both ascending. */
function indexesIn(ids: readonly string[], others: readonly string[]): Int32Array {
  const indexes = new Map(others.map((id, index) => [id, index]));
  return Int32Array.from(ids, (id) => indexes.get(id) ?? -2);
}
