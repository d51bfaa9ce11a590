/**
 * A plan: a time line written down, to be carried out later and elsewhere, if the ring is still
 * the one that was planned for. It is plain JSON of a named version. What a plan says of slots is
 * not trusted when it is read back: the ring is computed again and must agree.
 */
import { createHash } from 'node:crypto';
import { nobody } from '../circle.ts';
import { slotCount } from '../hash.ts';
import { placement } from '../placement.ts';
import { createRing } from '../ring.ts';
import { castOf, instantOf } from './instant.ts';
import { memberOf, shortList } from './roster.ts';
import type { Timeline } from './timeline.ts';
import type { SimulatedMember } from './types.ts';

export const planFormat = 'ringway.plan';
export const planVersion = 1;

export interface Plan {
  readonly format: typeof planFormat;
  readonly version: typeof planVersion;
  readonly slots: number;
  readonly before: PlannedRing;
  readonly steps: readonly PlannedStep[];
}

export interface PlannedRing {
  readonly ringId: string;
  /** First 16 hex digits of SHA-256 over the target of every slot, one id per line. */
  readonly targets: string;
  readonly members: readonly SimulatedMember[];
}

export interface PlannedStep extends PlannedRing {
  readonly label: string;
  readonly crashed: readonly string[];
  /** By `from`, then `to`. */
  readonly moves: readonly PlannedMove[];
}

/** Everything that moves from one to another. */
export interface PlannedMove {
  readonly from: string;
  readonly to: string;
  /** How many slots. */
  readonly count: number;
  /** Which, ascending: `3,17-19,40`. */
  readonly slots: string;
}

export function planOf(timeline: Timeline): Plan {
  const cast = castOf(timeline);
  const first = instantOf(timeline.members, cast);
  let last = first;
  const steps = timeline.steps.map(({ label, crashed, members }): PlannedStep => {
    const next = instantOf(members, cast, last);
    const moves = movesOf(last.targets, next.targets, cast.ids);
    last = next;
    return { label, crashed, ...plannedRing(members), moves };
  });
  return {
    format: planFormat,
    version: planVersion,
    slots: slotCount,
    before: plannedRing(timeline.members),
    steps,
  };
}

/** What the cluster is now. */
export interface LiveRing {
  readonly members: readonly SimulatedMember[];
  /** Of each slot its owner's id by the table, where known: 16,384 entries. */
  readonly owners?: readonly (string | undefined)[] | undefined;
}

export interface PlanCheck {
  /** How many steps the cluster has behind it: the ring of the last of them is the live one. */
  readonly stepsDone: number | undefined;
  readonly isCurrent: boolean;
  readonly problems: readonly PlanProblem[];
}

export interface PlanProblem {
  readonly code: 'member-missing' | 'member-unknown' | 'weight-differs' | 'slots-moving' | 'done';
  /** One line. */
  readonly message: string;
}

/**
 * Whether `live` is where `plan` starts, or stands between two of its steps. Zones and capacities
 * are the planner's and not compared.
 */
export function checkPlan(plan: Plan, live: LiveRing): PlanCheck {
  const ring = createRing(live.members);
  const rings = [plan.before, ...plan.steps];
  // The last one: a deploy ends where it began, and then there is nothing left to do.
  const at = plan.before.ringId === ring.id ? 0 : rings.findLastIndex((r) => r.ringId === ring.id);
  if (at === -1) {
    return { stepsDone: undefined, isCurrent: false, problems: differences(plan, live) };
  }
  const problems: PlanProblem[] = [];
  const strangers = strangersIn(live, at === 0 ? plan.before : rings[at]);
  if (strangers > 0) {
    problems.push({
      code: 'slots-moving',
      message: `${strangers} of ${slotCount} slots are not where the ring says: a move is under way`,
    });
  }
  if (at === plan.steps.length && plan.steps.length > 0) {
    problems.push({ code: 'done', message: 'the cluster is where the plan ends' });
  }
  return { stepsDone: at, isCurrent: problems.length === 0, problems };
}

function plannedRing(members: readonly SimulatedMember[]): PlannedRing {
  const ring = createRing(members);
  const placed = placement(ring);
  const targets = createHash('sha256');
  for (let slot = 0; slot < slotCount; slot += 1) targets.update(`${placed.target(slot)}\n`);
  return {
    ringId: ring.id,
    targets: targets.digest('hex').slice(0, 16),
    members: members.map(memberOf),
  };
}

function movesOf(before: Uint16Array, after: Uint16Array, ids: readonly string[]): PlannedMove[] {
  const moved = new Map<string, { from: string; to: string; slots: number[] }>();
  for (let slot = 0; slot < slotCount; slot += 1) {
    if (before[slot] === after[slot]) continue;
    const from = ids[before[slot] ?? nobody] ?? '';
    const to = ids[after[slot] ?? nobody] ?? '';
    const move = moved.get(`${from} ${to}`) ?? { from, to, slots: [] };
    move.slots.push(slot);
    moved.set(`${from} ${to}`, move);
  }
  return [...moved]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { from, to, slots }]) => ({ from, to, count: slots.length, slots: rangesOf(slots) }));
}

/** `3,17-19,40` */
function rangesOf(ascending: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const slot of ascending) {
    const open = ranges.at(-1);
    if (open?.[1] === slot - 1) open[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}

function strangersIn({ owners, members }: LiveRing, planned: PlannedRing | undefined): number {
  if (owners === undefined || planned === undefined) return 0;
  const placed = placement(createRing(members));
  let strangers = 0;
  for (let slot = 0; slot < slotCount; slot += 1) {
    if (owners[slot] !== placed.target(slot)) strangers += 1;
  }
  return strangers;
}

function differences({ before }: Plan, live: LiveRing): PlanProblem[] {
  const planned = new Map(before.members.map(({ id, weight }) => [id, weight]));
  const present = new Map(live.members.map(({ id, weight }) => [id, weight]));
  const problems: PlanProblem[] = [];
  const missing = [...planned.keys()].filter((id) => !present.has(id)).sort();
  const unknown = [...present.keys()].filter((id) => !planned.has(id)).sort();
  if (missing.length > 0) {
    const message = `planned with ${shortList(missing)}, not there any more`;
    problems.push({ code: 'member-missing', message });
  }
  if (unknown.length > 0) {
    const message = `planned without ${shortList(unknown)}, there now`;
    problems.push({ code: 'member-unknown', message });
  }
  for (const [id, weight] of [...planned].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const now = present.get(id);
    if (now === undefined || now === weight) continue;
    const message = `${id} was planned with weight ${weight} and has ${now}`;
    problems.push({ code: 'weight-differs', message });
  }
  return problems;
}
