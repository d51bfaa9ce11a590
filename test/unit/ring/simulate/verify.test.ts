import { assert } from 'chai';
import { describe, it } from 'mocha';
import { createRing, Ring } from '../../../../ring/ring.ts';
import type { SimulatedMember } from '../../../../ring/simulate/types.ts';
import { type LawName, type RingMaker, verifyMembers } from '../../../../ring/simulate/verify.ts';
import { equalMembers } from '../../../support/simulated.ts';

const names: readonly SimulatedMember[] = [
  ...['constructor', 'valueof', '0', '10', '9', 'a--b', 'x'.repeat(63)].map((id) => ({
    id,
    weight: 0.2,
  })),
  { id: 'heavy', weight: 1.5 },
];

/** The laws that a ring with a planted fault breaks. */
function brokenWith(make: RingMaker): LawName[] {
  const { laws, isOk } = verifyMembers(equalMembers(6), { drawn: 4 }, make);
  const broken = laws.filter(({ isHeld }) => !isHeld);
  assert.strictEqual(isOk, broken.length === 0);
  for (const { broken: what } of broken) assert.isString(what);
  return broken.map(({ law }) => law);
}

describe('the verification of members', () => {
  it('finds every law held, for names of every kind', () => {
    const { laws, isOk, ringId, sharedPoints } = verifyMembers(names);
    assert.isTrue(isOk);
    assert.strictEqual(ringId, createRing(names).id);
    assert.strictEqual(sharedPoints, 0);
    assert.deepEqual(
      laws.map(({ law, isHeld, cases }) => [law, isHeld, cases]),
      [
        ['one-owner', true, 16_385],
        ['points', true, 8],
        ['order', true, 16],
        ['history', true, 16],
        ['join', true, 8],
        ['leave', true, 8],
        ['weight', true, 16],
        ['prefix', true, 8],
      ],
    );
  });

  it('holds for one member, and is the same for the same seed', () => {
    assert.isTrue(verifyMembers([{ id: 'only', weight: 0.1 }]).isOk);
    const options = { seed: 5, membersTried: 3, drawn: 2 };
    assert.deepEqual(verifyMembers(names, options), verifyMembers(names, options));
    assert.strictEqual(verifyMembers(names, options).laws[4]?.cases, 3);
  });

  it('counts points that two members share', () => {
    const shared = ['w-12486', 'w-2407'].map((id) => ({ id, weight: 1 / 160 }));
    assert.strictEqual(verifyMembers(shared).sharedPoints, 1);
    assert.isTrue(verifyMembers(shared).isOk);
  });

  it('finds weights that count against the total', () => {
    const relative: RingMaker = (members) => {
      const all = [...members];
      const total = all.reduce((sum, { weight }) => sum + weight, 0);
      return createRing(all.map((m) => ({ ...m, weight: (m.weight / total) * 6 })));
    };
    assert.includeMembers(brokenWith(relative), ['join', 'leave', 'weight']);
  });

  it('finds a ring that depends on the order in which members are named', () => {
    const ordered: RingMaker = (members) => {
      const [first, ...rest] = [...members];
      if (first === undefined) return createRing([]);
      return createRing([{ ...first, weight: first.weight * 1.5 }, ...rest]);
    };
    assert.include(brokenWith(ordered), 'order');
  });

  it('finds a ring that remembers the one before', () => {
    const lazy: RingMaker = (members, near) => {
      const ring = createRing(members);
      return near === undefined ? ring : new Ring(ring.members, near.circle);
    };
    assert.include(brokenWith(lazy), 'history');
  });
});
