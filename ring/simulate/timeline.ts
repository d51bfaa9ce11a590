/**
 * A scenario spelt out: every instant at which the members of the ring change, with who is there
 * before and after. Deploys and autoscaling become many steps, surveys none.
 */
import { RingError } from '../error.ts';
import { membersMax } from '../members.ts';
import { bounded } from './bounds.ts';
import { badChange, changed, requireRoster, shortList, without } from './roster.ts';
import type { Change, MemberChange, Scenario, SimulatedMember } from './types.ts';
import { simulationLimits } from './types.ts';

export interface Step {
  /** One line for a reader. */
  readonly label: string;
  readonly change: Change;
  /** Index of the change in the scenario. */
  readonly changeIndex: number;
  /** Who was lost without notice. */
  readonly crashed: readonly string[];
  /** Who is there afterwards. */
  readonly members: readonly SimulatedMember[];
}

export interface SurveyPoint {
  readonly kind: 'any-one' | 'any-two';
  readonly changeIndex: number;
  /** How many steps went before. */
  readonly afterStep: number;
  readonly members: readonly SimulatedMember[];
}

export interface Timeline {
  /** Who is there before the first step. */
  readonly members: readonly SimulatedMember[];
  readonly steps: readonly Step[];
  readonly surveys: readonly SurveyPoint[];
}

/**
 * Spells `scenario` out from `members` on.
 *
 * @throws RingError naming the value: `ring.empty`, `ring.unknown_member`, `ring.unknown_zone`,
 * `ring.bad_change`, `ring.bad_option`, `ring.too_many_steps` and those of `createRing`
 */
export function timelineOf(members: readonly SimulatedMember[], scenario: Scenario): Timeline {
  const first = requireRoster(members);
  const steps: Step[] = [];
  const surveys: SurveyPoint[] = [];
  let present = first;
  let rows = 0;
  scenario.forEach((change, changeIndex) => {
    if (change.kind === 'any-one' || change.kind === 'any-two') {
      surveys.push(surveyOf(change.kind, changeIndex, steps.length, present));
      return;
    }
    for (const step of stepsOf(present, change)) {
      steps.push({ ...step, change, changeIndex });
      rows += step.members.length;
      present = step.members;
      requireBounded(steps.length, rows);
    }
  });
  return { members: first, steps, surveys };
}

type Outcome = Omit<Step, 'change' | 'changeIndex'>;

function* stepsOf(members: readonly SimulatedMember[], change: Change): Generator<Outcome> {
  switch (change.kind) {
    case 'round':
      yield roundOf(members, change.changes);
      return;
    case 'rolling-deploy':
      yield* deployOf(members, change.atOnce ?? 1);
      return;
    case 'autoscale':
      yield* autoscaleOf(members, change);
      return;
    case 'any-one':
    case 'any-two':
      return;
    default:
      yield { label: labelOf(members, change), ...changed(members, change) };
  }
}

function roundOf(members: readonly SimulatedMember[], changes: readonly MemberChange[]): Outcome {
  if (changes.length === 0) throw badChange('round without changes');
  const labels: string[] = [];
  const crashed: string[] = [];
  let present = members;
  for (const change of changes) {
    labels.push(labelOf(present, change));
    const outcome = changed(present, change);
    crashed.push(...outcome.crashed);
    present = outcome.members;
  }
  return { label: labels.join(', '), crashed, members: present };
}

function* deployOf(members: readonly SimulatedMember[], atOnce: number): Generator<Outcome> {
  bounded('atOnce of rolling-deploy', atOnce, membersMax, 1);
  const batches = Math.ceil(members.length / atOnce);
  for (let batch = 0; batch < batches; batch += 1) {
    const ids = members.slice(batch * atOnce, (batch + 1) * atOnce).map(({ id }) => id);
    const name = `deploy ${batch + 1}/${batches}: ${shortList(ids)}`;
    const verb = ids.length === 1 ? ['leaves', 'is back'] : ['leave', 'are back'];
    const left = without(members, ids, 'rolling-deploy of');
    yield { label: `${name} ${verb[0]}`, crashed: [], members: left };
    yield { label: `${name} ${verb[1]}`, crashed: [], members };
  }
}

function* autoscaleOf(
  members: readonly SimulatedMember[],
  { from, to, by }: Extract<Change, { kind: 'autoscale' }>,
): Generator<Outcome> {
  bounded('from of autoscale', from, membersMax, 1);
  bounded('to of autoscale', to, membersMax, 1);
  bounded('by of autoscale', by, membersMax, 1);
  let present = members;
  let aim = from;
  for (;;) {
    if (aim !== present.length) {
      const next: readonly SimulatedMember[] =
        aim < present.length
          ? present.slice(0, aim)
          : changed(present, { kind: 'add', count: aim - present.length }).members;
      yield { label: `autoscale ${present.length} → ${aim}`, crashed: [], members: next };
      present = next;
    }
    if (aim === to) return;
    aim = aim < to ? Math.min(to, aim + by) : Math.max(to, aim - by);
  }
}

function labelOf(members: readonly SimulatedMember[], change: MemberChange): string {
  switch (change.kind) {
    case 'add': {
      const joined = changed(members, change).members.slice(members.length);
      return `add ${shortList(joined.map(({ id }) => id))}`;
    }
    case 'join':
      return `join ${shortList(change.members.map(({ id }) => id))}`;
    case 'remove':
    case 'crash':
      return `${change.kind} ${shortList(change.ids)}`;
    case 'zone-loss':
      return `lose zone ${change.zone}`;
    case 'weight': {
      const named = Object.entries(change.weights).map(([id, weight]) => `${id} = ${weight}`);
      return `weight ${shortList(named)}`;
    }
  }
}

function surveyOf(
  kind: 'any-one' | 'any-two',
  changeIndex: number,
  afterStep: number,
  members: readonly SimulatedMember[],
): SurveyPoint {
  const { pairMembersMax } = simulationLimits;
  if (kind === 'any-two' && members.length > pairMembersMax) {
    throw new RingError(
      'ring.too_many_steps',
      `any-two of ${members.length} members exceeds pairMembersMax ${pairMembersMax}`,
    );
  }
  const needed = kind === 'any-one' ? 2 : 3;
  if (members.length < needed) {
    throw new RingError('ring.empty', `${kind} of ${members.length} would leave no member`);
  }
  return { kind, changeIndex, afterStep, members };
}

function requireBounded(steps: number, rows: number): void {
  const { stepsMax, workerRowsMax } = simulationLimits;
  if (steps > stepsMax) {
    throw new RingError('ring.too_many_steps', `the scenario has more than stepsMax ${stepsMax}`);
  }
  if (rows > workerRowsMax) {
    throw new RingError(
      'ring.too_many_steps',
      `steps × members of the scenario exceed workerRowsMax ${workerRowsMax}`,
    );
  }
}
