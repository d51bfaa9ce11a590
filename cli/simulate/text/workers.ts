/** The workers, how much each has and what each gives and takes; and how even that is. */
import {
  type Balance,
  type Measure,
  type Quantities,
  type RingState,
  slotCount,
  type WorkerLoad,
} from '../../../ring/index.ts';
import { measureNames } from '../headline.ts';
import { count, percent, shortCount, times } from '../numbers.ts';
import type { SimulationReport } from '../report.ts';
import type { Hue } from './paint.ts';
import { type Column, heading, type Page, table } from './table.ts';

/** From here on a column of full numbers is worth its room. */
const wideFrom = 100;
/** Workers shown without --details, the busiest first. */
const workersShown = 24;
const tooBusy = 1.25;
const noQuantities: Quantities = { slots: 0, users: 0, connections: 0, eventsPerS: 0 };

interface Row {
  readonly worker: WorkerLoad;
  readonly before: WorkerLoad | undefined;
  readonly in: Quantities;
  readonly out: Quantities;
}

export function workerLines(report: SimulationReport, page: Page): readonly string[] {
  const { simulation } = report;
  const { steps, before, after, measure } = simulation;
  const lines: string[] = [];
  if (page.hasDetails && steps.length > 1) {
    let last = before;
    for (const step of steps) {
      const title = `Workers after step ${step.step}`;
      lines.push(...heading(title, step.label, page));
      lines.push(...tableOf(rowsOf(last, step.after, [step]), measure, page));
      last = step.after;
    }
    return lines;
  }
  const title = steps.length === 0 ? 'Workers' : 'Workers afterwards';
  const rows = rowsOf(before, after, steps);
  const isCut = !page.hasDetails && rows.length > workersShown;
  const about = isCut ? `the busiest ${workersShown} of ${rows.length}` : '';
  const busiest = (row: Row): number => row.worker.timesFair[measure];
  const all = isCut ? [...rows].sort((a, b) => busiest(b) - busiest(a)) : rows;
  lines.push(...heading(title, about, page));
  lines.push(...tableOf(all.slice(0, isCut ? workersShown : all.length), measure, page));
  if (isCut) lines.push(`  … and ${rows.length - workersShown} more (--details)`);
  return lines;
}

function rowsOf(
  before: RingState,
  after: RingState,
  steps: SimulationReport['simulation']['steps'],
): readonly Row[] {
  const known = new Map(before.workers.map((worker) => [worker.id, worker]));
  const moved = new Map<string, { in: Quantities; out: Quantities }>();
  for (const { workers } of steps) {
    for (const worker of workers) {
      const sum = moved.get(worker.id) ?? { in: noQuantities, out: noQuantities };
      moved.set(worker.id, { in: plus(sum.in, worker.in), out: plus(sum.out, worker.out) });
    }
  }
  return after.workers.map((worker) => ({
    worker,
    before: known.get(worker.id),
    ...(moved.get(worker.id) ?? { in: noQuantities, out: noQuantities }),
  }));
}

function plus(a: Quantities, b: Quantities): Quantities {
  return {
    slots: a.slots + b.slots,
    users: a.users + b.users,
    connections: a.connections + b.connections,
    eventsPerS: a.eventsPerS + b.eventsPerS,
  };
}

function tableOf(rows: readonly Row[], measure: Measure, page: Page): readonly string[] {
  const number = page.width >= wideFrom ? count : shortCount;
  const hasUsers = rows.some(({ worker }) => worker.load.users > 0);
  // Events that are spread as users are say nothing new.
  const hasEvents = rows.some(
    ({ worker: { timesFair } }) =>
      timesFair.eventsPerS > 0 && Math.abs(timesFair.eventsPerS - timesFair.users) > 0.005,
  );
  const hasZones = rows.some(({ worker }) => worker.zone !== undefined);
  const hasWeights = rows.some(({ worker }) => worker.weight !== 1);
  const hasMoves = rows.some((row) => row.in.slots > 0 || row.out.slots > 0);
  const moving: Measure = hasUsers ? 'users' : 'slots';
  const of = (head: string, name: Measure, rank: number): Column<Row> => ({
    ...{ head, rank, text: ({ worker }: Row) => number(worker.load[name]) },
  });
  const columns: Column<Row>[] = [
    { head: 'WORKER', isText: true, text: ({ worker }) => worker.id },
    ...(hasZones
      ? [{ head: 'ZONE', isText: true, rank: 3, text: ({ worker }: Row) => worker.zone ?? '' }]
      : []),
    {
      ...{ head: 'WEIGHT', rank: hasWeights ? 2 : 6 },
      text: ({ worker }) => String(Number(worker.weight.toFixed(5))),
    },
    { head: 'VNODES', rank: 5, text: ({ worker }) => count(worker.vnodes) },
    { head: 'KEYS', rank: 1, text: ({ worker }) => percent(worker.load.slots / slotCount) },
    ...(hasUsers
      ? [of('USERS', 'users', 0), of('CONNS', 'connections', 2)]
      : [of('SLOTS', 'slots', 0)]),
    ...(hasEvents ? [of('EVENTS/S', 'eventsPerS', 8)] : []),
    ...(hasMoves
      ? [
          { head: 'IN', rank: 1, text: (row: Row) => signed('+', number(row.in[moving])) },
          { head: 'OUT', rank: 1, text: (row: Row) => signed('−', number(row.out[moving])) },
        ]
      : []),
    {
      head: '× FAIR',
      text: ({ worker }) => times(worker.timesFair[measure]),
      hue: ({ worker }) => busyHue(worker.timesFair[measure]),
    },
    { head: 'CRASH', rank: 2, text: ({ worker }) => crashOf(worker) },
    {
      head: 'OF',
      isText: true,
      rank: 7,
      text: ({ worker }) => worker.afterWorstCrash?.crashed ?? '',
    },
  ];
  const worst = Math.max(tooBusy, ...rows.map(({ worker }) => worker.timesFair[measure]));
  const bar = {
    ...{ head: '', after: '× FAIR', max: worst, mark: 1 },
    value: ({ worker }: Row) => worker.timesFair[measure],
    hue: ({ worker }: Row) => busyHue(worker.timesFair[measure]),
  };
  return table({ columns, bar, rows }, page);
}

