import { assert } from 'chai';
import { describe, it } from 'mocha';
import { placement } from '../../../../ring/placement.ts';
import { createRing } from '../../../../ring/ring.ts';
import { movedSlots } from '../../../../ring/simulate/explain.ts';
import { checkPlan, type Plan, planOf } from '../../../../ring/simulate/plan.ts';
import { parsePlan } from '../../../../ring/simulate/plan-parse.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import type { SimulatedMember } from '../../../../ring/simulate/types.ts';
import { equalMembers, refusalOf } from '../../../support/simulated.ts';

const members: readonly SimulatedMember[] = equalMembers(4).map((member, i) => ({
  ...member,
  zone: 'ab'[i % 2],
}));
const timeline = timelineOf(members, [
  { kind: 'add', count: 1 },
  { kind: 'remove', ids: ['w-2'] },
  { kind: 'weight', weights: { 'w-1': 1.5 } },
]);
const plan = planOf(timeline);

function copyOf(): Record<string, unknown> & { steps: Record<string, unknown>[] } {
  return JSON.parse(JSON.stringify(plan));
}

/** `3,17-19` → 3, 17, 18, 19 */
function slotsOf(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

describe('a plan', () => {
  it('says of each step which slots move from whom to whom', () => {
    plan.steps.forEach(({ moves }, i) => {
      const told = moves
        .flatMap(({ from, to, slots }) => slotsOf(slots).map((slot) => ({ slot, from, to })))
        .sort((a, b) => a.slot - b.slot);
      assert.deepEqual(told, movedSlots(timeline, i + 1));
      for (const { count, slots } of moves) assert.lengthOf(slotsOf(slots), count);
    });
  });

  it('names the rings before and after each step', () => {
    assert.strictEqual(plan.before.ringId, createRing(members).id);
    assert.deepEqual(
      plan.steps.map(({ label, ringId, members: there }) => [label, ringId, there.length]),
      [
        ['add w-5', createRing(timeline.steps[0]?.members ?? []).id, 5],
        ['remove w-2', createRing(timeline.steps[1]?.members ?? []).id, 4],
        ['weight w-1 = 1.5', createRing(timeline.steps[2]?.members ?? []).id, 4],
      ],
    );
  });

  it('survives JSON, pretty or not, and is the same again', () => {
    assert.deepEqual(parsePlan(JSON.parse(JSON.stringify(plan, undefined, 2))), plan);
    assert.deepEqual(planOf(timeline), plan);
  });

  const spoilt: readonly [string, (copy: ReturnType<typeof copyOf>) => unknown, RegExp][] = [
    ['no object', () => 'plan', /the plan is not an object/],
    ['another format', (copy) => ({ ...copy, format: 'x' }), /format "x" is not ringway\.plan/],
    ['a later version', (copy) => ({ ...copy, version: 2 }), /version 2 is not 1/],
    ['another number of slots', (copy) => ({ ...copy, slots: 1024 }), /slots 1024 are not 16384/],
    ['steps that are no list', (copy) => ({ ...copy, steps: {} }), /steps is not a list/],
    ['no ring to begin with', (copy) => ({ ...copy, before: {} }), /members of before is not/],
    [
      'a member that is none',
      (copy) => ({ ...copy, before: { members: [{ id: 'A', weight: 1 }] } }),
      /before: member id "A"/,
    ],
    [
      'an edited move',
      (copy) => {
        copy.steps[0] = { ...copy.steps[0], moves: [] };
        return copy;
      },
      /not what its members make of them/,
    ],
    [
      'an edited weight',
      (copy) => {
        copy.steps[2] = { ...copy.steps[2], members: equalMembers(4) };
        return copy;
      },
      /not what its members make of them/,
    ],
    ['too many steps', (copy) => ({ ...copy, steps: Array(5000).fill({}) }), /stepsMax 4096/],
  ];
  for (const [name, spoil, message] of spoilt) {
    it(`with ${name} is refused`, () => {
      const error = refusalOf(() => parsePlan(spoil(copyOf())));
      assert.strictEqual(error.code, 'ring.bad_plan');
      assert.match(error.message, message);
    });
  }
});

describe('the check of a plan', () => {
  const ownersOf = (there: readonly SimulatedMember[]): (string | undefined)[] => {
    const placed = placement(createRing(there));
    return Array.from({ length: 16_384 }, (_, slot) => placed.target(slot));
  };
  const problemsOf = (checked: Plan, live: readonly SimulatedMember[]): string[] =>
    checkPlan(checked, { members: live }).problems.map(
      ({ code, message }) => `${code}: ${message}`,
    );

  it('finds where in the plan the cluster is', () => {
    const stages = [members, ...timeline.steps.map((step) => step.members)];
    const checks = stages.map((there) =>
      checkPlan(plan, { members: [...there].reverse(), owners: ownersOf(there) }),
    );
    assert.deepEqual(
      checks.map(({ stepsDone, isCurrent, problems }) => [stepsDone, isCurrent, problems.length]),
      [
        [0, true, 0],
        [1, true, 0],
        [2, true, 0],
        [3, false, 1],
      ],
    );
    assert.strictEqual(checks[3]?.problems[0]?.code, 'done');
  });

  it('names who is missing, strange or of another weight', () => {
    assert.deepEqual(problemsOf(plan, equalMembers(3)), [
      'member-missing: planned with w-4, not there any more',
    ]);
    assert.deepEqual(problemsOf(plan, equalMembers(6)), [
      'member-unknown: planned without w-5, w-6, there now',
    ]);
    const heavier = equalMembers(4).map((m) => (m.id === 'w-3' ? { ...m, weight: 2 } : m));
    assert.deepEqual(problemsOf(plan, heavier), [
      'weight-differs: w-3 was planned with weight 1 and has 2',
    ]);
    assert.isUndefined(checkPlan(plan, { members: heavier }).stepsDone);
  });

  it('refuses while slots are still on their way', () => {
    const owners = ownersOf(members);
    owners[5] = 'w-9';
    owners[6] = undefined;
    const { isCurrent, problems } = checkPlan(plan, { members, owners });
    assert.isFalse(isCurrent);
    assert.match(problems[0]?.message ?? '', /^2 of 16384 slots are not where the ring says/);
  });

  it('takes a cluster at both ends of a deploy to stand before it', () => {
    const deploy = planOf(timelineOf(members, [{ kind: 'rolling-deploy' }]));
    assert.deepEqual(checkPlan(deploy, { members }), {
      stepsDone: 0,
      isCurrent: true,
      problems: [],
    });
  });
});
