import { assert } from 'chai';
import { describe, it } from 'mocha';
import {
  type Comparison,
  compareStrategies,
  type StrategyRun,
  strategies,
} from '../../../../ring/simulate/compare.ts';
import { Load } from '../../../../ring/simulate/load.ts';
import { schemeCosts } from '../../../../ring/simulate/schemes.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import type { StrategyName } from '../../../../ring/simulate/strategies/strategy.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import type { Scenario } from '../../../../ring/simulate/types.ts';
import { equalMembers, refusalOf, syntheticLoad } from '../../../support/simulated.ts';

const kept = { keepsHashes: true, keepsMd5: true };
const load = syntheticLoad(20_000, kept, 1);

function run(comparison: Comparison, name: StrategyName): StrategyRun {
  const found = comparison.strategies.find((each) => each.name === name);
  if (found === undefined) assert.fail(`no ${name}`);
  return found;
}

describe('a comparison', () => {
  const scenario: Scenario = [
    { kind: 'add', count: 1 },
    { kind: 'remove', ids: ['w-4'] },
    { kind: 'weight', weights: { 'w-1': 2 } },
  ];
  const timeline = timelineOf(equalMembers(9), scenario);
  const comparison = compareStrategies(timeline, load);

  it('has every strategy, with its source, over the same users and steps', () => {
    assert.deepEqual(
      comparison.strategies.map(({ name }) => name),
      Object.keys(strategies) as StrategyName[],
    );
    assert.deepEqual([comparison.users, comparison.usersOf], [20_000, 20_000]);
    for (const { source, about, steps, name } of comparison.strategies) {
      assert.isAbove(source.length * about.length, 0, name);
      assert.lengthOf(steps, 3);
    }
  });

  it('says of ringway what the simulation says', () => {
    const { steps, before } = simulate(timeline, load);
    const ringway = run(comparison, 'ringway');
    assert.closeTo(ringway.before.connections, before.balance.connections.max, 1e-12);
    steps.forEach(({ movement, after }, i) => {
      const step = ringway.steps[i];
      assert.strictEqual(step?.moved.users, movement.moved.users);
      assert.strictEqual(step?.moved.connections, movement.moved.connections);
      assert.strictEqual(step?.minimum.users, movement.minimum.users);
      assert.strictEqual(step?.circle?.moved, movement.circle);
      assert.closeTo(step?.balance.users ?? 0, after.balance.users.max, 1e-12);
    });
  });

  it('shows no collateral where there is none by design, when one joins', () => {
    for (const name of ['ringway', 'ketama', 'nginx', 'rendezvous', 'jump', 'sticky'] as const) {
      const [join] = run(comparison, name).steps;
      assert.strictEqual(join?.collateral.users, 0, name);
      assert.strictEqual(join?.moved.users, join?.minimum.users, name);
      assert.strictEqual(join?.circle?.collateral ?? 0, 0, name);
    }
    assert.strictEqual(run(comparison, 'sticky').steps[0]?.moved.users, 0);
  });

  it('shows what modulo, jump and Maglev move besides', () => {
    const [join, leave] = run(comparison, 'modulo').steps;
    assert.closeTo((join?.moved.users ?? 0) / 20_000, 1 - 1 / 10, 0.02);
    assert.isAbove(leave?.collateral.users ?? 0, 10_000);
    const jump = run(comparison, 'jump').steps[1];
    assert.isAbove(jump?.moved.users ?? 0, 3 * (jump?.minimum.users ?? 0));
    const maglev = run(comparison, 'maglev').steps[0];
    assert.isAbove(maglev?.collateral.users ?? 0, 0);
    assert.isBelow(maglev?.collateral.users ?? 0, 20_000 * 0.02);
  });

  it('shows that relative weights move what they need not', () => {
    // The package knows weights only against their total.
    const [, , weight] = run(comparison, 'hashring').steps;
    assert.isAbove(weight?.circle?.collateral ?? 0, 0.001);
    assert.strictEqual(run(comparison, 'ketama').steps[2]?.circle?.collateral, 0);
  });

  it('is the same again, and may take every n-th user and some strategies', () => {
    assert.deepEqual(compareStrategies(timeline, load), comparison);
    const options = { usersMax: 6000, names: ['jump', 'sticky'] as const };
    const sample = compareStrategies(timeline, load, options);
    assert.deepEqual([sample.users, sample.usersOf], [5000, 20_000]);
    assert.lengthOf(sample.strategies, 2);
    assert.closeTo(run(sample, 'jump').before.users, 1, 0.15);
  });

  it('tells how far it is', () => {
    const seen: number[] = [];
    compareStrategies(timeline, load, { names: ['jump', 'modulo'] }, (done, all) => {
      seen.push(done / all);
    });
    assert.deepEqual(
      seen,
      [1, 2, 3, 4, 5, 6, 7, 8].map((done) => done / 8),
    );
  });

  it('refuses a load without hashes or MD5, and strangers', () => {
    const plain = syntheticLoad(10);
    const hashed = syntheticLoad(10, { keepsHashes: true });
    const stranger = { names: ['constructor' as StrategyName] };
    const refusals = [
      refusalOf(() => compareStrategies(timeline, plain)),
      refusalOf(() => compareStrategies(timeline, new Load(kept))),
      refusalOf(() => compareStrategies(timeline, hashed)),
      refusalOf(() => compareStrategies(timeline, load, stranger)),
    ];
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['ring.bad_load', 'ring.bad_load', 'ring.bad_load', 'ring.bad_option'],
    );
    assert.include(refusals[2]?.message, 'hashring needs a load with keepsMd5');
    assert.lengthOf(compareStrategies(timeline, hashed, { names: ['jump'] }).strategies, 1);
  });
});

