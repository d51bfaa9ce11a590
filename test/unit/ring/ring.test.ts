/** What a ring answers and refuses; its laws are in test/property/ring. */
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { createRing, type Member, membersMax, placement, RingError } from '../../../ring/index.ts';

const one = 1 / 160;
const three: readonly Member[] = ['w-1', 'w-2', 'w-3'].map((id) => ({ id, weight: 1 }));

describe('ring', () => {
  it('without members owns nothing', () => {
    const ring = createRing([]);
    assert.isUndefined(ring.ownerAt(0));
    assert.deepEqual(ring.successors(0, 3), []);
    assert.deepEqual([...ring.shares()], []);
    assert.deepEqual(ring.members, []);
    assert.deepEqual(ring.diff(createRing([])), { ranges: [], moves: [], moved: 0 });
  });

  it('of one member gives it the whole circle', () => {
    const ring = createRing([{ id: 'only', weight: one }]);
    for (const position of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      assert.strictEqual(ring.ownerAt(position), 'only');
      assert.deepEqual(ring.successors(position, 5), ['only']);
    }
    assert.deepEqual([...ring.shares()], [['only', 1]]);
  });

  it('gives a position to the first point at or after it, past the last to the first', () => {
    const ring = createRing(three);
    const { points, owners } = ring.circle;
    const idAt = (index: number): string | undefined => ring.members[owners[index] ?? -1]?.id;
    const last = points.length - 1;
    for (let i = 0; i < points.length; i += 1) {
      assert.strictEqual(ring.ownerAt(points[i] ?? 0), idAt(i));
      assert.strictEqual(ring.ownerAt((points[i] ?? 0) + 1), idAt(i === last ? 0 : i + 1));
    }
    assert.strictEqual(ring.ownerAt(0), idAt(0));
    assert.strictEqual(ring.ownerAt(2 ** 32 - 1), idAt(0));
  });

  it('gives a shared point to the lowest id and keeps the other as its successor', () => {
    // These two share a point: the fruit of a search over ids.
    const shared = 974_136_822;
    for (const ids of [
      ['w-12486', 'w-2407'],
      ['w-2407', 'w-12486'],
    ]) {
      const ring = createRing(ids.map((id) => ({ id, weight: one })));
      assert.strictEqual(ring.circle.points.filter((point) => point === shared).length, 2);
      assert.deepEqual(ring.successors(shared, 2), ['w-12486', 'w-2407']);
    }
    // The same when one joins the other's ring.
    for (const [first, second] of [
      ['w-12486', 'w-2407'],
      ['w-2407', 'w-12486'],
    ] as const) {
      const near = createRing([{ id: first, weight: one }]);
      const ring = createRing([...near.members, { id: second, weight: one }], near);
      assert.deepEqual(ring.successors(shared, 2), ['w-12486', 'w-2407']);
      assert.deepEqual(ring.circle, createRing(ring.members).circle);
    }
  });

  it('lists members ascending by id, frozen, whatever becomes of the argument', () => {
    const members = [
      { id: 'b', weight: 1 },
      { id: 'a', weight: 2 },
    ];
    const ring = createRing(members);
    members[0] = { id: 'c', weight: 3 };
    assert.deepEqual(ring.members, [
      { id: 'a', weight: 2 },
      { id: 'b', weight: 1 },
    ]);
    assert.isFrozen(ring);
    assert.isFrozen(ring.members);
    assert.isFrozen(ring.members[0]);
  });

  it('has an id that members and weights decide', () => {
    const ids = [[], three, three.slice(1), [{ id: 'w-1', weight: 1.001 }, ...three.slice(1)]];
    const names = ids.map((members) => createRing(members).id);
    assert.strictEqual(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[0-9a-f]{16}$/);
    assert.strictEqual(createRing([...three].reverse()).id, createRing(three).id);
  });

  it('is even enough: the busiest of ten has at most 1.10 of the mean', () => {
    const ring = createRing(Array.from({ length: 10 }, (_, i) => ({ id: `w-${i}`, weight: 1 })));
    assert.isAtMost(Math.max(...ring.shares().values()) * 10, 1.1);
    assert.isAtMost((Math.max(...placement(ring).counts.values()) * 10) / 16_384, 1.1);
  });

  it('refuses bad members and says which value and which bound', () => {
    const cases: [members: Member[], code: string, message: RegExp][] = [
      ...['', 'A', '-a', 'a:1', 'a b', 'a\n', 'a/b', '__proto__', 'é', 'a'.repeat(64)].map(
        (id): [Member[], string, RegExp] => [
          [{ id, weight: 1 }],
          'ring.bad_member_id',
          /^member id ".*" does not match/,
        ],
      ),
      ...[0, -0, -1, Number.NaN, Infinity, -Infinity, 100.5].map(
        (weight): [Member[], string, RegExp] => [
          [{ id: 'a', weight }],
          'ring.bad_weight',
          /^weight .* of member a is not above 0 and at most weightMax 100$/,
        ],
      ),
      [[...three, { id: 'w-2', weight: 2 }], 'ring.duplicate_member', /w-2 is there twice/],
      [
        Array.from({ length: membersMax + 1 }, (_, i) => ({ id: `w-${i}`, weight: one })),
        'ring.too_many_members',
        /membersMax 4096/,
      ],
    ];
    for (const [members, code, message] of cases) {
      const error = refusalOf(() => createRing(members));
      assert.strictEqual(error.code, code);
      assert.match(error.message, message);
    }
  });

  it('refuses members that are not of the type', () => {
    const strangers = [{ id: 7, weight: 1 }, { id: 'a', weight: '1' }, { id: 'a' }];
    for (const stranger of strangers) refusalOf(() => createRing([stranger as unknown as Member]));
  });

  it('refuses positions that are not on the circle', () => {
    const ring = createRing(three);
    for (const position of [-1, 2 ** 32, 0.5, Number.NaN, Infinity]) {
      const owner = refusalOf(() => ring.ownerAt(position));
      assert.strictEqual(owner.code, 'ring.bad_position');
      assert.strictEqual(refusalOf(() => ring.successors(position, 1)).code, owner.code);
    }
  });

  it('accepts every id that fits the pattern, those of Object.prototype too', () => {
    const ids = ['constructor', 'valueof', '0', '10', '9', 'a'.repeat(63), 'w--', '1-1'];
    const ring = createRing(ids.map((id) => ({ id, weight: 1 })));
    assert.deepEqual(
      ring.members.map(({ id }) => id),
      [...ids].sort(),
    );
    for (const share of ring.shares().values()) assert.isAbove(share, 0.05);
  });
});

function refusalOf(call: () => unknown): RingError {
  try {
    call();
  } catch (error) {
    assert.instanceOf(error, RingError);
    return error as RingError;
  }
  throw new Error('nothing was refused');
}
