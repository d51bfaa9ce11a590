/**
 * The ring against others that compute the same: the package with all members in one instance,
 * and a slow twin that scans every point for every question.
 */
import { assert } from 'chai';
import fc from 'fast-check';
import HashRing from 'hashring';
import { describe, it } from 'mocha';
import { createRing, type Member, type Ring, vnodesOf } from '../../../ring/index.ts';
import { TwinRing, twinRanges } from '../../support/ring-twin.ts';

const idArb = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
/** Few points, so that the twin stays bearable: one to eight virtual nodes. */
const memberArb = fc.record({
  id: idArb,
  weight: fc.double({ min: 0.001, max: 0.05, noNaN: true }),
});
const membersArb = fc.uniqueArray(memberArb, { maxLength: 12, selector: ({ id }) => id });
const positionArb = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
);

describe('points of the ring', () => {
  it("equal hashring's own at every count from 1 to 128, few points each", () => {
    for (let count = 1; count <= 128; count += 1) {
      const members = Array.from({ length: count }, (_, i) => ({
        id: `w-${i}`,
        weight: 0.01 + (i % 5) * 0.01,
      }));
      requireHashringPoints(members);
    }
  });

  it("equal hashring's own at full weight where its default constructor moves too much", () => {
    for (const count of [1, 3, 7, 14, 28, 49, 103]) {
      const members = Array.from({ length: count }, (_, i) => ({ id: `worker-${i}`, weight: 1 }));
      requireHashringPoints(members);
    }
  });
});

describe('ring and slow twin', () => {
  it('agree on owners and successors, at random positions and around every point', () => {
    fc.assert(
      fc.property(membersArb, fc.array(positionArb, { maxLength: 10 }), (members, positions) => {
        const ring = createRing(members);
        const twin = new TwinRing(members);
        const edges = twin.edges().flatMap((at) => [at, (at + 1) % 2 ** 32]);
        for (const position of [...positions, ...edges.slice(0, 40)]) {
          assert.strictEqual(ring.ownerAt(position), twin.ownerAt(position), `at ${position}`);
          const count = (position % 5) + 1;
          assert.deepEqual(ring.successors(position, count), twin.successors(position, count));
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('agree on differences, which sum to what they list', () => {
    fc.assert(
      fc.property(membersArb, membersArb, fc.nat(12), (some, others, kept) => {
        // Keeping some members makes differences that are not total.
        const ids = new Set(others.map(({ id }) => id));
        const after = [...others, ...some.slice(0, kept).filter(({ id }) => !ids.has(id))];
        const ring = createRing(some);
        const diff = ring.diff(createRing(after, ring));
        assert.deepEqual(diff.ranges, twinRanges(new TwinRing(some), new TwinRing(after)));
        const moved = diff.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
        assert.strictEqual(diff.moved, moved / 2 ** 32);
        for (const { from, to, share } of diff.moves) {
          const own = diff.ranges.filter((range) => range.from === from && range.to === to);
          const size = own.reduce((sum, { first, last }) => sum + last - first + 1, 0);
          assert.strictEqual(share, size / 2 ** 32);
        }
        const total = diff.moves.reduce((sum, { share }) => sum + share, 0);
        assert.closeTo(total, diff.moved, 1e-12);
      }),
      { numRuns: 40, seed: 12 },
    );
  });

  it('agree on shares', () => {
    fc.assert(
      fc.property(membersArb, (members) => {
        const expected = new Map<string, number>(members.map(({ id }) => [id, 0]));
        for (const { first, last, to } of twinRanges(new TwinRing([]), new TwinRing(members))) {
          const size = (last - first + 1) / 2 ** 32;
          if (to !== undefined) expected.set(to, (expected.get(to) ?? 0) + size);
        }
        const shares = createRing(members).shares();
        assert.sameMembers([...shares.keys()], [...expected.keys()]);
        for (const [id, share] of shares) assert.closeTo(share, expected.get(id) ?? -1, 1e-12, id);
      }),
      { numRuns: 40, seed: 13 },
    );
  });

  it('agree whatever ring another was made from', () => {
    fc.assert(
      fc.property(membersArb, fc.array(membersArb, { maxLength: 4 }), (members, history) => {
        let near: Ring | undefined;
        for (const past of history) near = createRing(past, near);
        assert.deepEqual(createRing(members, near), createRing(members));
      }),
      { numRuns: 60, seed: 14 },
    );
  });
});

/** Compares with the package given all members at once, in the order of their ids. */
function requireHashringPoints(members: readonly Member[]): void {
  const ring = createRing(members);
  const servers = ring.members.map(({ id, weight }) => [id, { vnodes: vnodesOf(weight) }]);
  const all = new HashRing(Object.fromEntries(servers), 'md5', { 'vnode count': -1 });
  const { ring: theirs } = all as unknown as { ring: { value: number; server: string }[] };
  assert.strictEqual(ring.circle.points.length, theirs.length);
  theirs.forEach(({ value, server }, i) => {
    if (ring.circle.points[i] === value && ownerOf(ring, i) === server) return;
    assert.fail(`point ${i}: ${ring.circle.points[i]} ${ownerOf(ring, i)}, not ${value} ${server}`);
  });
}

function ownerOf(ring: Ring, pointIndex: number): string | undefined {
  return ring.members[ring.circle.owners[pointIndex] ?? -1]?.id;
}
