import { assert } from 'chai';
import { describe, it } from 'mocha';
import { balanceOf, expectedMax, percentile } from '../../../../ring/simulate/balance.ts';
import { seededChance } from '../../../../ring/simulate/chance.ts';

const none = { spread: 0, heaviest: 0 };

describe('balance', () => {
  it('is load ÷ fair load: peak, percentiles and deviation by hand', () => {
    const parts = [10, 20, 30, 40].map((load, i) => ({ id: `w-${i}`, load, fair: 0.25 }));
    assert.deepEqual(balanceOf(parts, none), {
      busiest: 'w-3',
      max: 1.6,
      min: 0.4,
      p50: 0.8,
      p90: 1.6,
      p99: 1.6,
      deviation: Math.sqrt((0.36 + 0.04 + 0.04 + 0.36) / 4),
      floor: 1,
    });
  });

  it('goes by fair shares, and names the first of equals', () => {
    const parts = [
      { id: 'b', load: 30, fair: 0.3 },
      { id: 'a', load: 70, fair: 0.7 },
    ];
    const { busiest, max, min, deviation } = balanceOf(parts, none);
    assert.deepEqual([busiest, max, min, deviation], ['a', 1, 1, 0]);
  });

  it('without load is 0 throughout', () => {
    const { busiest, max, floor } = balanceOf([{ id: 'a', load: 0, fair: 1 }], none);
    assert.deepEqual([busiest, max, floor], ['', 0, 0]);
  });

  it('takes percentiles by nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
    assert.deepEqual(
      [0.5, 0.9, 0.99, 1].map((fraction) => percentile(sorted, fraction)),
      [50, 90, 99, 100],
    );
    assert.strictEqual(percentile([7], 0.01), 7);
    assert.strictEqual(percentile([], 0.5), 0);
  });
});

describe('the sampling floor', () => {
  const equal = (workers: number): number[] => Array.from({ length: workers }, () => 1 / workers);

  // The simulated values of a study of perfect hashes; the model is a normal one.
  const published: readonly [users: number, workers: number, max: number][] = [
    [10_000, 10, 1.048],
    [100_000, 10, 1.015],
    [100_000, 100, 1.078],
    [1_000_000, 100, 1.025],
    [1_000_000, 1000, 1.103],
  ];
  for (const [users, workers, max] of published) {
    it(`of ${users} users on ${workers} workers is about ${max}`, () => {
      const floor = expectedMax(equal(workers), { spread: 1 / users, heaviest: 1 / users });
      assert.closeTo(floor, max, 0.003);
    });
  }

  it('is what throwing users at random shows, with unequal workers and users too', () => {
    const chance = seededChance(3);
    const fairs = [0.1, 0.2, 0.3, 0.4];
    const sizes = Array.from({ length: 500 }, (_, i) => 1 + (i % 5));
    const total = sizes.reduce((sum, each) => sum + each, 0);
    const spread = sizes.reduce((sum, each) => sum + each * each, 0) / total ** 2;
    let sum = 0;
    for (let round = 0; round < 400; round += 1) {
      const loads = fairs.map(() => 0);
      for (const size of sizes) {
        const drawn = chance.next();
        const at = drawn < 0.1 ? 0 : drawn < 0.3 ? 1 : drawn < 0.6 ? 2 : 3;
        loads[at] = (loads[at] ?? 0) + size;
      }
      sum += Math.max(...loads.map((load, i) => load / total / (fairs[i] ?? 1)));
    }
    assert.closeTo(expectedMax(fairs, { spread, heaviest: 5 / total }), sum / 400, 0.02);
  });

  it('is at least what the one heaviest user makes of its worker', () => {
    const grain = { spread: 0.25, heaviest: 0.5 };
    assert.isAtLeast(expectedMax(equal(10), grain), 0.5 * 10 + 0.5);
    assert.strictEqual(expectedMax(equal(10), none), 1);
    assert.strictEqual(expectedMax([1], { spread: 0.1, heaviest: 0.1 }), 1);
  });
});
