/** How even the default ring is, over the published sets of names; and what fitting makes of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { placement } from '../../../ring/placement.ts';
import { createRing } from '../../../ring/ring.ts';
import { optimizeBalance } from '../../../ring/simulate/optimize.ts';
import type { SimulatedMember } from '../../../ring/simulate/types.ts';
import { equalMembers } from '../../support/simulated.ts';

interface NameSets {
  readonly members: readonly number[];
  readonly sets: readonly { readonly pattern: string; readonly busiest: readonly number[] }[];
}

const path = join(import.meta.dirname, '../../../docs/vectors/names.json');
const { members: counts, sets }: NameSets = JSON.parse(readFileSync(path, 'utf8'));

function membersOf(pattern: string, count: number): SimulatedMember[] {
  return Array.from({ length: count }, (_, i) => {
    const id = pattern.replace(/\{(n+)\}/, (_all, digits: string) =>
      String(i + 1).padStart(digits.length, '0'),
    );
    return { id, weight: 1 };
  });
}

describe('the default ring over twenty published sets of names', function () {
  this.timeout(60_000);
  const busiest = counts.map((count) =>
    sets.map(({ pattern }) => {
      const { counts: slots } = placement(createRing(membersOf(pattern, count)));
      return Math.max(...slots.values());
    }),
  );
  const times = busiest.map((all, i) => all.map((slots) => (slots * (counts[i] ?? 0)) / 16_384));

  it('gives the busiest member the slots that are published', () => {
    assert.lengthOf(sets, 20);
    sets.forEach(({ busiest: published, pattern }, set) => {
      assert.deepEqual(
        busiest.map((all) => all[set]),
        [...published],
        pattern,
      );
    });
  });

  it('has at most 1.12 × mean at 10 and 1.15 at 30 in the worst set, 1.20 at 100 on average', () => {
    const [ten, thirty, hundred] = [times[0] ?? [], times[1] ?? [], times[2] ?? []];
    assert.isAtMost(Math.max(...ten), 1.12);
    assert.isAtMost(Math.max(...thirty), 1.15);
    assert.isAtMost(hundred.reduce((sum, each) => sum + each, 0) / 20, 1.2);
  });

  it('has at most 1.03 of ten members after fitting, whatever their names', () => {
    for (const { pattern } of sets) {
      assert.isAtMost(optimizeBalance(membersOf(pattern, 10)).after, 1.03, pattern);
    }
  });
});

/** By the production ring, the weights set: slots of the busiest ÷ fair. */
function busiestOf(members: readonly SimulatedMember[]): number {
  const { counts } = placement(createRing(members));
  const capacity = members.reduce((sum, member) => sum + (member.capacity ?? member.weight), 0);
  return Math.max(
    ...members.map(
      ({ id, weight, capacity: own = weight }) => ((counts.get(id) ?? 0) / 16_384 / own) * capacity,
    ),
  );
}

function mixed(count: number): SimulatedMember[] {
  return equalMembers(count, 'node-').map((member, i) => ({
    ...member,
    weight: [0.5, 1, 2, 4][i % 4] ?? 1,
  }));
}

describe('fitted weights', function () {
  this.timeout(60_000);
  for (const [count, most] of [
    [10, 1.03],
    [30, 1.03],
    [100, 1.06],
  ] as const) {
    for (const [name, members] of [
      ['equal', equalMembers(count)],
      ['mixed', mixed(count)],
    ] as const) {
      it(`brings ${count} workers of ${name} weights to at most ${most}`, () => {
        const { after, before, members: fitted, moved } = optimizeBalance(members);
        assert.isAtMost(after, most);
        assert.closeTo(busiestOf(fitted), after, 1e-9);
        assert.closeTo(busiestOf(members), before, 1e-9);
        assert.isAbove(before, after);
        assert.isBelow(moved, 0.1);
      });
    }
  }
});
