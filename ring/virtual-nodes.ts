/**
 * The points of one member, from `hashring`: 160 virtual nodes per unit of weight, four points
 * each. This is the one file that knows the package, but for the simulator's comparison with the
 * package as others use it (simulate/strategies/rings.ts).
 *
 * The package is asked for one member at a time and only for what its constructor lays out.
 * Its own look-up and its own change of members are never used: a look-up of the key
 * `__proto__` writes to `Object.prototype`, and several members in one instance make the points
 * of each depend on the others (docs/decisions/0001-ring.md).
 */
import HashRing from 'hashring';

/** Virtual nodes of a member of weight 1. */
export const vnodesPerWeight = 160;

/** Points that the process remembers, over all members: 16 MB. */
export const cachedPointsMax = 4_194_304;

/** Virtual nodes of a member: in proportion to its weight alone, never to the others'. */
export function vnodesOf(weight: number): number {
  return Math.max(1, Math.round(weight * vnodesPerWeight));
}

/** Where the points of a member are, ascending. The array is shared: it must not be changed. */
export type PointSource = (id: string, vnodes: number) => Uint32Array;

/** Asks the package; a millisecond or so for a member of weight 1. */
export const hashringPoints: PointSource = (id, vnodes) => {
  // −1 as the default count: the package ignores a member's own count that equals the default.
  const built = new HashRing({ [id]: { vnodes } }, 'md5', { 'vnode count': -1 });
  // `ring` is not in the package's types; the version is pinned and the tests compare points.
  const { ring } = built as unknown as { readonly ring: readonly { readonly value: number }[] };
  return Uint32Array.from(ring, (node) => node.value).sort();
};

/** Remembers what `source` answered, up to `pointsMax` points; the longest unused go first. */
export function cachedPoints(source: PointSource, pointsMax: number): PointSource {
  const cache = new Map<string, Uint32Array>();
  let cachedCount = 0;
  return (id, vnodes) => {
    const name = `${id} ${vnodes}`;
    const known = cache.get(name);
    const points = known ?? source(id, vnodes);
    if (known === undefined) cachedCount += points.length;
    cache.delete(name);
    cache.set(name, points);
    for (const [oldest, { length }] of cache) {
      if (cachedCount <= pointsMax) break;
      cache.delete(oldest);
      cachedCount -= length;
    }
    return points;
  };
}

/** The points of `id` with `vnodes` virtual nodes, remembered by both. */
export const pointsOf: PointSource = cachedPoints(hashringPoints, cachedPointsMax);
