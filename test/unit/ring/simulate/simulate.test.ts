import { assert } from 'chai';
import { describe, it } from 'mocha';
import { slotCount } from '../../../../ring/hash.ts';
import { placement } from '../../../../ring/placement.ts';
import { createRing } from '../../../../ring/ring.ts';
import { Load } from '../../../../ring/simulate/load.ts';
import type { Simulation } from '../../../../ring/simulate/results.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import type { Scenario } from '../../../../ring/simulate/types.ts';
import {
  documented,
  documentedLoad,
  equalMembers,
  refusalOf,
  syntheticLoad,
} from '../../../support/simulated.ts';

describe('a simulation', () => {
  it('counts the documented example by hand', () => {
    const scenario: Scenario = [{ kind: 'crash', ids: ['w-1'] }];
    const { before, steps, load } = simulate(timelineOf(documented, scenario), documentedLoad());
    assert.deepEqual(load, { slots: 16_384, users: 3, connections: 8, eventsPerS: 3 });
    assert.deepEqual(
      before.workers.map((worker) => [worker.id, worker.vnodes, worker.fair, worker.load]),
      [
        ['w-1', 160, 0.4, { slots: 6125, users: 2, connections: 4, eventsPerS: 3 }],
        ['w-2', 160, 0.4, { slots: 6986, users: 1, connections: 4, eventsPerS: 0 }],
        ['w-3', 80, 0.2, { slots: 3273, users: 0, connections: 0, eventsPerS: 0 }],
      ],
    );
    assert.closeTo(before.workers[0]?.timesFair.connections ?? 0, 4 / (8 * 0.4), 1e-12);
    const [step] = steps;
    if (step === undefined) assert.fail();
    assert.strictEqual(step.cause, 'crash');
    const { moved, fraction, flows, heaviestHeir } = step.movement;
    assert.deepEqual(moved, { slots: 6125, users: 2, connections: 4, eventsPerS: 3 });
    assert.deepEqual(fraction, {
      slots: 6125 / 16_384,
      users: 2 / 3,
      connections: 0.5,
      eventsPerS: 1,
    });
    assert.deepEqual(
      flows.map(({ from, to, moved: each }) => [from, to, each.users, each.connections]),
      [
        ['w-1', 'w-2', 1, 3],
        ['w-1', 'w-3', 1, 1],
      ],
    );
    assert.deepEqual([heaviestHeir?.id, heaviestHeir?.fraction], ['w-2', 0.75]);
    assert.closeTo(heaviestHeir?.timesFair ?? 0, 0.75 / (1 / 1.5), 1e-12);
    assert.deepEqual(
      step.workers.map(({ id, fate, in: into, out }) => [id, fate, into.users, out.users]),
      [
        ['w-1', 'crashed', 0, 2],
        ['w-2', 'stayed', 1, 0],
        ['w-3', 'stayed', 1, 0],
      ],
    );
  });

  it('agrees with the production ring on slots, shares and moves', () => {
    const members = equalMembers(10);
    const after = [...members, { id: 'w-11', weight: 1 }];
    const timeline = timelineOf(members, [{ kind: 'add', count: 1 }]);
    const simulation = simulate(timeline, syntheticLoad(20_000));
    const [a, b] = [createRing(members), createRing(after)];
    const [step] = simulation.steps;
    assert.strictEqual(simulation.before.ringId, a.id);
    assert.strictEqual(simulation.after.ringId, b.id);
    assert.strictEqual(step?.movement.circle, b.shares().get('w-11'));
    assert.strictEqual(step?.movement.moved.slots, placement(b).counts.get('w-11'));
    for (const worker of simulation.after.workers) {
      assert.strictEqual(worker.load.slots, placement(b).counts.get(worker.id));
      assert.strictEqual(worker.circle, b.shares().get(worker.id));
    }
    assert.closeTo(step?.movement.evenFraction ?? 0, 1 / 11, 1e-12);
  });

  it('loses nothing: what goes out comes in, and workers add up to the load', () => {
    const members = equalMembers(7).map((member, i) => ({ ...member, zone: 'abc'[i % 3] }));
    const timeline = timelineOf(members, [
      { kind: 'rolling-deploy', atOnce: 2 },
      { kind: 'weight', weights: { 'w-1': 2, 'w-2': 0.5 } },
      { kind: 'zone-loss', zone: 'b' },
      { kind: 'add', count: 3 },
    ]);
    const { steps, before, total } = simulate(timeline, syntheticLoad(5000, {}, 1));
    let last = before;
    for (const { after, workers, movement } of steps) {
      assert.strictEqual(sum(after.workers.map(({ load }) => load.users)), 5000);
      assert.strictEqual(sum(workers.map((worker) => worker.out.users)), movement.moved.users);
      assert.strictEqual(sum(movement.flows.map(({ moved }) => moved.users)), movement.moved.users);
      assert.closeTo(sum(movement.flows.map(({ circle }) => circle)), movement.circle, 1e-12);
      for (const { id, before: had, after: has, in: into, out } of workers) {
        assert.strictEqual(had.users + into.users - out.users, has.users, id);
        const own = last.workers.find((worker) => worker.id === id);
        assert.strictEqual(own?.load.users ?? 0, had.users);
      }
      last = after;
    }
    assert.strictEqual(total.moved.users, sum(steps.map(({ movement }) => movement.moved.users)));
  });

  it('moves everybody of a worker there and back in a deploy, net nothing', () => {
    const timeline = timelineOf(equalMembers(5), [{ kind: 'rolling-deploy' }]);
    const { net, total, timesMoved, before, after } = simulate(timeline, syntheticLoad(1000));
    assert.deepEqual([net.moved.users, net.circle, net.flows], [0, 0, []]);
    assert.strictEqual(total.moved.users, 2000);
    assert.deepEqual(timesMoved, [0, 0, 1000]);
    assert.deepEqual(after, before);
  });

  it('gives each worker its worst single crash as a ring without the other shows it', () => {
    const members = documented.concat({ id: 'w-4', weight: 0.75 });
    const load = syntheticLoad(3000);
    const { before } = simulate(timelineOf(members, []), load);
    for (const { id, afterWorstCrash } of before.workers) {
      const cases = members
        .filter((other) => other.id !== id)
        .map((other) => {
          const left = timelineOf(members, [{ kind: 'crash', ids: [other.id] }]);
          const worker = simulate(left, load).after.workers.find((each) => each.id === id);
          return { crashed: other.id, worker };
        })
        .sort(
          (a, b) => (b.worker?.timesFair.connections ?? 0) - (a.worker?.timesFair.connections ?? 0),
        );
      assert.strictEqual(afterWorstCrash?.crashed, cases[0]?.crashed);
      assert.strictEqual(afterWorstCrash?.load.users, cases[0]?.worker?.load.users);
      assert.strictEqual(afterWorstCrash?.load.slots, cases[0]?.worker?.load.slots);
      assert.closeTo(
        afterWorstCrash?.timesFair ?? 0,
        cases[0]?.worker?.timesFair.connections ?? 1,
        1e-9,
      );
    }
  });

  it('counts a fitted weight against the capacity that is meant', () => {
    const members = [
      { id: 'a', weight: 1.1, capacity: 1 },
      { id: 'b', weight: 1, capacity: 1 },
    ];
    const { workers } = simulate(timelineOf(members, [])).before;
    assert.deepEqual(
      workers.map(({ vnodes, fair }) => [vnodes, fair]),
      [
        [176, 0.5],
        [160, 0.5],
      ],
    );
  });

  it('names hot keys, their worker and their part of it', () => {
    const timeline = timelineOf(documented, [{ kind: 'crash', ids: ['w-1'] }]);
    const load = new Load({ keyPrefix: '', keepsHotIds: true });
    for (let i = 0; i < 100; i += 1) load.add(`quiet-${i}`);
    load.add('user:alice', 50);
    const { hotKeys, after } = simulate(timeline, load);
    assert.strictEqual(hotKeys.length, 1);
    const [alice] = hotKeys;
    assert.deepEqual(
      [alice?.key, alice?.slot, alice?.ownerBefore, alice?.ownerAfter],
      ['user:alice', 10_077, 'w-1', 'w-2'],
    );
    assert.closeTo(alice?.ofFairWorker ?? 0, (50 / 150) * 2, 1e-12);
    const owner = after.workers.find(({ id }) => id === 'w-2');
    assert.closeTo(alice?.ofOwner.connections ?? 0, 50 / (owner?.load.connections ?? 1), 1e-12);
  });

  it('works without users, on slots', () => {
    const { measure, load, steps } = simulate(
      timelineOf(equalMembers(2), [{ kind: 'add', count: 1 }]),
    );
    assert.strictEqual(measure, 'slots');
    assert.deepEqual(load, { slots: slotCount, users: 0, connections: 0, eventsPerS: 0 });
    assert.strictEqual(steps[0]?.movement.fraction.users, 0);
    assertFinite(steps);
  });

  it('is plain JSON and the same for the same input', () => {
    const run = (): Simulation =>
      simulate(
        timelineOf(equalMembers(6), [
          { kind: 'any-two' },
          { kind: 'add', count: 1 },
          { kind: 'crash', ids: ['w-2', 'w-3'] },
        ]),
        syntheticLoad(2000, { keepsHotIds: true }, 1.1),
      );
    const first = run();
    assert.deepEqual(run(), first);
    assert.strictEqual(JSON.stringify(run()), JSON.stringify(first));
    assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
    assertFinite(first);
  });

  it('tells how far it is', () => {
    const seen: number[] = [];
    const timeline = timelineOf(equalMembers(3), [{ kind: 'rolling-deploy' }]);
    simulate(timeline, undefined, {}, (done) => seen.push(done));
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
  });

  it('refuses an empty load, a measure that nothing has, and thresholds that are none', () => {
    const timeline = timelineOf(equalMembers(2), []);
    const codes = [
      refusalOf(() => simulate(timeline, new Load())),
      refusalOf(() => simulate(timeline, undefined, { measure: 'users' })),
      refusalOf(() => simulate(timeline, undefined, { thresholds: { maxMoved: 1.5 } })),
      refusalOf(() => simulate(timeline, undefined, { thresholds: { maxImbalance: 0.9 } })),
      refusalOf(() => simulate(timeline, undefined, { rates: { acceptsPerS: 0 } })),
    ].map(({ code, message }) => `${code}: ${message}`);
    assert.deepEqual(codes, [
      'ring.bad_load: the load has no user',
      'ring.bad_option: measure users: the load has none',
      'ring.bad_option: maxMoved 1.5 is not a number from 0 to 1',
      'ring.bad_option: maxImbalance 0.9 is not a number from 1 up',
      'ring.bad_option: acceptsPerS 0 is not a number above 0',
    ]);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}

/** JSON would make null of what is not finite. */
function assertFinite(value: unknown): void {
  assert.notInclude(JSON.stringify(value), 'null');
}
