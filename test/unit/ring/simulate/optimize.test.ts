import { assert } from 'chai';
import { describe, it } from 'mocha';
import { placement } from '../../../../ring/placement.ts';
import { createRing } from '../../../../ring/ring.ts';
import { FittingCircle, pointsOfVnode } from '../../../../ring/simulate/fitting.ts';
import {
  type Optimization,
  optimizeBalance,
  weightFor,
} from '../../../../ring/simulate/optimize.ts';
import { hashringPoints, vnodesOf } from '../../../../ring/virtual-nodes.ts';
import { equalMembers, refusalOf, syntheticLoad } from '../../../support/simulated.ts';

describe('optimizing the balance', () => {
  const within = (maxMoved: number): Optimization =>
    optimizeBalance(equalMembers(30), undefined, { maxMoved });

  it('keeps to the price', () => {
    const cheap = within(0.01);
    assert.isAtMost(cheap.moved, 0.01);
    assert.isBelow(cheap.after, cheap.before);
    assert.isAtLeast(cheap.after, within(1).after);
    assert.strictEqual(cheap.simulation.steps[0]?.movement.fraction.slots, cheap.moved);
    const free = within(0);
    assert.deepEqual([free.moved, free.after, free.weights], [0, free.before, {}]);
    assert.lengthOf(free.simulation.steps, 0);
  });

  it('gives weights that make exactly the counts, and only those that change', () => {
    const { workers, weights, members } = within(0.02);
    assert.isNotEmpty(weights);
    for (const { id, vnodes, vnodesBefore, weight } of workers) {
      assert.strictEqual(vnodesOf(weight), vnodes);
      assert.strictEqual(Object.hasOwn(weights, id), vnodes !== vnodesBefore, id);
      assert.isAtMost(String(weight).length, 8);
    }
    for (const { id, capacity, weight } of members) {
      assert.strictEqual(capacity, 1);
      assert.strictEqual(weight, weights[id] ?? 1);
    }
  });

  it('is the same again, and finds little left to do on its own result', () => {
    const once = optimizeBalance(equalMembers(12));
    assert.deepEqual(optimizeBalance(equalMembers(12)), once);
    const twice = optimizeBalance(once.members, undefined, { aim: once.after });
    assert.deepEqual(twice.weights, {});
    assert.strictEqual(twice.before, once.after);
  });

  it('may even out connections rather than slots', () => {
    const load = syntheticLoad(50_000, {}, 0.7);
    const options = { measure: 'connections' } as const;
    const { before, after, simulation } = optimizeBalance(equalMembers(10), load, options);
    assert.isBelow(after, before);
    assert.closeTo(simulation.after.balance.connections.max, after, 1e-9);
    const error = refusalOf(() => optimizeBalance(equalMembers(10), undefined, options));
    assert.strictEqual(error.code, 'ring.bad_load');
  });

  it('refuses what it cannot fit', () => {
    const many = equalMembers(100).map((member) => ({ ...member, weight: 100 }));
    assert.match(refusalOf(() => optimizeBalance(many)).message, /fitPointsMax 2097152/);
    for (const options of [{ maxMoved: -0.1 }, { maxMoved: 2 }, { aim: 0.9 }]) {
      const error = refusalOf(() => optimizeBalance(equalMembers(3), undefined, options));
      assert.strictEqual(error.code, 'ring.bad_option');
    }
  });
});

describe('a weight for a count of virtual nodes', () => {
  it('makes exactly that count, for every count that there is', () => {
    for (let vnodes = 1; vnodes <= 16_000; vnodes += 1) {
      if (vnodesOf(weightFor(vnodes)) !== vnodes) assert.fail(`${vnodes}`);
    }
    for (const vnodes of [0, 16_001, Number.NaN]) {
      assert.strictEqual(refusalOf(() => weightFor(vnodes)).code, 'ring.bad_option');
    }
  });
});

describe('the circle for fitting', () => {
  it("has the package's points", () => {
    const own = [0, 1, 2, 3, 4].flatMap((vnode) => pointsOfVnode('w-7', vnode));
    assert.deepEqual(
      own.sort((a, b) => a - b),
      [...hashringPoints('w-7', 5)],
    );
  });

  it('has the targets of the production ring for any counts', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const circle = new FittingCircle(ids.map((id) => ({ id, vnodesMax: 60 })));
    for (const counts of [
      [1, 1, 1, 1],
      [60, 1, 20, 3],
      [17, 33, 59, 60],
    ]) {
      const targets = new Uint16Array(16_384);
      circle.targets(counts, targets);
      const members = ids.map((id, i) => ({ id, weight: weightFor(counts[i] ?? 1) }));
      const placed = placement(createRing(members));
      targets.forEach((target, slot) => {
        if (ids[target] !== placed.target(slot)) assert.fail(`slot ${slot}`);
      });
    }
  });
});
