/** Search and merge on circles that MD5 never makes: crowded, skewed, full of equal points. */
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  type Circle,
  circleOf,
  distinctOwners,
  mergedCircle,
  nobody,
  type Placed,
  pointIndexAt,
} from '../../../ring/circle.ts';

/** Four owners whose points crowd in sixteen positions. */
const crowdedArb = fc.array(fc.array(fc.nat(15), { maxLength: 6 }), {
  minLength: 4,
  maxLength: 4,
});

describe('circle', () => {
  it('is ordered by point, equal points by owner', () => {
    fc.assert(
      fc.property(crowdedArb, (crowded) => {
        const expected = crowded
          .flatMap((points, owner) => points.map((point) => [point, owner] as const))
          .sort(([p, o], [q, n]) => p - q || o - n);
        assert.deepEqual(pairsOf(circleOf(placedOf(crowded))), expected);
      }),
    );
  });

  it('keeps the highest point and the highest owner exact', () => {
    const circle = circleOf([{ owner: 4_095, points: Uint32Array.of(0, 2 ** 32 - 1) }]);
    assert.deepEqual(pairsOf(circle), [
      [0, 4_095],
      [2 ** 32 - 1, 4_095],
    ]);
  });

  it('finds the first point at or after a position, however the points are spread', () => {
    const count = 10_000;
    const spreads: readonly ((share: number) => number)[] = [
      (share) => share,
      (share) => share ** 8,
      (share) => 1 - (1 - share) ** 8,
      (share) => 0.999 + share / 1000,
      () => 0.5,
    ];
    for (const spread of spreads) {
      const points = Uint32Array.from({ length: count }, (_, i) =>
        Math.floor(spread(i / count) * (2 ** 32 - 1)),
      );
      const circle = { points, owners: new Uint16Array(count) };
      for (let i = 0; i < 400; i += 1) {
        const near = points[(i * 7_919) % count] ?? 0;
        for (const position of [near, near + 1, near - 1, i * 10_000_000]) {
          if (position < 0) continue;
          const first = points.findIndex((point) => point >= position);
          assert.strictEqual(pointIndexAt(circle, position), Math.max(0, first));
        }
      }
    }
  });

  it('merges into what a sort of everything gives, whoever is dropped or renumbered', () => {
    fc.assert(
      fc.property(crowdedArb, crowdedArb, fc.nat(15), (crowded, others, dropped) => {
        // Those that stay get the even numbers, newcomers the odd ones between them.
        const isDropped = (owner: number): boolean => ((dropped >>> owner) & 1) === 1;
        const renumbered = Uint16Array.from(crowded, (_, owner) =>
          isDropped(owner) ? nobody : owner * 2,
        );
        const kept = placedOf(crowded).filter(({ owner }) => !isDropped(owner));
        const staying = kept.map(({ owner, points }) => ({ owner: owner * 2, points }));
        const added = placedOf(others).map(({ owner, points }) => ({
          owner: owner * 2 + 1,
          points,
        }));
        const merged = mergedCircle(circleOf(placedOf(crowded)), renumbered, circleOf(added));
        assert.deepEqual(merged, circleOf([...staying, ...added]));
      }),
      { numRuns: 300 },
    );
  });

  it('lists distinct owners once around, from any point', () => {
    const circle = { points: Uint32Array.of(1, 2, 3, 4), owners: Uint16Array.of(0, 1, 1, 2) };
    assert.deepEqual(distinctOwners(circle, 0, 3), [0, 1, 2]);
    assert.deepEqual(distinctOwners(circle, 2, 3), [1, 2, 0]);
    assert.deepEqual(distinctOwners(circle, 3, 9), [2, 0, 1]);
    assert.deepEqual(distinctOwners(circle, 3, 0), []);
  });
});

function placedOf(crowded: readonly (readonly number[])[]): Placed[] {
  return crowded.map((points, owner) => ({ owner, points: Uint32Array.from(points).sort() }));
}

function pairsOf({ points, owners }: Circle): (readonly [number, number])[] {
  return Array.from(points, (point, i) => [point, owners[i] ?? nobody] as const);
}