function busyHue(timesFair: number): Hue {
  return timesFair >= tooBusy ? 'bad' : 'accent';
}

function signed(sign: string, text: string): string {
  return text === '0' ? '·' : `${sign}${text}`;
}

function crashOf({ afterWorstCrash }: WorkerLoad): string {
  return afterWorstCrash === undefined ? '' : times(afterWorstCrash.timesFair);
}

/** Percentiles of load ÷ fair share, and what of it is luck. */
export function balanceLines(report: SimulationReport, page: Page): readonly string[] {
  const { before, after, steps, measure } = report.simulation;
  const rows = distinctMeasures(report.simulation).flatMap(({ name, measures }) => {
    const hue: Hue = measures.includes(measure) && measures.length < 4 ? 'bold' : 'plain';
    const [first = 'slots'] = measures;
    const was = { name, hue, when: 'before', balance: before.balance[first] };
    const is = { name: '', hue, when: 'after', balance: after.balance[first] };
    return steps.length === 0 ? [{ ...was, when: '' }] : [was, is];
  });
  const of = (head: string, pick: (balance: Balance) => number, rank = 0): Column<BalanceRow> => ({
    ...{ head, rank, text: ({ balance }: BalanceRow) => times(pick(balance)) },
  });
  const about = 'load ÷ fair share; luck: the most that a perfect hash would show, too';
  return [
    ...heading('Balance', about, page),
    ...table(
      {
        rows,
        columns: [
          {
            ...{ head: '', isText: true },
            text: ({ name }) => name,
            hue: ({ hue }) => hue,
          },
          ...(steps.length === 0
            ? []
            : [{ head: '', isText: true, text: ({ when }: BalanceRow) => when }]),
          of('MIN', ({ min }) => min),
          of('P50', ({ p50 }) => p50),
          of('P90', ({ p90 }) => p90, 1),
          of('P99', ({ p99 }) => p99, 1),
          of('MAX', ({ max }) => max),
          { head: 'BUSIEST', isText: true, rank: 2, text: ({ balance }) => balance.busiest },
          {
            ...{ head: 'SD', rank: 3 },
            text: ({ balance }) => percent(balance.deviation),
          },
          of('LUCK', ({ floor }) => floor),
        ],
      },
      page,
    ),
  ];
}

interface BalanceRow {
  readonly name: string;
  readonly hue: Hue;
  readonly when: string;
  readonly balance: Balance;
}

/** With one connection each, connections are spread as users are: one row says both. */
function distinctMeasures({ before, after, load }: SimulationReport['simulation']): readonly {
  readonly name: string;
  readonly measures: readonly Measure[];
}[] {
  const groups = new Map<string, Measure[]>();
  for (const measure of Object.keys(before.balance) as Measure[]) {
    if (load[measure] === 0) continue;
    const numbers = [before, after].map(({ balance }) => {
      const { max, min, p50, p90, p99, floor } = balance[measure];
      return [max, min, p50, p90, p99, floor].map(times).join();
    });
    const same = groups.get(numbers.join()) ?? [];
    same.push(measure);
    groups.set(numbers.join(), same);
  }
  const nameOf = (measures: readonly Measure[]): string =>
    measures.length > 2
      ? `${measures[0]}, …`
      : measures.map((measure) => measureNames[measure]).join(', ');
  return [...groups.values()].map((measures) => ({ name: nameOf(measures), measures }));
}
