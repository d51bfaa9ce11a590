/** What every step moves, and who gives how much to whom. */
import type { Flow, Measure, StepResult } from '../../../ring/index.ts';
import { count, duration, percent, plural, shortCount, times } from '../numbers.ts';
import type { SimulationReport } from '../report.ts';
import { type Column, heading, note, type Page, shown, table } from './table.ts';

const stepsShown = 24;
const flowsShown = 12;
const matrixRowsMax = 24;

export function stepLines(report: SimulationReport, page: Page): readonly string[] {
  const { simulation } = report;
  const { steps, load, measure } = simulation;
  if (steps.length === 0) return [];
  const moving: Measure = load.users > 0 ? 'users' : 'slots';
  const { items, more } = shown(steps, stepsShown, page);
  const columns: Column<StepResult>[] = [
    { head: '#', text: ({ step }) => String(step) },
    { head: 'STEP', isText: true, text: ({ label }) => cut(label, page.width < 100 ? 28 : 40) },
    { head: moving.toUpperCase(), text: ({ movement }) => count(movement.moved[moving]) },
    { head: 'OF ALL', text: ({ movement }) => percent(movement.fraction[moving]) },
    { head: 'KEYS', rank: 3, text: ({ movement }) => percent(movement.fraction.slots) },
    { head: 'LEAST', rank: 2, text: ({ movement }) => count(movement.minimum[moving]) },
    {
      ...{ head: 'STRAY', rank: 1 },
      text: ({ movement }) => strayOf(movement.collateral.circle),
      hue: ({ movement }) => (movement.collateral.circle > 0 ? 'bad' : 'plain'),
    },
    { head: 'BUSIEST', text: ({ after }) => times(after.balance[measure].max) },
    { head: 'WHO', isText: true, rank: 4, text: ({ after }) => after.balance[measure].busiest },
    ...(load.users > 0
      ? [{ head: 'TAKES', text: ({ bill }: StepResult) => duration(bill.handover.seconds) }]
      : []),
  ];
  const about = 'least: no placement could move fewer; stray: between unchanged workers';
  const most = Math.max(...steps.map(({ movement }) => movement.fraction[moving]));
  const bar = {
    ...{ head: '', after: 'OF ALL', max: most },
    value: ({ movement }: StepResult) => movement.fraction[moving],
  };
  return [
    ...heading(steps.length === 1 ? 'The step' : 'Steps', about, page),
    ...table({ columns, rows: items, ...(steps.length > 1 ? { bar } : {}) }, page),
    ...more,
    ...timesLine(report, page),
  ];
}

function timesLine({ simulation }: SimulationReport, page: Page): readonly string[] {
  const { timesMoved, steps } = simulation;
  if (steps.length < 2 || timesMoved.length < 2 || simulation.load.users === 0) return [];
  const parts = timesMoved.flatMap((users, often) =>
    users === 0 ? [] : [`${count(users)} ${often === 0 ? 'never' : `${often} ×`}`],
  );
  const most = `${parts.slice(0, 8).join(', ')}${parts.length > 8 ? ', …' : ''}`;
  return note(`how often users move: ${most}`, page);
}

function strayOf(circle: number): string {
  return circle === 0 ? '0' : percent(circle);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

interface Moved {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** Who → whom over all steps: a matrix where it fits, else the heaviest flows. */
export function flowLines(report: SimulationReport, page: Page): readonly string[] {
  const { steps, load } = report.simulation;
  const moving: Measure = load.users > 0 ? 'users' : 'slots';
  const flows = summed(steps, moving);
  if (flows.length === 0) return [];
  const from = namesOf(flows, 'from', report);
  const to = namesOf(flows, 'to', report);
  const all = steps.length > 1 ? ', all steps together' : '';
  const title = heading('Who to whom', `${moving}${all}`, page);
  const width = 10 + to.reduce((sum, id) => sum + Math.max(id.length, 6) + 2, 0);
  const isSmall = from.length <= matrixRowsMax || page.hasDetails;
  const body = isSmall && width <= page.width && to.length > 1 ? matrix : list;
  return [...title, ...body({ flows, from, to }, page), ...heirLine(report, moving, page)];
}

interface Flows {
  readonly flows: readonly Moved[];
  readonly from: readonly string[];
  readonly to: readonly string[];
}

function summed(steps: readonly StepResult[], moving: Measure): readonly Moved[] {
  const sums = new Map<string, Moved>();
  const add = ({ from, to, moved }: Flow): void => {
    const name = `${from} ${to}`;
    const amount = (sums.get(name)?.amount ?? 0) + moved[moving];
    sums.set(name, { from, to, amount });
  };
  for (const { movement } of steps) movement.flows.forEach(add);
  return [...sums.values()].filter(({ amount }) => amount > 0);
}

/** In the order of the ring before, then of those who joined. */
function namesOf(
  flows: readonly Moved[],
  side: 'from' | 'to',
  { simulation: { before, steps } }: SimulationReport,
): readonly string[] {
  const known = new Set(before.members.map(({ id }) => id));
  for (const { workers } of steps) for (const { id } of workers) known.add(id);
  const used = new Set(flows.map((flow) => flow[side]));
  return [...known].filter((id) => used.has(id));
}

function matrix({ flows, from, to }: Flows, page: Page): readonly string[] {
  const amounts = new Map(flows.map(({ from, to, amount }) => [`${from} ${to}`, amount]));
  const columns: Column<string>[] = [
    { head: 'FROM ↓  TO →', isText: true, text: (id) => id },
    ...to.map((id) => ({
      head: id,
      text: (row: string) => amountText(amounts.get(`${row} ${id}`)),
    })),
  ];
  return table({ columns, rows: from }, page);
}

function amountText(amount: number | undefined): string {
  return amount === undefined ? '·' : shortCount(amount);
}

function list({ flows }: Flows, page: Page): readonly string[] {
  const sorted = [...flows].sort((a, b) => b.amount - a.amount || (a.from < b.from ? -1 : 1));
  const { items, more } = shown(sorted, flowsShown, page);
  const columns: Column<Moved>[] = [
    { head: 'FROM', isText: true, text: ({ from }) => from },
    { head: '', isText: true, text: () => '→' },
    { head: 'TO', isText: true, text: ({ to }) => to },
    { head: 'AMOUNT', text: ({ amount }) => count(amount) },
  ];
  const bar = { head: '', max: sorted[0]?.amount ?? 0, value: ({ amount }: Moved) => amount };
  return [...table({ columns, bar, rows: items }, page), ...more];
}

function heirLine(
  { simulation }: SimulationReport,
  moving: Measure,
  page: Page,
): readonly string[] {
  let heaviest: { step: StepResult; fraction: number } | undefined;
  for (const step of simulation.steps) {
    const fraction = step.movement.heaviestHeir?.fraction ?? 0;
    if (step.movement.heaviestHeir === undefined) continue;
    if (fraction <= (heaviest?.fraction ?? 0)) continue;
    heaviest = { step, fraction };
  }
  const heir = heaviest?.step.movement.heaviestHeir;
  if (heaviest === undefined || heir === undefined) return [];
  const where = simulation.steps.length > 1 ? ` of step ${heaviest.step.step}` : '';
  const part = heir.fraction === 1 ? 'all' : percent(heir.fraction);
  const amount = plural(heir.in[moving], moving.slice(0, -1));
  return note(`heaviest heir${where}: ${heir.id} takes ${part} of what moves (${amount})`, page);
}
