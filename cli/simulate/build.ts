/** From members, users and flags to the report. What the engine answers is put together here. */
import { ConfigError } from '../../base/index.ts';
import {
  type BillRates,
  compareStrategies,
  createRing,
  explainKeys,
  type Load,
  optimizeBalance,
  placement,
  type Scenario,
  type Simulation,
  schemeCosts,
  simulate,
  slotCount,
  type Thresholds,
  type Timeline,
  verifyMembers,
} from '../../ring/index.ts';
import { packageVersion } from '../package-root.ts';
import { headlineOf, problemOf } from './headline.ts';
import { plural } from './numbers.ts';
import type { SimulateValues } from './options.ts';
import type { Progress } from './progress.ts';
import {
  type Asked,
  type OptimizationReport,
  type PlacementReport,
  reportSchema,
  type SchemeReport,
  type SimulationReport,
} from './report.ts';
import type { Users } from './users.ts';

export interface Question {
  readonly values: SimulateValues;
  readonly ring: Asked['ring'];
  readonly timeline: Timeline;
  readonly scenario: Scenario;
  readonly users: Users;
  readonly progress: Progress;
}

export interface Answer {
  readonly report: SimulationReport;
  /** What was simulated: the steps asked for and the one that `--optimize` adds. */
  readonly timeline: Timeline;
}

/** @throws RingError */
export function answerTo(question: Question): Answer {
  const { values, users, progress, ring, scenario } = question;
  const { load } = users;
  const { timeline, optimization } = optimized(question);
  const thresholds = thresholdsOf(values);
  const options = { thresholds, measure: values.measure, rates: ratesOf(values) };
  const simulation = simulate(timeline, load, options, (done) => {
    progress.tell('simulating', done, timeline.steps.length);
  });
  const verification = values.verify
    ? verifyMembers(timeline.members, { seed: values.seed })
    : undefined;
  const comparison = values.compare ? compared(question, timeline, load) : undefined;
  progress.end();
  const problems = [
    ...simulation.verdict.reasons.map((reason) => problemOf(reason, simulation)),
    ...(verification?.laws ?? [])
      .filter(({ isHeld }) => !isHeld)
      .map(({ law, says, broken }) => `the law "${law}" is broken (${says}): ${broken}`),
  ];
  const isOk = problems.length === 0;
  const report: SimulationReport = {
    schema: reportSchema,
    ringway: packageVersion(),
    asked: { ring, users: users.asked, scenario, thresholds },
    headline: headlineOf(simulation, isOk),
    isOk,
    problems,
    simulation,
    placement: placementOf(simulation),
    ...(optimization === undefined ? {} : { optimization }),
    ...(comparison === undefined ? {} : { comparison }),
    ...(values.schemes ? { schemes: schemesOf(simulation) } : {}),
    ...(values.explain.length === 0 ? {} : { explanations: explained(question, timeline) }),
    ...(verification === undefined ? {} : { verification }),
  };
  return { report, timeline };
}

/** Attempts at a budget of users; slots, which are fitted, are not quite users. */
const attemptsMax = 5;

function optimized({ values, timeline, users, scenario }: Question): {
  readonly timeline: Timeline;
  readonly optimization?: OptimizationReport;
} {
  if (values.optimize === 'none') return { timeline };
  const members = timeline.steps.at(-1)?.members ?? timeline.members;
  const budget = values.maxMoved ?? 1;
  const judged = users.load === undefined ? 'slots' : 'users';
  let maxMoved = budget;
  let found = optimizeBalance(members, users.load, { maxMoved });
  for (let attempt = 1; attempt < attemptsMax; attempt += 1) {
    const moved = found.simulation.net.fraction[judged];
    if (moved <= budget) break;
    maxMoved *= (budget / moved) * 0.99;
    found = optimizeBalance(members, users.load, { maxMoved });
  }
  const { simulation: _, weights, ...fitted } = found;
  const changed = Object.keys(weights).length;
  if (changed === 0) return { timeline, optimization: { ...fitted, weights } };
  const step = {
    label: `fit ${plural(changed, 'weight')}`,
    change: { kind: 'weight', weights } as const,
    changeIndex: scenario.length,
    crashed: [],
    members: fitted.members,
  };
  return {
    timeline: { ...timeline, steps: [...timeline.steps, step] },
    optimization: { step: timeline.steps.length + 1, ...fitted, weights },
  };
}

function compared({ values, progress }: Question, timeline: Timeline, load: Load | undefined) {
  // The command line was checked for it.
  if (load === undefined) throw new ConfigError(['--compare needs --users or --synthetic']);
  return compareStrategies(timeline, load, { names: values.strategies }, (done, all) => {
    progress.tell('comparing', done, all);
  });
}

function explained({ values }: Question, timeline: Timeline) {
  return explainKeys(
    timeline,
    values.explain.map(({ value }) => value),
  );
}

function schemesOf({ before, after, load }: Simulation): readonly SchemeReport[] {
  const eventsPerS = load.eventsPerS > 0 ? load.eventsPerS : 1_000;
  const sizes = new Set([before.members.length, after.members.length]);
  return [...sizes].map((workers) => ({
    workers,
    eventsPerS,
    costs: schemeCosts({ workers, eventsPerS }),
  }));
}

function placementOf({ before, after }: Simulation): PlacementReport {
  const workers = new Set([...before.members, ...after.members].map(({ id }) => id));
  const numbers = new Map([...workers].map((id, number) => [id, number]));
  const targets = ({ members }: Simulation['before']): number[] => {
    const placed = placement(createRing(members));
    return Array.from(
      { length: slotCount },
      (_, slot) => numbers.get(placed.target(slot) ?? '') ?? -1,
    );
  };
  return { workers: [...workers], before: targets(before), after: targets(after) };
}

function thresholdsOf({ maxMoved, maxImbalance }: SimulateValues): Thresholds {
  return {
    ...(maxMoved === undefined ? {} : { maxMoved }),
    ...(maxImbalance === undefined ? {} : { maxImbalance }),
  };
}

function ratesOf(values: SimulateValues): Partial<BillRates> {
  const given = {
    pacePerS: values.pace,
    acceptsPerS: values.acceptRate,
    reconnectSpreadS: values.reconnectSpreadS,
    bytesPerUser: values.bytesPerUser,
    bytesPerSession: values.bytesPerSession,
    copyBytesPerS: values.copyBytesPerS,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
