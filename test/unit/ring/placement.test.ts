/** Slots and their targets, against the ring they come from and against Python. */
import { assert } from 'chai';
import { describe, it } from 'mocha';
import {
  createRing,
  hashKey,
  type Member,
  placement,
  RingError,
  slotDiff,
  slotOf,
  slotPosition,
  vnodesOf,
} from '../../../ring/index.ts';
import { pointsOf } from '../../../ring/virtual-nodes.ts';
import { placementByPython } from '../../support/python.ts';

const weighted: readonly Member[] = [
  { id: 'w-10', weight: 1 },
  { id: 'w-2', weight: 2 },
  { id: 'constructor', weight: 0.5 },
  { id: '7', weight: 0.003 },
  { id: 'gateway-eu-west-1', weight: 1.37 },
  { id: 'zz', weight: 2.5 / 160 },
];

describe('placement', () => {
  it('asks the ring for the middle of each slot', () => {
    const ring = createRing(weighted);
    for (const slots of [1, 2, 64, 16_384]) {
      const placed = placement(ring, slots);
      for (let slot = 0; slot < slots; slot += 1) {
        const order = ring.successors(slotPosition(slot, slots), 2);
        assert.strictEqual(placed.target(slot), order[0]);
        assert.strictEqual(placed.successor(slot), order[1]);
        // The whole order is a long walk to the member of the smallest weight.
        if (slot % 64 !== 0) continue;
        assert.deepEqual(placed.order(slot, 6), ring.successors(slotPosition(slot, slots), 6));
        assert.lengthOf(placed.order(slot, 99), 6);
        assert.deepEqual(placed.order(slot, 0), []);
      }
    }
  });

  it('counts the slots of every member, those of none too', () => {
    const placed = placement(createRing(weighted), 4);
    assert.deepEqual([...placed.counts.keys()], weighted.map(({ id }) => id).sort());
    const total = [...placed.counts.values()].reduce((sum, count) => sum + count, 0);
    assert.strictEqual(total, 4);
    for (const [id, count] of placed.counts) {
      const own = [0, 1, 2, 3].filter((slot) => placed.target(slot) === id);
      assert.strictEqual(count, own.length, id);
    }
  });

  it('has no targets without members and no successors with one', () => {
    const none = placement(createRing([]));
    assert.isUndefined(none.target(0));
    assert.isUndefined(none.successor(0));
    assert.deepEqual(none.order(0, 2), []);
    const alone = placement(createRing([{ id: 'only', weight: 1 }]));
    assert.strictEqual(alone.target(16_383), 'only');
    assert.isUndefined(alone.successor(16_383));
    assert.deepEqual([...alone.counts], [['only', 16_384]]);
    assert.deepEqual(slotDiff(none, alone)[7], { slot: 7, from: undefined, to: 'only' });
    assert.lengthOf(slotDiff(none, alone), 16_384);
  });

  it('refuses slots and slot counts that do not exist', () => {
    const ring = createRing(weighted);
    const placed = placement(ring);
    assert.throws(() => placement(ring, 1000), RingError, 'slots 1000 is not a power of two');
    for (const slot of [-1, 16_384, 0.5, Number.NaN]) {
      assert.throws(() => placed.target(slot), RingError, 'is not one of 0 … 16383');
      assert.throws(() => placed.successor(slot), RingError);
      assert.throws(() => placed.order(slot, 1), RingError);
    }
    assert.throws(() => slotDiff(placed, placement(ring, 64)), RingError, '16384 and 64');
  });

  it('agrees with Python: hashes, slots, points, targets and successors', () => {
    const keys = [
      ...Array.from({ length: 5_000 }, (_, i) => `user:${i}`),
      ...[
        '',
        '__proto__',
        'constructor',
        'user:Zoë',
        'user:🦊',
        '\ud800',
        'a\udc00b',
        '\udfff\ud800',
      ],
      'x'.repeat(10_240),
    ];
    const ring = createRing(weighted);
    const ours = placement(ring);
    const theirs = placementByPython({ members: weighted, keys, slots: 16_384 });
    assert.lengthOf(theirs.keys, keys.length);
    keys.forEach((key, i) => {
      const slot = slotOf(key);
      const expected = { crc32: hashKey(key), slot, target: ours.target(slot) };
      assert.deepEqual(theirs.keys[i], expected as (typeof theirs.keys)[number]);
    });
    const points = weighted.map(({ id, weight }) => [id, [...pointsOf(id, vnodesOf(weight))]]);
    assert.deepEqual(theirs.points, Object.fromEntries(points));
    const slots = Array.from({ length: 16_384 }, (_, slot) => slot);
    assert.deepEqual(
      theirs.targets,
      slots.map((slot) => ours.target(slot) ?? null),
    );
    assert.deepEqual(
      theirs.successors,
      slots.map((slot) => ours.successor(slot) ?? null),
    );
  });
});
