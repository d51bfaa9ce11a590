/**
 * What several parts of the page need to know of a report: what is counted, who the workers are,
 * what becomes of each over the whole time line, and in which colour each is drawn.
 */
import type { Measure, Quantities, Simulation, WorkerLoad } from '../../../ring/index.ts';
import type { SimulationReport } from '../report.ts';
import { palette } from './colours.ts';

/** How much the page shows; what is left out is counted, and is in the JSON and the CSV. */
export const htmlLimits = Object.freeze({
  /** Rows of tables with one for each worker. */
  workersMax: 500,
  /** Rows of tables with one for each step. */
  stepsMax: 250,
  /** Rows of all worker-by-worker tables of steps together. */
  stepRowsMax: 1_000,
  /** Columns of a chart: of more steps, the worst of several stand for them. */
  chartColumnsMax: 120,
  /** Names of the matrix; the rest are added up. */
  matrixRowsMax: 24,
  matrixColumnsMax: 12,
  /** Rows of hot keys, explanations and the like. */
  listMax: 100,
  /** Characters of the scenario and the ring as they were given. */
  inputCharactersMax: 20_000,
});

/** What becomes of a worker from the beginning to the end. */
export type Fate = 'stays' | 'joins' | 'leaves' | 'crashes' | 'changes weight';

export interface PageWorker {
  readonly id: string;
  readonly fate: Fate;
  /** Undefined where there are too many workers for a colour each. */
  readonly colour?: string;
  readonly before?: WorkerLoad;
  readonly after?: WorkerLoad;
  /** Over all steps. */
  readonly in: Quantities;
  readonly out: Quantities;
}

export interface View {
  readonly report: SimulationReport;
  readonly simulation: Simulation;
  /** What balance is judged by. */
  readonly measure: Measure;
  /** What moves are judged by: users, slots without any. */
  readonly moving: Measure;
  readonly hasUsers: boolean;
  /** In the order of the placement. */
  readonly workers: readonly PageWorker[];
  /** A colour for each worker; else colours tell what becomes of them. */
  readonly hasColours: boolean;
}

export function viewOf(report: SimulationReport): View {
  const { simulation, placement } = report;
  const hasUsers = simulation.load.users > 0;
  const hasColours = placement.workers.length <= palette.length;
  return {
    ...{ report, simulation, measure: simulation.measure, hasUsers, hasColours },
    moving: hasUsers ? 'users' : 'slots',
    workers: workersOf(report, hasColours),
  };
}

function workersOf({ simulation, placement }: SimulationReport, hasColours: boolean): PageWorker[] {
  const before = new Map(simulation.before.workers.map((worker) => [worker.id, worker]));
  const after = new Map(simulation.after.workers.map((worker) => [worker.id, worker]));
  const moves = new Map<string, { in: Quantities; out: Quantities }>();
  const crashed = new Set<string>();
  for (const step of simulation.steps) {
    for (const worker of step.workers) {
      const sum = moves.get(worker.id);
      moves.set(worker.id, {
        in: sum === undefined ? worker.in : added(sum.in, worker.in),
        out: sum === undefined ? worker.out : added(sum.out, worker.out),
      });
      if (worker.fate === 'crashed') crashed.add(worker.id);
      if (worker.fate === 'left') crashed.delete(worker.id);
    }
  }
  return placement.workers.map((id, i): PageWorker => {
    const [was, is] = [before.get(id), after.get(id)];
    const colour = hasColours ? palette[i] : undefined;
    return {
      id,
      fate: fateOf(was, is, crashed.has(id)),
      ...(colour === undefined ? {} : { colour }),
      ...(was === undefined ? {} : { before: was }),
      ...(is === undefined ? {} : { after: is }),
      ...(moves.get(id) ?? { in: none, out: none }),
    };
  });
}

function fateOf(was: WorkerLoad | undefined, is: WorkerLoad | undefined, isCrash: boolean): Fate {
  if (was === undefined) return 'joins';
  if (is === undefined) return isCrash ? 'crashes' : 'leaves';
  return was.weight === is.weight ? 'stays' : 'changes weight';
}

export const none: Quantities = { slots: 0, users: 0, connections: 0, eventsPerS: 0 };

export function added(a: Quantities, b: Quantities): Quantities {
  return {
    slots: a.slots + b.slots,
    users: a.users + b.users,
    connections: a.connections + b.connections,
    eventsPerS: a.eventsPerS + b.eventsPerS,
  };
}
