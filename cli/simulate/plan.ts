/** `simulate plan`: writes a plan down, and checks later whether the cluster still is where it begins. */
import {
  checkPlan,
  type LiveRing,
  type PlanCheck,
  parsePlan,
  planOf,
  type Timeline,
} from '../../ring/index.ts';
import { documentIn, writeDocument } from './document.ts';
import { refusedIn } from './errors.ts';
import { plural } from './numbers.ts';

/** @throws RingwayError */
export async function writePlan(name: string, timeline: Timeline): Promise<void> {
  await writeDocument(name, `${JSON.stringify(planOf(timeline), undefined, 1)}\n`);
}

export interface CheckedPlan {
  readonly check: PlanCheck;
  /** The verdict first. */
  readonly lines: readonly string[];
}

/** @throws RingwayError for a plan that is none */
export async function checkedPlan(name: string, live: LiveRing): Promise<CheckedPlan> {
  const document = await documentIn(name);
  try {
    const plan = parsePlan(document);
    const check = checkPlan(plan, live);
    const { stepsDone = 0, isCurrent, problems } = check;
    const next = plan.steps[stepsDone];
    const where =
      stepsDone === 0
        ? `the ring is the one that was planned for (${plural(live.members.length, 'worker')})`
        : `${stepsDone} of ${plural(plan.steps.length, 'step')} are done`;
    const what = next === undefined ? '' : `; next: ${next.label}`;
    const verdict = isCurrent ? `OK: ${where}${what}` : 'NOT OK: do not carry this plan out';
    return { check, lines: [verdict, ...problems.map(({ message }) => `  ✗ ${message}`)] };
  } catch (error) {
    throw refusedIn(name, error);
  }
}
