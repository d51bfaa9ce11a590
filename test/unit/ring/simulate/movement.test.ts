/** That the counting would show it if the ring broke its law: faults planted in what it laid out. */
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { Ring } from '../../../../ring/ring.ts';
import { castOf, instantOf } from '../../../../ring/simulate/instant.ts';
import { noLoad } from '../../../../ring/simulate/load.ts';
import { minimumOf, movementOf } from '../../../../ring/simulate/movement.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import { type Frame, grainsOf, weighed } from '../../../../ring/simulate/state.ts';
import { nothing } from '../../../../ring/simulate/tally.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import { verdictOf } from '../../../../ring/simulate/verdict.ts';
import { equalMembers } from '../../../support/simulated.ts';

const timeline = timelineOf(equalMembers(4), [{ kind: 'add', count: 1 }]);
const frame: Frame = {
  cast: castOf(timeline),
  load: noLoad(),
  totals: { ...nothing, slots: 16_384 },
  grains: grainsOf(undefined),
  measure: 'slots',
};
const before = weighed(instantOf(timeline.members, frame.cast), frame);
const lawful = instantOf(timeline.steps[0]?.members ?? [], frame.cast, before.instant);

describe('the counting of moves', () => {
  it('shows slots that stray between members who stay', () => {
    const targets = Uint16Array.from(lawful.targets);
    const strays = [...targets.keys()]
      .filter((slot) => targets[slot] === before.instant.targets[slot] && targets[slot] === 0)
      .slice(0, 3);
    for (const slot of strays) targets[slot] = 1;
    const { movement } = movementOf(before, weighed({ ...lawful, targets }, frame), frame);
    assert.strictEqual(movement.collateral.slots, 3);
    assert.strictEqual(movement.moved.slots, movement.minimum.slots + 3);
    const flow = movement.flows.find(({ from, to }) => from === 'w-1' && to === 'w-2');
    assert.strictEqual(flow?.moved.slots, 3);
  });

  it('shows stretches of the circle that stray', () => {
    const owners = Uint16Array.from(lawful.ring.circle.owners);
    const [first = 0] = [...owners.keys()].filter((at) => owners[at] === 0);
    owners[first] = 1;
    const circle = { ...lawful.ring.circle, owners };
    const ring = new Ring(lawful.ring.members, circle);
    const { movement } = movementOf(before, weighed({ ...lawful, ring }, frame), frame);
    assert.isAbove(movement.collateral.circle, 0);
  });

  it('makes a verdict of either', () => {
    const [step] = simulate(timeline).steps;
    if (step === undefined) assert.fail();
    for (const [stray, value] of [
      [{ slots: 1, circle: 0 }, 1 / 16_384],
      [{ slots: 0, circle: 1e-9 }, 1e-9],
    ] as const) {
      const collateral = { ...nothing, ...stray };
      const { isOk, reasons } = verdictOf({
        before: step.after,
        steps: [{ ...step, movement: { ...step.movement, collateral } }],
        surveys: [],
        measure: 'slots',
        moving: 'slots',
        thresholds: {},
      });
      assert.isFalse(isOk);
      assert.deepEqual(reasons, [{ code: 'collateral', step: 1, value, limit: 0 }]);
    }
  });
});

describe('the least that must move', () => {
  const slots = (count: number): typeof nothing => ({ ...nothing, slots: count });

  it('is what those who changed gain or lose, whichever is more', () => {
    const cases = [
      [
        [
          ['joined', 0, 10],
          ['stayed', 30, 20],
        ],
        10,
      ],
      [
        [
          ['left', 10, 0],
          ['stayed', 20, 30],
        ],
        10,
      ],
      // One replaced by another could inherit it all.
      [
        [
          ['left', 10, 0],
          ['joined', 0, 12],
          ['stayed', 20, 18],
        ],
        12,
      ],
      [
        [
          ['reweighted', 10, 4],
          ['joined', 0, 5],
        ],
        6,
      ],
      [
        [
          ['stayed', 10, 4],
          ['stayed', 0, 6],
        ],
        0,
      ],
    ] as const;
    for (const [workers, least] of cases) {
      const steps = workers.map(([fate, had, has]) => ({
        fate,
        before: slots(had),
        after: slots(has),
      }));
      assert.strictEqual(minimumOf(steps).slots, least);
    }
  });
});