describe("the package's default constructor", () => {
  const stepFrom = (count: number, name: StrategyName): { moved: number; minimum: number } => {
    const timeline = timelineOf(equalMembers(count), [{ kind: 'add', count: 1 }]);
    const few = syntheticLoad(1, kept);
    const { circle } =
      run(compareStrategies(timeline, few, { names: [name] }), name).steps[0] ?? {};
    return circle ?? { moved: 0, minimum: 0 };
  };

  it('moves over three times the need from 102 to 103 workers; ketama and ringway do not', () => {
    // The known figures are 3.44 % for 0.93 %; names change either by about a tenth.
    const { moved, minimum } = stepFrom(102, 'hashring');
    assert.closeTo(moved, 0.0344, 0.003);
    assert.closeTo(minimum, 0.0093, 0.0015);
    assert.isAbove(moved / minimum, 3.2);
    for (const name of ['ketama', 'ringway'] as const) {
      const step = stepFrom(102, name);
      assert.strictEqual(step.moved, step.minimum, name);
    }
  });

  it('moves more than needed around 7 and 14 workers and just enough around 9', () => {
    for (const count of [6, 7, 13, 14]) {
      const { moved, minimum } = stepFrom(count, 'hashring');
      assert.isAbove(moved / minimum, 1.04, `from ${count}`);
    }
    for (const count of [5, 8, 9, 100]) {
      const { moved, minimum } = stepFrom(count, 'hashring');
      assert.strictEqual(moved, minimum, `from ${count}`);
    }
  });
});

describe('the cost of one event', () => {
  const costOf = (workers: number, name: string): number =>
    schemeCosts({ workers }).find((scheme) => scheme.name === name)?.messagesPerEvent ?? 0;

  it('grows with the workers for a broadcast only', () => {
    assert.deepEqual(
      [2, 10, 100].map((workers) => costOf(workers, 'broadcast')),
      [4, 12, 102],
    );
    for (const name of ['ring', 'redis-routing', 'queue-per-worker']) {
      assert.strictEqual(costOf(2, name), costOf(100, name), name);
    }
  });

  it('is what each formula says, with a look-up for tables only', () => {
    for (const connectedFraction of [0, 0.5, 1]) {
      for (const { formula, messagesPerEvent, name, lookUpsPerEvent } of schemeCosts({
        workers: 10,
        connectedFraction,
      })) {
        const [, fixed = '', n = '', factor = ''] =
          /^(\d+)( \+ N)? \+ (\d*)c$/.exec(formula) ?? assert.fail(formula);
        const expected =
          Number(fixed) + (n === '' ? 0 : 10) + Number(factor || 1) * connectedFraction;
        assert.strictEqual(messagesPerEvent, expected, name);
        assert.strictEqual(
          lookUpsPerEvent,
          name === 'redis-routing' || name === 'queue-per-worker' ? 1 : 0,
        );
      }
    }
  });

  it('makes every worker of a broadcast read everything', () => {
    const reads = schemeCosts({ workers: 10, eventsPerS: 500 }).map(
      ({ name, readsPerWorkerPerS }) => [name, readsPerWorkerPerS],
    );
    assert.deepEqual(reads, [
      ['broadcast', 500],
      ['redis-routing', 50],
      ['queue-per-worker', 50],
      ['ring', 150],
    ]);
    assert.strictEqual(refusalOf(() => schemeCosts({ workers: 0 })).code, 'ring.bad_option');
  });
});
