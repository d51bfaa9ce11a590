/** The time line: how much each step moves, how even the ring is after it, and every step in numbers. */
import type { StepResult, WorkerStep } from '../../../ring/index.ts';
import { measureNames } from '../headline.ts';
import { plural } from '../numbers.ts';
import { signs } from './bar.ts';
import { chart, type Point, thinned } from './chart.ts';
import { type Markup, markup } from './markup.ts';
import { amount, duration, nothing, percent, plain, times, whole } from './numbers.ts';
import { type Column, section, table } from './table.ts';
import { htmlLimits, type View } from './view.ts';

export function stepsSection(view: View): Markup {
  const { steps } = view.simulation;
  if (steps.length === 0) {
    return section(
      'steps',
      'Steps',
      markup`<p>Nothing happens to this ring: it is judged as it is.</p>
`,
    );
  }
  return section(
    'steps',
    steps.length === 1 ? 'The step' : `The ${whole(steps.length)} steps`,
    steps.length > 1 && charts(view),
    stepTable(view),
    timesMovedTable(view),
    steps.length > 1 && workerTables(view),
  );
}

function charts(view: View): Markup {
  const { moving, measure, simulation, report } = view;
  const { maxMoved, maxImbalance } = report.asked.thresholds;
  const all = simulation.load[moving];
  const moved = simulation.steps.map((step): Point => {
    const value = step.movement.fraction[moving];
    const isCrash = step.cause === 'crash';
    const isBad = maxMoved !== undefined && !isCrash && value > maxMoved;
    const least = all === 0 ? 0 : step.movement.minimum[moving] / all;
    const tip = `${step.step}: ${step.label} – ${percent(value)}`;
    return { from: step.step, to: step.step, value, least, isCrash, isBad, tip };
  });
  const states = [simulation.before, ...simulation.steps.map(({ after }) => after)];
  const balance = states.map((state, step): Point => {
    const { max, busiest } = state.balance[measure];
    const isBad = maxImbalance !== undefined && step > 0 && max > maxImbalance;
    const isCrash = simulation.steps[step - 1]?.cause === 'crash';
    return {
      from: step,
      to: step,
      value: max,
      isBad,
      isCrash,
      tip: `${step}: ${busiest} – ${times(max)}`,
    };
  });
  const worst = Math.max(...balance.map(({ value }) => value));
  const most = Math.max(...moved.map(({ value }) => value));
  const hasCrash = moved.some(({ isCrash }) => isCrash);
  const hasBad = [...moved, ...balance].some(({ isBad }) => isBad);
  const isThinned = simulation.steps.length > htmlLimits.chartColumnsMax;
  return markup`<div class="pair">${chart({
    ...{ id: 'moved-chart', kind: 'columns', floor: 0, limit: maxMoved },
    title: `${moving === 'users' ? 'Users' : 'Slots'} that move, by step`,
    about: `The step that moves the most moves ${percent(most)}. The table below has every step.`,
    points: thinned(moved, htmlLimits.chartColumnsMax),
    format: (value) => `${plain(value * 100)}\u00a0%`,
  })}${chart({
    ...{ id: 'balance-chart', kind: 'line', floor: 1, limit: maxImbalance },
    title: `Busiest worker ÷ fair, by ${measureNames[measure]}`,
    about: `Before the first step and after each; the highest is ${times(worst)}.`,
    points: thinned(balance, htmlLimits.chartColumnsMax),
    format: (value) => `${plain(value)}\u00a0×`,
  })}</div>
${signs([
  ['now', 'planned'],
  hasCrash && ['crash', 'crash'],
  hasBad && ['over', 'over the limit'],
  ['least', 'the least that could move'],
  (maxMoved ?? maxImbalance) !== undefined && ['limit', 'limit'],
])}${
  isThinned &&
  markup`<p class="quiet note">So many steps that of neighbours the worst is drawn.</p>
`
}`;
}

function stepTable(view: View): Markup {
  return table<StepResult>({
    caption:
      'What each step moves. Shares of the slots and of the circle are exact; collateral would be a move between two workers to whom nothing happened',
    className: 'dense',
    rows: view.simulation.steps,
    rowsMax: htmlLimits.stepsMax,
    columns: [
      { head: 'Step', cell: ({ step }) => whole(step) },
      {
        head: 'What',
        className: 'wide',
        cell: ({ label, cause }) =>
          markup`<bdi>${label}</bdi>${cause === 'crash' && markup` <span class="tag">crash</span>`}`,
      },
      { head: 'Workers after', isNumber: true, cell: ({ after }) => whole(after.workers.length) },
      ...moveColumns(view),
      ...outcomeColumns(view),
    ],
  });
}

