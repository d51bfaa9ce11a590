/**
 * The points of all members in one sorted order, as typed arrays: what a look-up searches and
 * what a difference walks along. A position belongs to the first point at or after it, past the
 * last point to the first one. Equal points stand in the order of member ids, so the lowest id
 * has the segment.
 *
 * Owners are indexes into the ring's sorted members; sorting by index is sorting by id.
 */

export interface Circle {
  /** Ascending. Shared, never changed. */
  readonly points: Uint32Array;
  /** Of each point the index of its member. */
  readonly owners: Uint16Array;
}

/** Few points between many: a long stretch is copied as one, which beats a loop by far; a short
 * one, as on a ring of a few members, is not. */
const stretchMin = 32;

/** In a table of owners: nobody. No member has this index (`membersMax`). */
export const nobody = 0xffff;

/** The points of one member, with its index. */
export interface Placed {
  readonly owner: number;
  /** Ascending. */
  readonly points: Uint32Array;
}

export const emptyCircle: Circle = { points: new Uint32Array(0), owners: new Uint16Array(0) };

/** Lays out members of which nothing is sorted together yet. */
export function circleOf(placed: readonly Placed[]): Circle {
  const [only] = placed;
  if (only !== undefined && placed.length === 1) {
    return { points: only.points, owners: new Uint16Array(only.points.length).fill(only.owner) };
  }
  const length = placed.reduce((sum, { points }) => sum + points.length, 0);
  // Point and owner in one exact number (48 of 53 bits): one native sort orders by both.
  const keys = new Float64Array(length);
  let at = 0;
  for (const { owner, points } of placed) {
    for (const point of points) {
      keys[at] = point * 0x10000 + owner;
      at += 1;
    }
  }
  keys.sort();
  const circle = { points: new Uint32Array(length), owners: new Uint16Array(length) };
  for (let i = 0; i < length; i += 1) {
    const key = keys[i] ?? 0;
    circle.points[i] = Math.floor(key / 0x10000);
    circle.owners[i] = key % 0x10000;
  }
  return circle;
}

/**
 * `base` with its owners renumbered and `added` merged in, without a sort. `renumbered` must
 * keep the order of those that stay; `nobody` drops the owner's points.
 */
export function mergedCircle(base: Circle, renumbered: Uint16Array, added: Circle): Circle {
  const kept = keptCircle(base, renumbered);
  const length = kept.points.length + added.points.length;
  const points = new Uint32Array(length);
  const owners = new Uint16Array(length);
  let copied = 0;
  const copyTo = (end: number, shift: number): void => {
    if (end - copied < stretchMin) {
      for (let at = copied; at < end; at += 1) {
        points[at + shift] = kept.points[at] ?? 0;
        owners[at + shift] = kept.owners[at] ?? nobody;
      }
    } else {
      points.set(kept.points.subarray(copied, end), copied + shift);
      owners.set(kept.owners.subarray(copied, end), copied + shift);
    }
    copied = end;
  };
  for (let i = 0; i < added.points.length; i += 1) {
    const point = added.points[i] ?? 0;
    const owner = added.owners[i] ?? nobody;
    let next = firstAtOrAfter(kept.points, point, copied, kept.points.length);
    while (kept.points[next] === point && (kept.owners[next] ?? nobody) < owner) next += 1;
    copyTo(next, i);
    points[next + i] = point;
    owners[next + i] = owner;
  }
  copyTo(kept.points.length, added.points.length);
  return { points, owners };
}

/** Index of the point that `position` belongs to; 0 past the last point and on an empty circle. */
export function pointIndexAt({ points }: Circle, position: number): number {
  const { length } = points;
  // MD5 spreads points evenly: the rank of a position is its share of the circle, give or take
  // half the root of the count. Four times that nearly always holds the answer, and a search
  // of so short a stretch stays in the processor's cache.
  const guess = Math.floor((position / 2 ** 32) * length);
  const margin = Math.ceil(2 * Math.sqrt(length));
  const below = Math.max(0, guess - margin);
  const above = Math.min(length, guess + margin);
  const low = below > 0 && (points[below - 1] ?? 0) >= position ? 0 : below;
  const high = above < length && (points[above] ?? 0) < position ? length : above;
  const index = firstAtOrAfter(points, position, low, high);
  return index === length ? 0 : index;
}

/** The first `count` distinct owners from the point at `index` on, once around at most. */
export function distinctOwners({ owners }: Circle, index: number, count: number): number[] {
  const found: number[] = [];
  const seen = new Set<number>();
  for (let step = 0; step < owners.length && found.length < count; step += 1) {
    const wrapped = index + step < owners.length ? index + step : index + step - owners.length;
    const owner = owners[wrapped] ?? nobody;
    if (seen.has(owner)) continue;
    seen.add(owner);
    found.push(owner);
  }
  return found;
}

/** Lowest index in [low, high) whose point is not below `position`, else `high`. */
function firstAtOrAfter(points: Uint32Array, position: number, low: number, high: number): number {
  let first = low;
  let end = high;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((points[middle] ?? 0) < position) first = middle + 1;
    else end = middle;
  }
  return first;
}

/** `base` without the points of owners that are renumbered to `nobody`. */
function keptCircle(base: Circle, renumbered: Uint16Array): Circle {
  const { length } = base.points;
  const isAllKept = !renumbered.includes(nobody);
  const points = isAllKept ? base.points : new Uint32Array(length);
  const owners = new Uint16Array(length);
  let at = 0;
  for (let i = 0; i < length; i += 1) {
    const owner = renumbered[base.owners[i] ?? nobody] ?? nobody;
    owners[at] = owner;
    if (!isAllKept) points[at] = base.points[i] ?? 0;
    if (owner !== nobody) at += 1;
  }
  return { points: points.subarray(0, at), owners: owners.subarray(0, at) };
}
