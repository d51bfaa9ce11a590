/** Reports of the ring simulator, answered by the engine, for whatever prints them. */
import { problemOf } from '../../cli/simulate/headline.ts';
import {
  type Asked,
  type PlacementReport,
  reportSchema,
  type SimulationReport,
} from '../../cli/simulate/report.ts';
import {
  compareStrategies,
  createRing,
  explainKeys,
  Load,
  optimizeBalance,
  placement,
  type Scenario,
  type SimulatedMember,
  type Simulation,
  SyntheticUsers,
  schemeCosts,
  simulate,
  slotCount,
  type Thresholds,
  timelineOf,
  verifyMembers,
} from '../../ring/index.ts';
import { equalMembers } from './simulated.ts';

export interface ReportWishes {
  readonly members: readonly SimulatedMember[];
  readonly scenario?: Scenario;
  /** Synthetic ones; 0 = slots are counted. */
  readonly users?: number;
  readonly zipf?: number;
  readonly thresholds?: Thresholds;
  readonly showsIds?: boolean;
  readonly compares?: boolean;
  readonly optimizes?: boolean;
  readonly schemes?: boolean;
  readonly explains?: readonly string[];
  readonly verifies?: boolean;
  readonly asked?: Partial<Asked>;
}

/** Everything that a report can hold; it is not OK. */
export function fullReport(): SimulationReport {
  return reportOf({
    members: equalMembers(6).map((member, i) => ({ ...member, zone: `zone-${i % 3}` })),
    users: 3_000,
    zipf: 1.1,
    scenario: [
      { kind: 'add', count: 2 },
      { kind: 'any-one' },
      { kind: 'any-two' },
      { kind: 'crash', ids: ['w-2'] },
      { kind: 'weight', weights: { 'w-3': 0.5 } },
      { kind: 'remove', ids: ['w-4'] },
    ],
    thresholds: { maxMoved: 0.2, maxImbalance: 1.05 },
    showsIds: true,
    compares: true,
    schemes: true,
    explains: ['user:alice', 'user:bob'],
    verifies: true,
  });
}

export function reportOf(wishes: ReportWishes): SimulationReport {
  const { scenario = [], users = 0, zipf, thresholds = {}, compares = false } = wishes;
  // What is fitted are weights: what is fair stays as it was.
  const members = wishes.members.map((member) =>
    wishes.optimizes === true ? { capacity: member.weight, ...member } : member,
  );
  const load = users === 0 ? undefined : loadOf(wishes);
  const optimization = wishes.optimizes === true ? optimizeBalance(members, load) : undefined;
  const all: Scenario =
    optimization === undefined
      ? scenario
      : [...scenario, { kind: 'weight', weights: optimization.weights }];
  const timeline = timelineOf(members, all);
  const simulation = simulate(timeline, load, { thresholds });
  const problems = simulation.verdict.reasons.map((reason) => problemOf(reason, simulation));
  const { simulation: _, ...fitted } = optimization ?? { simulation: undefined };
  return {
    schema: reportSchema,
    ringway: '0.1.0',
    asked: {
      ring: { from: 'workers' },
      users:
        load === undefined
          ? { from: 'none', keyPrefix: 'user:' }
          : {
              from: 'synthetic',
              keyPrefix: 'user:',
              seed: 1,
              ...(zipf === undefined ? {} : { zipf }),
            },
      scenario,
      thresholds,
      ...wishes.asked,
    },
    headline: `${problems.length === 0 ? 'OK' : 'NOT OK'}: as the engine answered.`,
    isOk: problems.length === 0,
    problems,
    simulation,
    placement: placementOf(simulation),
    ...('measure' in fitted ? { optimization: { ...fitted, step: timeline.steps.length } } : {}),
    ...(compares && load !== undefined ? { comparison: compareStrategies(timeline, load) } : {}),
    ...(wishes.schemes === true
      ? {
          schemes: [
            {
              workers: members.length,
              eventsPerS: 1_000,
              costs: schemeCosts({ workers: members.length }),
            },
          ],
        }
      : {}),
    ...(wishes.explains === undefined
      ? {}
      : { explanations: explainKeys(timeline, wishes.explains) }),
    ...(wishes.verifies === true
      ? { verification: verifyMembers(members, { membersTried: 3, drawn: 2 }) }
      : {}),
  };
}

function loadOf({ users = 0, zipf, showsIds = false, compares = false }: ReportWishes): Load {
  const load = new Load({ keepsHotIds: showsIds, keepsHashes: compares, keepsMd5: compares });
  new SyntheticUsers({ users, zipf }).addTo(load);
  return load;
}

function placementOf({ before, after }: Simulation): PlacementReport {
  const workers = [...new Set([...before.members, ...after.members].map(({ id }) => id))];
  const owners = (members: readonly SimulatedMember[]): number[] => {
    const placed = placement(createRing(members));
    return Array.from({ length: slotCount }, (_, slot) =>
      workers.indexOf(placed.target(slot) ?? ''),
    );
  };
  return { workers, before: owners(before.members), after: owners(after.members) };
}