function moveColumns({ moving, hasUsers, report }: View): (Column<StepResult> | false)[] {
  const { maxMoved = 1 } = report.asked.thresholds;
  const number = (
    head: string,
    cell: (movement: StepResult['movement']) => string,
  ): Column<StepResult> => ({ head, isNumber: true, cell: ({ movement }) => cell(movement) });
  return [
    number(`Moved ${measureNames[moving]}`, ({ moved }) => amount(moved[moving], moving)),
    {
      ...number('of all', ({ fraction }) => percent(fraction[moving])),
      cellClass: ({ movement, cause }) =>
        cause === 'planned' && movement.fraction[moving] > maxMoved ? 'bad strong' : '',
    },
    number('least possible', ({ minimum }) => amount(minimum[moving], moving)),
    hasUsers && number('Moved connections', ({ moved }) => amount(moved.connections)),
    hasUsers && number('of the slots', ({ fraction }) => percent(fraction.slots)),
    number('of the circle', ({ circle }) => percent(circle)),
    number('Collateral', ({ collateral }) => amount(collateral[moving], moving)),
  ];
}

function outcomeColumns({ measure, hasUsers, report }: View): (Column<StepResult> | false)[] {
  const { maxImbalance = Number.POSITIVE_INFINITY } = report.asked.thresholds;
  return [
    {
      head: 'Busiest ÷ fair',
      isNumber: true,
      cellClass: ({ after }) => (after.balance[measure].max > maxImbalance ? 'bad strong' : ''),
      cell: ({ after }) => times(after.balance[measure].max),
    },
    { head: 'Busiest', cell: ({ after }) => markup`<bdi>${after.balance[measure].busiest}</bdi>` },
    { head: 'Heaviest heir', cell: ({ movement }) => heirOf(movement.heaviestHeir) },
    hasUsers && {
      head: 'Paced',
      isNumber: true,
      cell: ({ bill }) => duration(bill.handover.pacedSeconds),
    },
  ];
}

function heirOf(heir: StepResult['movement']['heaviestHeir']): Markup | string {
  if (heir === undefined) return nothing;
  return markup`<bdi>${heir.id}</bdi> <small>${percent(heir.fraction)} of it</small>`;
}

function timesMovedTable({ simulation, hasUsers }: View): Markup | undefined {
  if (!hasUsers || simulation.steps.length < 2) return undefined;
  return table({
    caption: 'How often users move over all steps',
    className: 'narrow',
    rows: simulation.timesMoved
      .map((users, index) => ({ users, index }))
      .filter(({ users }) => users > 0),
    rowsMax: htmlLimits.listMax,
    columns: [
      { head: 'Moves', cell: ({ index }) => (index === 0 ? 'never' : plural(index, 'time')) },
      { head: 'Users', isNumber: true, cell: ({ users }) => amount(users) },
      {
        head: 'of all',
        isNumber: true,
        cell: ({ users }) => percent(users / simulation.load.users),
      },
    ],
  });
}

/** Each step, worker by worker: those to whom something happens. Folded, and not for paper. */
function workerTables({ simulation, measure }: View): Markup {
  let rows = 0;
  const tables = simulation.steps.flatMap(({ step, label, workers }): Markup[] => {
    const touched = workers.filter(
      (worker) => worker.fate !== 'stayed' || worker.in[measure] > 0 || worker.out[measure] > 0,
    );
    rows += touched.length;
    if (rows > htmlLimits.stepRowsMax) return [];
    return [
      markup`<details class="screen"><summary>Step ${whole(step)}: <bdi>${label}</bdi>, worker by worker</summary>
${workerTable(touched, measure)}</details>
`,
    ];
  });
  return markup`${tables}${
    tables.length < simulation.steps.length &&
    markup`<p class="quiet note">Worker by worker, ${plural(simulation.steps.length - tables.length, 'more step')} would be too long for a page; --json and --csv have them all.</p>`
  }<p class="quiet note paper">Worker by worker, each step is on the screen, in --json and in --csv.</p>
`;
}

function workerTable(rows: readonly WorkerStep[], measure: keyof WorkerStep['in']): Markup {
  return table<WorkerStep>({
    caption: `${measureNames[measure]} of those to whom something happens`,
    rows,
    rowsMax: htmlLimits.workersMax,
    columns: [
      { head: 'Worker', cell: ({ id }) => markup`<bdi>${id}</bdi>` },
      { head: 'Fate', cell: ({ fate }) => fate },
      { head: 'before', isNumber: true, cell: ({ before }) => amount(before[measure], measure) },
      { head: 'in', isNumber: true, cell: (worker) => amount(worker.in[measure], measure) },
      { head: 'out', isNumber: true, cell: (worker) => amount(worker.out[measure], measure) },
      { head: 'after', isNumber: true, cell: ({ after }) => amount(after[measure], measure) },
    ],
  });
}
