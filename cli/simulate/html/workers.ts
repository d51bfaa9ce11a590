/** Every worker: its load against what is fair, as bars; then everything about it in numbers. */
import type { Measure, Quantities, WorkerLoad } from '../../../ring/index.ts';
import { measureNames } from '../headline.ts';
import { plural } from '../numbers.ts';
import { bar, signs } from './bar.ts';
import { type Content, type Markup, markup } from './markup.ts';
import { amount, nothing, percent, times, whole } from './numbers.ts';
import { type Column, section, table } from './table.ts';
import { htmlLimits, type PageWorker, type View } from './view.ts';

/** Of more workers the busiest come first; of fewer their order is easier to find one in. */
const rosterMax = 40;

export function loadSection(view: View): Markup {
  const { measure, workers, report } = view;
  const limit = report.asked.thresholds.maxImbalance;
  const scale = scaleOf(workers, measure, limit);
  const hasCrash = workers.some(({ after }) => after?.afterWorstCrash !== undefined);
  const isMany = workers.length > rosterMax;
  const isOver = (load: number | undefined): boolean => limit !== undefined && (load ?? 0) > limit;
  return section(
    'load',
    'Load of each worker',
    markup`<p class="quiet note">${capitalised(measureNames[measure])} of a worker ÷ what would be fair for its capacity; 1 × is the mean where all are equal.</p>
`,
    signs([
      ['past', 'before'],
      ['now', 'after'],
      workers.some(({ after }) => isOver(after?.timesFair[measure])) && [
        'over',
        'after, over the limit',
      ],
      ['fair', 'fair: 1 ×'],
      limit !== undefined && ['limit', `limit: ${times(limit)}`],
      hasCrash && ['worst', 'after the worst crash of one other worker'],
    ]),
    table<PageWorker>({
      caption: `${capitalised(measureNames[measure])} ÷ fair share${isMany ? ', busiest first' : ''}`,
      className: isMany ? 'loads many' : 'loads',
      rows: isMany ? busiestFirst(workers, measure) : workers,
      rowsMax: htmlLimits.workersMax,
      isSortable: true,
      columns: [
        { head: 'Worker', cell: (worker) => nameOf(worker) },
        {
          head: 'Load',
          className: 'bars',
          cell: ({ before, after }) =>
            bar({
              ...{ scale, fair: 1, limit, past: before?.timesFair[measure] },
              value: after?.timesFair[measure],
              isBad: isOver(after?.timesFair[measure]),
              worst: after?.afterWorstCrash?.timesFair,
            }),
        },
        { head: 'before', isNumber: true, cell: ({ before }) => timesOf(before, measure) },
        {
          head: 'after',
          isNumber: true,
          cellClass: ({ after }) => (isOver(after?.timesFair[measure]) ? 'bad strong' : 'strong'),
          cell: ({ after }) => timesOf(after, measure),
        },
        hasCrash && {
          head: 'after the worst crash',
          isNumber: true,
          cell: ({ after }) => crashOf(after),
        },
      ],
    }),
  );
}

export function workersSection(view: View): Markup {
  const { simulation, workers, measure } = view;
  const measures = (['users', 'connections', 'eventsPerS'] as const).filter(
    (each) => simulation.load[each] > 0,
  );
  const hasZones = workers.some(({ before, after }) => (after ?? before)?.zone !== undefined);
  const loads = measures.flatMap((each): Column<PageWorker>[] => [
    {
      head: `${capitalised(measureNames[each])} before`,
      isNumber: true,
      cell: ({ before }) => amountOf(before, each),
    },
    { head: 'after', isNumber: true, cell: ({ after }) => amountOf(after, each) },
  ]);
  return section(
    'workers',
    'The workers in numbers',
    table<PageWorker>({
      caption: `${plural(simulation.before.workers.length, 'worker')} before, ${whole(simulation.after.workers.length)} after; in and out are ${measureNames[measure]} over all steps`,
      className: 'dense',
      rows: workers,
      rowsMax: htmlLimits.workersMax,
      isSortable: true,
      columns: [
        { head: 'Worker', cell: (worker) => nameOf(worker) },
        hasZones && {
          head: 'Zone',
          cell: ({ before, after }) => (after ?? before)?.zone ?? nothing,
        },
        { head: 'Weight', isNumber: true, cell: (worker) => changing(worker, weightOf) },
        {
          head: 'Virtual nodes',
          isNumber: true,
          cell: (worker) => changing(worker, ({ vnodes }) => whole(vnodes)),
        },
        {
          head: 'Fair share',
          isNumber: true,
          cell: ({ before, after }) => percent((after ?? before)?.fair ?? Number.NaN),
        },
        ...(measures.length > 0 ? loads : slotColumns),
        { head: 'In', isNumber: true, cell: (worker) => amount(worker.in[measure], measure) },
        { head: 'Out', isNumber: true, cell: (worker) => amount(worker.out[measure], measure) },
      ],
    }),
  );
}

const slotColumns: readonly Column<PageWorker>[] = [
  { head: 'Slots before', isNumber: true, cell: ({ before }) => amountOf(before, 'slots') },
  { head: 'after', isNumber: true, cell: ({ after }) => amountOf(after, 'slots') },
];

/** The name, and what becomes of the worker in a word. */
export function nameOf({ id, fate, colour }: PageWorker): Markup {
  const swatch =
    colour !== undefined &&
    markup`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="${colour}" /></svg>`;
  return markup`${swatch}<bdi>${id}</bdi>${fate !== 'stays' && markup` <span class="tag">${fate}</span>`}`;
}

function weightOf({ weight, capacity }: WorkerLoad): Content {
  const text = String(Math.round(weight * 100_000) / 100_000);
  return weight === capacity ? text : markup`${text} <small>for ${capacity}</small>`;
}

function changing({ before, after }: PageWorker, part: (load: WorkerLoad) => Content): Content {
  if (before === undefined || after === undefined) {
    const only = before ?? after;
    return only === undefined ? nothing : part(only);
  }
  const hasChanged = before.weight !== after.weight || before.capacity !== after.capacity;
  return hasChanged ? markup`${part(before)} → ${part(after)}` : part(after);
}

function timesOf(load: WorkerLoad | undefined, measure: Measure): string {
  return load === undefined ? nothing : times(load.timesFair[measure]);
}

function amountOf(load: WorkerLoad | undefined, measure: keyof Quantities): string {
  return load === undefined ? nothing : amount(load.load[measure], measure);
}

function crashOf(load: WorkerLoad | undefined): Content {
  const worst = load?.afterWorstCrash;
  if (worst === undefined) return nothing;
  return markup`${times(worst.timesFair)} <small>of <bdi>${worst.crashed}</bdi></small>`;
}

function busiestFirst(workers: readonly PageWorker[], measure: Measure): readonly PageWorker[] {
  const load = ({ before, after }: PageWorker): number =>
    after === undefined ? (before?.timesFair[measure] ?? 0) - 1e6 : after.timesFair[measure];
  return [...workers].sort((a, b) => load(b) - load(a));
}

function scaleOf(
  workers: readonly PageWorker[],
  measure: Measure,
  limit: number | undefined,
): number {
  let scale = Math.max(1, limit ?? 1);
  for (const { before, after } of workers) {
    const loads = [before?.timesFair[measure], after?.timesFair[measure]];
    scale = Math.max(
      scale,
      ...loads.map((load) => load ?? 0),
      after?.afterWorstCrash?.timesFair ?? 0,
    );
  }
  return scale * 1.04;
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
