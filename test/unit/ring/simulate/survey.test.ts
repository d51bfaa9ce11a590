import { assert } from 'chai';
import { describe, it } from 'mocha';
import type { Survey } from '../../../../ring/simulate/results.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import type { SimulatedMember } from '../../../../ring/simulate/types.ts';
import { equalMembers, refusalOf, syntheticLoad } from '../../../support/simulated.ts';

const members: readonly SimulatedMember[] = [1, 0.5, 1, 2, 0.75].map((weight, i) => ({
  id: `w-${i + 1}`,
  weight,
}));
const load = syntheticLoad(4000, {}, 0.8);

/** Every case the slow way: a ring without the crashed. */
function slowCases(size: 1 | 2): { crashed: string[]; busiest: string; timesFair: number }[] {
  const sets = members.flatMap(({ id }, i) =>
    size === 1 ? [[id]] : members.slice(i + 1).map((other) => [id, other.id]),
  );
  return sets.map((crashed) => {
    const { after } = simulate(timelineOf(members, [{ kind: 'crash', ids: crashed }]), load);
    const { busiest, max } = after.balance.connections;
    return { crashed, busiest, timesFair: max };
  });
}

describe('a survey', () => {
  for (const [kind, size] of [
    ['any-one', 1],
    ['any-two', 2],
  ] as const) {
    it(`of ${kind} finds what rings without the crashed show, in every case`, () => {
      const slow = slowCases(size).sort((a, b) => b.timesFair - a.timesFair);
      const [survey] = simulate(timelineOf(members, [{ kind }]), load).surveys;
      if (survey === undefined) assert.fail();
      assert.strictEqual(survey.cases, slow.length);
      assert.strictEqual(survey.worst, survey.worstCases[0]);
      survey.worstCases.forEach((found, i) => {
        assert.deepEqual(
          [found.crashed, found.busiest],
          [slow[i]?.crashed, slow[i]?.busiest],
          `case ${i}`,
        );
        assert.closeTo(found.timesFair, slow[i]?.timesFair ?? 0, 1e-9);
      });
      const mean = slow.reduce((sum, { timesFair }) => sum + timesFair, 0) / slow.length;
      assert.closeTo(survey.mean, mean, 1e-9);
    });
  }

  it('of any two counts users whose owner and successor are both gone', () => {
    const timeline = timelineOf(members, [{ kind: 'any-two' }]);
    const [survey] = simulate(timeline, load).surveys;
    for (const { crashed, usersLost } of survey?.worstCases ?? []) {
      const lost = simulate(timelineOf(members, [{ kind: 'crash', ids: crashed }]), load);
      assert.strictEqual(usersLost, lost.steps[0]?.bill.handover.usersLost);
      assert.isAbove(usersLost, 0);
    }
  });

  it('is of the members that are there by then, and changes nothing', () => {
    const timeline = timelineOf(equalMembers(3), [
      { kind: 'any-one' },
      { kind: 'add', count: 2 },
      { kind: 'any-one' },
    ]);
    const { surveys, steps } = simulate(timeline, load);
    const cases = surveys.map(({ cases: count, afterStep }: Survey) => [afterStep, count]);
    assert.deepEqual(cases, [
      [0, 3],
      [1, 5],
    ]);
    assert.lengthOf(steps, 1);
  });

  it('shows ten cases at most, and all pairs of a hundred are tried', () => {
    const [survey] = simulate(timelineOf(equalMembers(100), [{ kind: 'any-two' }])).surveys;
    assert.deepEqual([survey?.cases, survey?.worstCases.length], [4950, 10]);
    const times = survey?.worstCases.map(({ timesFair }) => timesFair) ?? [];
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
    assert.isAbove(survey?.worst?.timesFair ?? 0, survey?.mean ?? 0);
  });

  it('of a lone member is refused', () => {
    const error = refusalOf(() => timelineOf(equalMembers(1), [{ kind: 'any-one' }]));
    assert.strictEqual(error.code, 'ring.empty');
  });
});
