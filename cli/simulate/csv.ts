/** The report as CSV: one row for each step and worker, step 0 being the ring before. */
import type { Quantities, WorkerLoad, WorkerStep } from '../../ring/index.ts';
import type { SimulationReport } from './report.ts';

export const csvColumns = [
  'step',
  'label',
  'cause',
  'worker',
  'zone',
  'fate',
  'weight',
  'capacity',
  'vnodes',
  'keys',
  'slots',
  'users',
  'connections',
  'events_per_s',
  'slots_in',
  'slots_out',
  'users_in',
  'users_out',
  'connections_in',
  'connections_out',
  'times_fair',
  'worst_crash',
  'times_fair_after_worst_crash',
] as const;

const nothing: Quantities = { slots: 0, users: 0, connections: 0, eventsPerS: 0 };

export function* csvOf({ simulation }: SimulationReport): Generator<string> {
  const { before, steps, measure } = simulation;
  yield csvColumns.join(',');
  for (const worker of before.workers) {
    const start = { step: 0, label: 'before', cause: '', measure };
    yield row(start, worker.id, worker, undefined);
  }
  for (const { step, label, cause, after, workers } of steps) {
    const loads = new Map(after.workers.map((worker) => [worker.id, worker]));
    for (const worker of workers) {
      yield row({ step, label, cause, measure }, worker.id, loads.get(worker.id), worker);
    }
  }
}

interface At {
  readonly step: number;
  readonly label: string;
  readonly cause: string;
  readonly measure: SimulationReport['simulation']['measure'];
}

/** `load` undefined: it is gone. */
function row(at: At, id: string, load: WorkerLoad | undefined, move?: WorkerStep): string {
  const { slots, users, connections, eventsPerS } = load?.load ?? nothing;
  const crash = load?.afterWorstCrash;
  const cells = [
    ...[at.step, at.label, at.cause, id, load?.zone ?? '', move?.fate ?? ''],
    ...[load?.weight ?? '', load?.capacity ?? '', load?.vnodes ?? 0, load?.circle ?? 0],
    ...[slots, users, connections, eventsPerS],
    ...[move?.in.slots ?? 0, move?.out.slots ?? 0, move?.in.users ?? 0, move?.out.users ?? 0],
    ...[move?.in.connections ?? 0, move?.out.connections ?? 0],
    ...[load?.timesFair[at.measure] ?? 0, crash?.crashed ?? '', crash?.timesFair ?? ''],
  ];
  return cells.map((cell) => quoted(String(cell))).join(',');
}

/** A label may hold a comma; a zone, anything: what a spreadsheet would run gets a quote before it. */
function quoted(cell: string): string {
  const harmless = /^[=+@]|^-(?!\d)/.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
