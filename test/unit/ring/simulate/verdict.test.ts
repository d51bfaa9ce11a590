import { assert } from 'chai';
import { describe, it } from 'mocha';
import type { Simulation } from '../../../../ring/simulate/results.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import { equalMembers, syntheticLoad } from '../../../support/simulated.ts';

describe('a verdict', () => {
  const timeline = timelineOf(equalMembers(10), [
    { kind: 'add', count: 1 },
    { kind: 'crash', ids: ['w-1', 'w-2', 'w-3'] },
    { kind: 'any-one' },
  ]);
  const load = syntheticLoad(10_000);
  const verdictFor = (maxMoved?: number, maxImbalance?: number): Simulation['verdict'] =>
    simulate(timeline, load, { thresholds: { maxMoved, maxImbalance } }).verdict;

  it('is ok without thresholds or within them', () => {
    assert.isTrue(verdictFor().isOk);
    assert.isTrue(verdictFor(0.2, 2).isOk);
    assert.deepEqual(verdictFor(0.2, 2).reasons, []);
  });

  it('says which step moves too much, crashes excepted', () => {
    const { isOk, reasons, worstMoved } = verdictFor(0.05);
    assert.isFalse(isOk);
    assert.deepEqual(
      reasons.map(({ code, step, limit }) => [code, step, limit]),
      [['moved', 1, 0.05]],
    );
    assert.strictEqual(reasons[0]?.value, worstMoved);
    assert.isBelow(worstMoved, 0.15);
  });

  it('says which step or crash is too uneven', () => {
    const { reasons, worstImbalance, imbalanceAfter } = verdictFor(undefined, 1.001);
    assert.deepEqual(
      reasons.map(({ code, step }) => [code, step]),
      [
        ['imbalance', 1],
        ['imbalance', 2],
        ['imbalance-after-crash', 2],
      ],
    );
    assert.isAtLeast(worstImbalance, imbalanceAfter);
  });

  it('judges a ring that nothing happens to', () => {
    const still = timelineOf(equalMembers(10), []);
    const { verdict } = simulate(still, load, { thresholds: { maxImbalance: 1.001 } });
    assert.deepEqual(
      verdict.reasons.map(({ code, step }) => [code, step]),
      [['imbalance', 0]],
    );
  });
});
