/**
 * How even the ring is, against what chance alone would show, and what would happen if any one
 * or any two workers crashed.
 */
import type { Balance, CrashCase, Measure, RingState, Survey } from '../../../ring/index.ts';
import { measureNames } from '../headline.ts';
import { plural } from '../numbers.ts';
import { signs } from './bar.ts';
import { ticksWithin } from './chart.ts';
import { type Markup, markup } from './markup.ts';
import { amount, decimals, percent, plain, times, whole } from './numbers.ts';
import { section, table } from './table.ts';
import { htmlLimits, type View } from './view.ts';
import { capitalised } from './workers.ts';

export function balanceSection(view: View): Markup {
  const { simulation, measure, report } = view;
  const { floor } = simulation.after.balance[measure];
  const limit = report.asked.thresholds.maxImbalance;
  return section(
    'balance',
    'Even, or luck?',
    markup`<p>${floorSentence(simulation.after.balance[measure], measure)}</p>
`,
    strip(view),
    signs([
      ['fair', 'fair: 1 ×'],
      floor > 1 && ['floor', `a perfect hash: ${times(floor)}`],
      limit !== undefined && ['limit', `limit: ${times(limit)}`],
    ]),
    percentiles(view),
  );
}

function floorSentence({ floor, max }: Balance, measure: Measure): string {
  if (measure === 'slots') {
    return 'Slots are dealt out by the ring itself, so no luck is in them: a ratio above 1 × is the grain of the virtual nodes, and fitted weights (--optimize balance) even it out.';
  }
  const luck = `With so many users of these sizes even a perfect hash would put ${times(floor)} the fair load on its busiest worker`;
  return max <= floor
    ? `${luck}; this ring shows ${times(max)}, so what is left is luck, and nothing is to be gained by chasing it.`
    : `${luck}; this ring shows ${times(max)}, so only what lies between the two is the ring's, and the rest is luck that no setting removes.`;
}

/** Every worker as a dot on one scale, before and after: outliers stand out of the crowd. */
function strip({ simulation, measure, report }: View): Markup {
  const states = [simulation.before, simulation.after];
  const limit = report.asked.thresholds.maxImbalance;
  const { floor } = simulation.after.balance[measure];
  const all = states.flatMap(({ balance }) => [balance[measure].min, balance[measure].max]);
  const ends = [1, floor, ...all, ...(limit === undefined ? [] : [limit])];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = Math.max(0.01, (high - low) * 0.05);
  const x = (value: number): number =>
    4 + (92 * (value - low + margin)) / (high - low + 2 * margin);
  const ticks = ticksWithin(low - margin, high + margin);
  const line = (name: string, value: number): Markup =>
    markup`<line class="${name}" x1="${x(value)}%" x2="${x(value)}%" y1="4" y2="84" />`;
  return markup`<svg class="strip" height="104" role="img" aria-labelledby="strip-title strip-text">
<title id="strip-title">Load ÷ fair load of every worker, before and after</title>
<desc id="strip-text">From ${times(Math.min(...all))} to ${times(Math.max(...all))}; the table below has percentiles.</desc>
${ticks.map((tick) => markup`<line class="tick" x1="${x(tick)}%" x2="${x(tick)}%" y1="4" y2="84" /><text x="${x(tick)}%" y="100" text-anchor="middle">${`${plain(tick)}\u00a0×`}</text>`)}
${line('fair', 1)}${floor > 1 && line('floor', floor)}${limit !== undefined && line('limit', limit)}
${states.map((state, i) => markup`<text class="strip-name" x="0" y="${26 + i * 40 - 10}">${i === 0 ? 'before' : 'after'}</text>${dots(state, measure, { x, y: 26 + i * 40, name: i === 0 ? 'past' : 'now' })}`)}
</svg>
`;
}

function dots(
  { workers }: RingState,
  measure: Measure,
  {
    x,
    y,
    name,
  }: { readonly x: (value: number) => number; readonly y: number; readonly name: string },
): Markup {
  return markup`${workers.slice(0, htmlLimits.workersMax).map(
    ({ id, timesFair }) =>
      markup`<circle class="dot ${name}" cx="${x(timesFair[measure])}%" cy="${y}" r="4.5"><title>${id}: ${times(timesFair[measure])}</title></circle>
`,
  )}`;
}

interface Row {
  readonly measure: Measure;
  readonly when: string;
  readonly balance: Balance;
}

function percentiles({ simulation }: View): Markup {
  const measures = (['slots', 'users', 'connections', 'eventsPerS'] as const).filter(
    (measure) => simulation.load[measure] > 0,
  );
  const rows = measures.flatMap((measure): Row[] => [
    { measure, when: 'before', balance: simulation.before.balance[measure] },
    { measure, when: 'after', balance: simulation.after.balance[measure] },
  ]);
  const column = (head: string, part: (balance: Balance) => number) => ({
    head,
    isNumber: true,
    cell: ({ balance }: Row) => times(part(balance)),
  });
  return table<Row>({
    caption:
      'Load ÷ fair load over the workers; the floor is what a perfect hash would show as its maximum',
    rows,
    rowsMax: rows.length,
    columns: [
      {
        head: 'Measure',
        cell: ({ measure, when }) => `${capitalised(measureNames[measure])}, ${when}`,
      },
      column('min', ({ min }) => min),
      column('p50', ({ p50 }) => p50),
      column('p90', ({ p90 }) => p90),
      column('p99', ({ p99 }) => p99),
      column('max', ({ max }) => max),
      { head: 'busiest', cell: ({ balance }) => markup`<bdi>${balance.busiest}</bdi>` },
      { head: 'deviation', isNumber: true, cell: ({ balance }) => decimals(balance.deviation, 4) },
      column('floor', ({ floor }) => floor),
    ],
  });
}

export function surveysSection({ simulation, report, measure }: View): Markup | undefined {
  const { surveys } = simulation;
  if (surveys.length === 0) return undefined;
  const limit = report.asked.thresholds.maxImbalance ?? Number.POSITIVE_INFINITY;
  return section(
    'surveys',
    'If workers crashed',
    surveys.map(({ kind, afterStep, cases, mean, worstCases }: Survey) =>
      table<CrashCase>({
        caption: `${kind === 'any-one' ? 'Any one' : 'Any two'} of them, ${afterStep === 0 ? 'before the first step' : `after step ${whole(afterStep)}`}: ${plural(cases, 'case')} tried, busiest ÷ fair ${times(mean)} on average; the worst`,
        rows: worstCases,
        rowsMax: htmlLimits.listMax,
        columns: [
          { head: 'Crashed', cell: ({ crashed }) => markup`<bdi>${crashed.join(', ')}</bdi>` },
          { head: 'Then busiest', cell: ({ busiest }) => markup`<bdi>${busiest}</bdi>` },
          {
            head: capitalised(measureNames[measure]),
            isNumber: true,
            cell: ({ load }) => amount(load, measure),
          },
          {
            head: '÷ fair',
            isNumber: true,
            cellClass: ({ timesFair }) => (timesFair > limit ? 'bad strong' : ''),
            cell: ({ timesFair }) => times(timesFair),
          },
          kind === 'any-two' && {
            head: 'Users who lose both copies',
            isNumber: true,
            cell: ({ usersLost }) =>
              markup`${amount(usersLost)} <small>${percent(simulation.load.users === 0 ? 0 : usersLost / simulation.load.users)}</small>`,
          },
        ],
      }),
    ),
  );
}
