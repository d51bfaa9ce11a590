/** The laws of the ring as the simulator sees them, over thousands of random memberships. */
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { slotCount } from '../../../ring/hash.ts';
import { placement, slotDiff } from '../../../ring/placement.ts';
import { createRing } from '../../../ring/ring.ts';
import { type Chance, seededChance } from '../../../ring/simulate/chance.ts';
import { castOf, instantOf } from '../../../ring/simulate/instant.ts';
import { noLoad } from '../../../ring/simulate/load.ts';
import { movementOf } from '../../../ring/simulate/movement.ts';
import { type Frame, grainsOf, weighed } from '../../../ring/simulate/state.ts';
import { nothing } from '../../../ring/simulate/tally.ts';
import { timelineOf } from '../../../ring/simulate/timeline.ts';
import type { MemberChange, SimulatedMember } from '../../../ring/simulate/types.ts';
import { randomMembers } from '../../support/simulated.ts';

function randomChange(chance: Chance, members: readonly SimulatedMember[]): MemberChange {
  const id = members[chance.int(members.length)]?.id ?? '';
  const weight = (1 + chance.int(20)) / 160;
  const drawn = chance.int(members.length === 1 ? 2 : 4);
  if (drawn === 0) {
    return { kind: 'join', members: [{ id: `n${chance.int(1e9).toString(36)}`, weight }] };
  }
  if (drawn === 1) return { kind: 'weight', weights: { [id]: weight } };
  return { kind: drawn === 2 ? 'remove' : 'crash', ids: [id] };
}

function frameOf(cast: Frame['cast']): Frame {
  const totals = { ...nothing, slots: slotCount };
  return { cast, load: noLoad(), totals, grains: grainsOf(undefined), measure: 'slots' };
}

describe('the simulator, over random memberships', () => {
  it('finds no collateral and no more moved than needed in two thousand single changes', function () {
    this.timeout(60_000);
    const chance = seededChance(20_260);
    const seen = { joined: 0, left: 0, crashed: 0, reweighted: 0, moved: 0 };
    for (let walk = 0; walk < 80; walk += 1) {
      let present: readonly SimulatedMember[] = randomMembers(chance, 12);
      const scenario: MemberChange[] = [];
      const first = present;
      for (let i = 0; i < 25; i += 1) {
        const change = randomChange(chance, present);
        scenario.push(change);
        present = timelineOf(present, [change]).steps[0]?.members ?? present;
      }
      const timeline = timelineOf(first, scenario);
      const frame = frameOf(castOf(timeline));
      let last = weighed(instantOf(first, frame.cast), frame);
      for (const { label, members, crashed } of timeline.steps) {
        const next = weighed(instantOf(members, frame.cast, last.instant), frame);
        const { movement, workers } = movementOf(last, next, frame, crashed);
        const { collateral, moved, minimum } = movement;
        assert.deepEqual(collateral, { ...nothing, circle: 0 }, label);
        assert.strictEqual(moved.slots, minimum.slots, label);
        const touched = workers.filter(({ fate }) => fate !== 'stayed');
        assert.isAtMost(touched.length, 1);
        for (const { fate } of touched) if (fate !== 'stayed') seen[fate] += 1;
        seen.moved += moved.slots;
        last = next;
      }
      const [a, b] = [createRing(first), createRing(present)].map((ring) => placement(ring));
      const changed = weighed(instantOf(first, frame.cast), frame);
      if (a === undefined || b === undefined) assert.fail();
      assert.strictEqual(
        movementOf(changed, last, frame).movement.moved.slots,
        slotDiff(a, b).length,
      );
    }
    for (const [what, count] of Object.entries(seen)) assert.isAbove(count, 100, what);
  });

  it('has the targets, successors and thirds of the production placement', () => {
    const chance = seededChance(7);
    for (let round = 0; round < 60; round += 1) {
      const members = randomMembers(chance, 9);
      const timeline = timelineOf(members, []);
      const cast = castOf(timeline);
      const { targets, replicas, thirds } = instantOf(members, cast);
      const placed = placement(createRing(members));
      for (let slot = chance.int(50); slot < slotCount; slot += 50) {
        const named = [targets, replicas, thirds].map((column) => cast.ids[column[slot] ?? -1]);
        const order = placed.order(slot, 3);
        assert.deepEqual(named, [order[0], order[1], order[2]], `slot ${slot}`);
      }
    }
  });
});
