/**
 * Reading a plan back. Its shape is checked by hand, and what it says of rings and moves is
 * computed again from its members: a plan that was edited, or made by other rules, is refused.
 */
import { quoted, RingError } from '../error.ts';
import { slotCount } from '../hash.ts';
import { type Plan, planFormat, planOf, planVersion } from './plan.ts';
import { memberOf, requireRoster } from './roster.ts';
import type { Timeline } from './timeline.ts';
import { type SimulatedMember, simulationLimits } from './types.ts';

/**
 * A plan read back from JSON.
 *
 * @throws RingError `ring.bad_plan` naming what is wrong
 */
export function parsePlan(value: unknown): Plan {
  const plan = fieldsOf(value, 'the plan');
  if (plan.format !== planFormat)
    throw badPlan(`format ${quoted(plan.format)} is not ${planFormat}`);
  if (plan.version !== planVersion) {
    throw badPlan(`version ${quoted(plan.version)} is not ${planVersion}, the one known here`);
  }
  if (plan.slots !== slotCount) throw badPlan(`slots ${quoted(plan.slots)} are not ${slotCount}`);
  const before = ringIn(plan.before, 'before');
  const listed = listOf(plan.steps, 'steps');
  const { stepsMax } = simulationLimits;
  if (listed.length > stepsMax) throw badPlan(`more steps than stepsMax ${stepsMax}`);
  const steps = listed.map((each, i): Timeline['steps'][number] => {
    const name = `step ${i + 1}`;
    const step = fieldsOf(each, name);
    const { label } = step;
    if (typeof label !== 'string') throw badPlan(`the label of ${name} is not a text`);
    const crashed = listOf(step.crashed, `crashed of ${name}`).map(String);
    const members = ringIn(step, name);
    return { label, crashed, members, change: { kind: 'round', changes: [] }, changeIndex: i };
  });
  const computed = planOf({ members: before, steps, surveys: [] });
  const isSame = JSON.stringify(computed) === JSON.stringify(planShaped(plan));
  if (isSame) return computed;
  throw badPlan('what the plan says of rings and moves is not what its members make of them');
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw badPlan(`${name} is not an object`);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badPlan(`${name} is not a list`);
}

function ringIn(value: unknown, name: string): readonly SimulatedMember[] {
  const members = listOf(fieldsOf(value, name).members, `members of ${name}`);
  for (const each of members) fieldsOf(each, `a member of ${name}`);
  try {
    return requireRoster(members as readonly SimulatedMember[]);
  } catch (error) {
    throw error instanceof RingError ? badPlan(`${name}: ${error.message}`) : error;
  }
}

/** The fields of a plan in the order in which they are written, strangers dropped. */
function planShaped(plan: Fields): unknown {
  const ring = (value: unknown): Fields => {
    const { ringId, targets, members } = fieldsOf(value, 'a ring');
    return {
      ringId,
      targets,
      members: listOf(members, 'members').map((m) => memberOf(m as SimulatedMember)),
    };
  };
  const { format, version, slots, before, steps } = plan;
  return {
    ...{ format, version, slots, before: ring(before) },
    steps: listOf(steps, 'steps').map((each) => {
      const { label, crashed, moves } = fieldsOf(each, 'a step');
      const shaped = listOf(moves, 'moves').map((move) => {
        const { from, to, count, slots: moved } = fieldsOf(move, 'a move');
        return { from, to, count, slots: moved };
      });
      return { label, crashed, ...ring(each), moves: shaped };
    }),
  };
}

function badPlan(message: string): RingError {
  return new RingError('ring.bad_plan', message);
}
