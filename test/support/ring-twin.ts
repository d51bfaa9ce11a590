/**
 * The ring a second time, slow and obviously right: every question scans all points, nothing is
 * sorted, searched or remembered. Points come straight from MD5, not from the package.
 */
import { createHash } from 'node:crypto';
import type { Member } from '../../ring/index.ts';

interface Point {
  readonly at: number;
  readonly id: string;
}

export function twinPoints(id: string, weight: number): number[] {
  const vnodes = Math.max(1, Math.floor(weight * 160 + 0.5));
  return Array.from({ length: vnodes }, (_, i) => {
    const digest = createHash('md5').update(`${id}-${i}`).digest();
    return [0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset));
  }).flat();
}

export class TwinRing {
  private readonly points: readonly Point[];

  constructor(members: readonly Member[]) {
    this.points = members.flatMap(({ id, weight }) =>
      twinPoints(id, weight).map((at) => ({ at, id })),
    );
  }

  ownerAt(position: number): string | undefined {
    return this.successors(position, 1)[0];
  }

  /** Takes the nearest point, strikes its member off, takes the nearest of the rest, … */
  successors(position: number, count: number): string[] {
    const found: string[] = [];
    let rest = this.points;
    while (found.length < count) {
      const nearest = nearestOf(rest, position);
      if (nearest === undefined) break;
      found.push(nearest.id);
      rest = rest.filter(({ id }) => id !== nearest.id);
    }
    return found;
  }

  /** The last positions of all stretches that have one owner. */
  edges(): number[] {
    return this.points.map(({ at }) => at);
  }
}

/** Stretches between neighbouring edges of either ring that change owner, joined where alike. */
export function twinRanges(
  a: TwinRing,
  b: TwinRing,
): { first: number; last: number; from: string | undefined; to: string | undefined }[] {
  const edges = [...new Set([...a.edges(), ...b.edges(), 2 ** 32 - 1])].sort((x, y) => x - y);
  const ranges: ReturnType<typeof twinRanges> = [];
  let first = 0;
  for (const last of edges) {
    const from = a.ownerAt(last);
    const to = b.ownerAt(last);
    const before = ranges.at(-1);
    if (from !== to) {
      const isSame = before?.last === first - 1 && before.from === from && before.to === to;
      if (before !== undefined && isSame) before.last = last;
      else ranges.push({ first, last, from, to });
    }
    first = last + 1;
  }
  return ranges;
}

/** The point that comes first from `position` on; of equal points the one of the lowest id. */
function nearestOf(points: readonly Point[], position: number): Point | undefined {
  const distance = ({ at }: Point): number =>
    at >= position ? at - position : at - position + 2 ** 32;
  let nearest: Point | undefined;
  for (const point of points) {
    if (nearest === undefined) {
      nearest = point;
      continue;
    }
    const nearer = distance(point) - distance(nearest);
    if (nearer < 0 || (nearer === 0 && point.id < nearest.id)) nearest = point;
  }
  return nearest;
}
