/** The same users placed in other ways, and what an event costs in other designs. */
import type { Comparison, SchemeCost, StrategyRun } from '../../../ring/index.ts';
import { plural } from '../numbers.ts';
import type { SchemeReport } from '../report.ts';
import { bar, signs } from './bar.ts';
import { heatClass } from './colours.ts';
import { type Markup, markup } from './markup.ts';
import { amount, nothing, percent, perSecond, times, whole } from './numbers.ts';
import { type Column, section, table } from './table.ts';
import { htmlLimits, type View } from './view.ts';

export function comparisonSection({ report }: View): Markup | undefined {
  const { comparison } = report;
  if (comparison === undefined) return undefined;
  const { strategies, users, usersOf } = comparison;
  const most = Math.max(1, ...strategies.map(({ moved }) => moved.users)) * 1.02;
  const hasCircle = strategies.some(({ steps }) =>
    steps.some(({ circle }) => circle !== undefined),
  );
  const isSample = users < usersOf;
  return section(
    'compare',
    'Other ways of placing users',
    markup`<p class="quiet note">${whole(users)}${isSample && ` of ${whole(usersOf)}`} users through the same steps. Collateral moves between two workers to whom nothing happened: nobody needed it.${
      isSample && ' Shares of the circle are exact, whatever the sample.'
    }</p>
`,
    signs([
      ['now', 'users moved'],
      ['fair', 'the least that could move'],
    ]),
    table<StrategyRun>({
      caption: `All steps added up; moves ÷ users can pass 100 % as a user may move more than once`,
      className: 'dense compare',
      rows: strategies,
      rowsMax: strategies.length,
      columns: [
        {
          head: 'Strategy',
          cell: ({ name, about, usesWeights }) =>
            markup`${name}<small class="about">${about}${!usesWeights && ' (takes no weights)'}</small>`,
        },
        {
          head: 'Moves',
          className: 'bars',
          cell: ({ moved, minimum, name }) =>
            bar({
              scale: most,
              value: moved.users,
              fair: minimum.users,
              isBad: name !== 'ringway' && moved.users > minimum.users * 1.5,
            }),
        },
        {
          head: 'Moved users',
          isNumber: true,
          className: 'strong',
          cell: ({ moved }) => amount(moved.users),
        },
        {
          head: '÷ users',
          isNumber: true,
          cell: ({ moved }) => percent(users === 0 ? 0 : moved.users / users),
        },
        { head: 'least possible', isNumber: true, cell: ({ minimum }) => amount(minimum.users) },
        {
          head: 'Collateral',
          isNumber: true,
          cell: ({ collateral }) =>
            markup`<span class="${collateral.users > 0 ? 'bad' : 'good'}">${amount(collateral.users)}</span>`,
        },
        hasCircle && {
          head: 'Circle moved',
          isNumber: true,
          cell: (run) => circleOf(run, 'moved'),
        },
        hasCircle && { head: 'needed', isNumber: true, cell: (run) => circleOf(run, 'minimum') },
        {
          head: 'Busiest ÷ fair before',
          isNumber: true,
          cell: ({ before }) => times(before.users),
        },
        { head: 'after', isNumber: true, cell: ({ after }) => times(after.users) },
      ],
    }),
    strategies.some(({ steps }) => steps.length > 1) && byStep(comparison),
    markup`<details class="screen"><summary>Where the algorithms are from</summary><ul>${strategies.map(
      ({ name, source }) => markup`<li>${name}: ${source}</li>`,
    )}</ul></details>
`,
  );
}

/** What each step moves by each strategy: where one of them goes wrong, a row or a cell stands out. */
function byStep({ strategies, users }: Comparison): Markup {
  const [{ steps } = { steps: [] }] = strategies;
  const shown = steps.slice(0, htmlLimits.matrixColumnsMax);
  const part = ({ steps: own }: StrategyRun, step: number): number =>
    users === 0 ? 0 : (own[step - 1]?.moved.users ?? 0) / users;
  return table<StrategyRun>({
    caption: `Users moved ÷ users, by ${shown.length < steps.length ? `the first ${whole(shown.length)} of ${whole(steps.length)} steps` : 'step'}`,
    className: 'matrix',
    rows: strategies,
    rowsMax: strategies.length,
    columns: [
      { head: 'Strategy', cell: ({ name }) => name },
      ...shown.map(
        ({ step, label }): Column<StrategyRun> => ({
          head: markup`<abbr title="${label}">${whole(step)}</abbr>`,
          isNumber: true,
          cellClass: (run) => heatClass(part(run, step), 1),
          cell: (run) => percent(part(run, step)),
        }),
      ),
    ],
  });
}

function circleOf({ steps }: StrategyRun, part: 'moved' | 'minimum'): string {
  if (steps.length === 0 || steps.some(({ circle }) => circle === undefined)) return nothing;
  return percent(steps.reduce((sum, { circle }) => sum + (circle?.[part] ?? 0), 0));
}

export function schemesSection({ report }: View): Markup | undefined {
  const { schemes = [] } = report;
  if (schemes.length === 0) return undefined;
  return section('schemes', 'What an event costs in other designs', schemes.map(schemeTable));
}

function schemeTable({ workers, eventsPerS, costs }: SchemeReport): Markup {
  const most = Math.max(1, ...costs.map(({ messagesPerEvent }) => messagesPerEvent)) * 1.02;
  return markup`${table<SchemeCost>({
    caption: `${plural(workers, 'worker')}, ${amount(eventsPerS)} events/s in the whole cluster: by formula, not measured`,
    className: 'dense',
    rows: costs,
    rowsMax: costs.length,
    columns: [
      {
        head: 'Design',
        cell: ({ name, about }) => markup`${name}<small class="about">${about}</small>`,
      },
      {
        head: 'Messages',
        className: 'bars',
        cell: ({ messagesPerEvent }) => bar({ scale: most, value: messagesPerEvent }),
      },
      {
        head: 'Messages per event',
        isNumber: true,
        className: 'strong',
        cell: ({ messagesPerEvent }) => amount(messagesPerEvent),
      },
      { head: 'Look-ups', isNumber: true, cell: ({ lookUpsPerEvent }) => amount(lookUpsPerEvent) },
      {
        head: 'Reads of each worker',
        isNumber: true,
        cell: ({ readsPerWorkerPerS }) => perSecond(readsPerWorkerPerS),
      },
      {
        head: 'Writes per connect',
        isNumber: true,
        cell: ({ writesPerConnect }) => amount(writesPerConnect),
      },
    ],
  })}<ul class="quiet note">${costs.map(
    ({ name, formula, assumes }) => markup`<li>${name}: ${formula}; ${assumes}</li>`,
  )}</ul>
`;
}
