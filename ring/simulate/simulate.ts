/**
 * The simulator's main answer: what a scenario does to a ring and to those who are connected.
 * Every instant of the time line is a ring of the production code; the rest is counting.
 */
import { nobody } from '../circle.ts';
import { RingError } from '../error.ts';
import { slotCount } from '../hash.ts';
import { billOf, requireRates } from './bill.ts';
import { hotKeysOf } from './hot-keys.ts';
import { castOf, type Instant, instantOf } from './instant.ts';
import { type Load, noLoad } from './load.ts';
import { movementOf } from './movement.ts';
import type { Simulation, StepResult, Survey } from './results.ts';
import { type Frame, grainsOf, stateOf, type Weighed, weighed } from './state.ts';
import { surveyOf } from './survey.ts';
import { nothing, quantitiesOf } from './tally.ts';
import type { SurveyPoint, Timeline } from './timeline.ts';
import type { BillRates, Quantities, SimulationOptions } from './types.ts';
import { requireThresholds, verdictOf } from './verdict.ts';

/**
 * Plays `timeline` under `load`; without a load slots alone are counted. `onStep` is called after each step with
 * how many are done, for a progress bar.
 *
 * @throws RingError `ring.bad_load` (no user in the load), `ring.bad_option`
 */
export function simulate(
  timeline: Timeline,
  load: Load | undefined = undefined,
  options: SimulationOptions = {},
  onStep: (done: number) => void = () => {},
): Simulation {
  const frame = frameOf(timeline, load, options);
  const rates = requireRates(options.rates);
  const thresholds = requireThresholds(options.thresholds);
  const first = weighed(instantOf(timeline.members, frame.cast), frame);
  const before = stateOf(first, frame);
  const timesMoved = new Uint16Array(slotCount);
  const steps: StepResult[] = [];
  const surveys: Survey[] = [];
  const survey = (at: Weighed): void => {
    for (const point of pointsAfter(timeline, steps.length)) {
      surveys.push(surveyOf(point, at, frame));
    }
  };
  let last = first;
  survey(last);
  for (const step of timeline.steps) {
    const next = weighed(instantOf(step.members, frame.cast, last.instant), frame);
    steps.push(stepOf({ step, number: steps.length + 1, last, next, frame, rates }));
    countMoves(timesMoved, last.instant, next.instant);
    last = next;
    survey(last);
    onStep(steps.length);
  }
  const { measure, totals } = frame;
  const moving = totals.users > 0 ? 'users' : 'slots';
  return {
    slots: slotCount,
    measure,
    load: totals,
    before,
    after: steps.at(-1)?.after ?? before,
    steps,
    surveys,
    net: movementOf(first, last, frame).movement,
    total: {
      moved: sumOf(steps.map(({ movement }) => movement.moved)),
      minimum: sumOf(steps.map(({ movement }) => movement.minimum)),
    },
    timesMoved: usersByTimes(timesMoved, frame),
    hotKeys: hotKeysOf(load, first, last, frame),
    rates,
    verdict: verdictOf({ before, steps, surveys, measure, moving, thresholds }),
  };
}

/** @throws RingError `ring.bad_load`, `ring.bad_option` */
function frameOf(timeline: Timeline, load: Load | undefined, options: SimulationOptions): Frame {
  if (load?.totals.users === 0) throw new RingError('ring.bad_load', 'the load has no user');
  const totals = load?.totals ?? { ...nothing, slots: slotCount };
  const measure = options.measure ?? (totals.connections > 0 ? 'connections' : 'slots');
  if (totals[measure] === 0) {
    throw new RingError('ring.bad_option', `measure ${measure}: the load has none`);
  }
  return {
    cast: castOf(timeline),
    load: load?.perSlot ?? noLoad(),
    totals,
    grains: grainsOf(load),
    measure,
  };
}

function stepOf(of: {
  readonly step: Timeline['steps'][number];
  readonly number: number;
  readonly last: Weighed;
  readonly next: Weighed;
  readonly frame: Frame;
  readonly rates: BillRates;
}): StepResult {
  const { step, number, last, next, frame, rates } = of;
  const { movement, workers } = movementOf(last, next, frame, step.crashed);
  return {
    step: number,
    label: step.label,
    change: step.change,
    changeIndex: step.changeIndex,
    cause: step.crashed.length > 0 ? 'crash' : 'planned',
    movement,
    workers,
    after: stateOf(next, frame),
    bill: billOf({ before: last, after: next, frame, workers, rates }),
  };
}

function pointsAfter(timeline: Timeline, steps: number): readonly SurveyPoint[] {
  return timeline.surveys.filter(({ afterStep }) => afterStep === steps);
}

function countMoves(times: Uint16Array, before: Instant, after: Instant): void {
  for (let slot = 0; slot < slotCount; slot += 1) {
    if ((before.targets[slot] ?? nobody) === (after.targets[slot] ?? nobody)) continue;
    times[slot] = (times[slot] ?? 0) + 1;
  }
}

function usersByTimes(times: Uint16Array, { load }: Frame): number[] {
  const most = times.reduce((max, each) => Math.max(max, each), 0);
  const users = Array.from({ length: most + 1 }, () => 0);
  times.forEach((each, slot) => {
    users[each] = (users[each] ?? 0) + (load.users[slot] ?? 0);
  });
  return users;
}

function sumOf(all: readonly Quantities[]): Quantities {
  return quantitiesOf((measure) => all.reduce((sum, each) => sum + each[measure], 0));
}
