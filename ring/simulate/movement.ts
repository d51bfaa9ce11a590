/**
 * What moves when one instant of the ring becomes another: slot by slot for load, exactly for
 * the circle. Collateral and minimum are computed from what moved, not assumed: they would show
 * it if the ring ever broke its law.
 */
import type { Flow, Movement, WorkerStep } from './results.ts';
import { capacityOf } from './roster.ts';
import type { Frame, Weighed } from './state.ts';
import { fractionsOf, nothing, PairTally, quantitiesOf, Tally } from './tally.ts';
import type { Quantities } from './types.ts';

export interface Moves {
  readonly movement: Movement;
  /** One for each member before or after, in the order of the cast. */
  readonly workers: readonly WorkerStep[];
}

export function movementOf(
  before: Weighed,
  after: Weighed,
  frame: Frame,
  crashed: readonly string[] = [],
): Moves {
  const pairs = new PairTally();
  const ins = new Tally(frame.cast.ids.length);
  const outs = new Tally(frame.cast.ids.length);
  const { targets } = before.instant;
  const { targets: heirs } = after.instant;
  for (let slot = 0; slot < targets.length; slot += 1) {
    const from = targets[slot] ?? 0;
    const to = heirs[slot] ?? 0;
    if (from !== to) pairs.addSlot(from, to, frame.load, slot);
  }
  pairs.pairs.forEach(([from, to], i) => {
    outs.add(from, pairs.at(i));
    ins.add(to, pairs.at(i));
  });
  const workers = workersOf({ before, after, frame, ins, outs, crashed });
  const touched = new Set(workers.filter(({ fate }) => fate !== 'stayed').map(({ id }) => id));
  const { flows, circle } = flowsOf(before, after, frame, pairs);
  const strays = flows.filter(({ from, to }) => !touched.has(from) && !touched.has(to));
  const moved = ins.sum();
  const movement: Movement = {
    moved,
    fraction: fractionsOf(moved, frame.totals),
    circle,
    minimum: minimumOf(workers),
    evenFraction: evenFractionOf(before, after),
    collateral: {
      ...sumOf(strays.map(({ moved: each }) => each)),
      circle: strays.reduce((sum, each) => sum + each.circle, 0),
    },
    flows,
    ...heaviestOf(workers, after, frame, moved),
  };
  return { movement, workers };
}

function workersOf(of: {
  readonly before: Weighed;
  readonly after: Weighed;
  readonly frame: Frame;
  readonly ins: Tally;
  readonly outs: Tally;
  readonly crashed: readonly string[];
}): WorkerStep[] {
  const { before, after, frame, ins, outs, crashed } = of;
  const weightsBefore = new Map(before.instant.members.map(({ id, weight }) => [id, weight]));
  const weightsAfter = new Map(after.instant.members.map(({ id, weight }) => [id, weight]));
  const fateOf = (id: string): WorkerStep['fate'] => {
    const weight = weightsAfter.get(id);
    if (weight === undefined) return crashed.includes(id) ? 'crashed' : 'left';
    if (!weightsBefore.has(id)) return 'joined';
    return weightsBefore.get(id) === weight ? 'stayed' : 'reweighted';
  };
  return frame.cast.ids.flatMap((id, number): WorkerStep[] => {
    if (!weightsBefore.has(id) && !weightsAfter.has(id)) return [];
    return [
      {
        id,
        fate: fateOf(id),
        before: before.tally.at(number),
        after: after.tally.at(number),
        in: ins.at(number),
        out: outs.at(number),
      },
    ];
  });
}

function flowsOf(
  before: Weighed,
  after: Weighed,
  { cast }: Frame,
  pairs: PairTally,
): { flows: Flow[]; circle: number } {
  const flows = new Map<string, Flow>();
  pairs.pairs.forEach(([first, second], i) => {
    const from = cast.ids[first] ?? '';
    const to = cast.ids[second] ?? '';
    flows.set(`${from} ${to}`, { from, to, moved: pairs.at(i), circle: 0 });
  });
  const diff = before.instant.ring.diff(after.instant.ring);
  for (const { from = '', to = '', share } of diff.moves) {
    const name = `${from} ${to}`;
    const moved = flows.get(name)?.moved ?? nothing;
    flows.set(name, { from, to, moved, circle: share });
  }
  const sorted = [...flows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, flow]) => flow);
  return { flows: sorted, circle: diff.moved };
}

/**
 * The touched workers gain and lose this much, whoever the other side is; one move can serve a
 * gain and a loss at once.
 */
export function minimumOf(
  workers: readonly Pick<WorkerStep, 'fate' | 'before' | 'after'>[],
): Quantities {
  return quantitiesOf((measure) => {
    let gained = 0;
    let lost = 0;
    for (const { fate, before, after } of workers) {
      if (fate === 'stayed') continue;
      const change = after[measure] - before[measure];
      if (change > 0) gained += change;
      else lost -= change;
    }
    return Math.max(gained, lost);
  });
}

function evenFractionOf(before: Weighed, after: Weighed): number {
  let gained = 0;
  after.fair.forEach((fair, number) => {
    gained += Math.max(0, fair - (before.fair[number] ?? 0));
  });
  return gained;
}

function heaviestOf(
  workers: readonly WorkerStep[],
  after: Weighed,
  { measure }: Frame,
  moved: Quantities,
): Pick<Movement, 'heaviestHeir'> {
  if (moved[measure] === 0) return {};
  const present = workers.filter(({ fate }) => fate !== 'left' && fate !== 'crashed');
  const ranked = [...present].sort(
    (a, b) => b.in[measure] - a.in[measure] || (a.id < b.id ? -1 : 1),
  );
  const [heir] = ranked;
  if (heir === undefined) return {};
  const joined = new Set(workers.filter(({ fate }) => fate === 'joined').map(({ id }) => id));
  const sharing = after.instant.members.filter(({ id }) => joined.size === 0 || joined.has(id));
  const capacity = sharing.reduce((sum, member) => sum + capacityOf(member), 0);
  const own = after.instant.members.find(({ id }) => id === heir.id);
  const fair = own === undefined ? 0 : capacityOf(own) / capacity;
  const fraction = heir.in[measure] / moved[measure];
  return {
    heaviestHeir: {
      id: heir.id,
      in: heir.in,
      fraction,
      timesFair: fair === 0 ? 0 : fraction / fair,
    },
  };
}

function sumOf(all: readonly Quantities[]): Quantities {
  return quantitiesOf((measure) => all.reduce((sum, each) => sum + each[measure], 0));
}
