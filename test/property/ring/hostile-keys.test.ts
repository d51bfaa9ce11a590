/**
 * Keys come from clients. None of them may change a ring, a prototype or the answer for another
 * key: the package below us pollutes `Object.prototype` when it is asked for `__proto__`.
 */
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createRing, hashKey, placement, RingError, slotOf } from '../../../ring/index.ts';

const hostile = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'],
  ...['isPrototypeOf', '__defineGetter__', 'value', 'next', 'before', 'polluted', ''],
  ...['\0', '\ud800', '\udfff', '\udfff\ud800', 'a\ud83d', '\ufeff', '\u202e', '🦊'],
  'k'.repeat(10_240),
  '\ud800'.repeat(10_240),
];

describe('hostile keys', () => {
  it('change neither prototypes nor placement', () => {
    const before = prototypes();
    const placed = placement(
      createRing([
        { id: 'a', weight: 1 },
        { id: 'b', weight: 1 },
      ]),
    );
    const targets = targetsOf(placed);
    for (const key of hostile) {
      const slot = slotOf(key);
      assert.include([0, 1], ['a', 'b'].indexOf(placed.target(slot) ?? ''), JSON.stringify(key));
      assert.strictEqual(
        placed.ring.ownerAt(hashKey(key)),
        placed.ring.successors(hashKey(key), 1)[0],
      );
    }
    assert.deepEqual(targetsOf(placed), targets);
    assert.deepEqual(prototypes(), before);
    assert.isUndefined(({} as { polluted?: unknown }).polluted);
  });

  it('are answered the same by a ring that never saw them and by one after a removal', () => {
    const both = createRing([
      { id: 'a', weight: 1 },
      { id: 'b', weight: 1 },
    ]);
    for (const key of hostile) both.ownerAt(hashKey(key));
    const alone = createRing([{ id: 'b', weight: 1 }], both);
    for (const key of hostile) assert.strictEqual(alone.ownerAt(hashKey(key)), 'b');
  });

  it('are refused as member ids, and refused ids leave nothing behind', () => {
    const before = prototypes();
    for (const id of hostile.filter((key) => !/^[a-z0-9][a-z0-9-]{0,62}$/.test(key))) {
      assert.throws(
        () => createRing([{ id, weight: 1 }]),
        RingError,
        /^member id .{0,500} does not/,
      );
    }
    createRing(['constructor', 'value', 'next', 'before'].map((id) => ({ id, weight: 1 })));
    assert.deepEqual(prototypes(), before);
  });

  it('of any kind have a slot between 0 and 16,383', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (key) => {
        const slot = slotOf(key);
        assert.isTrue(Number.isInteger(slot) && slot >= 0 && slot < 16_384);
      }),
    );
  });
});

/** Own names of what a polluting look-up writes to, and what a `for … in` would show. */
function prototypes(): unknown {
  const owners = [Object.prototype, Array.prototype, String.prototype, Function.prototype, Object];
  const visible: string[] = [];
  for (const name in {}) visible.push(name);
  return [visible, ...owners.map((owner) => Reflect.ownKeys(owner))];
}

function targetsOf(placed: ReturnType<typeof placement>): (string | undefined)[] {
  return Array.from({ length: placed.slots }, (_, slot) => placed.target(slot));
}
