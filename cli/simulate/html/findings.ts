/** Answers to what was asked besides: hot users, fitted weights, single keys, laws. */
import type { Explanation, FittedWorker, HotKey, LawCheck } from '../../../ring/index.ts';
import { measureNames } from '../headline.ts';
import { plural } from '../numbers.ts';
import { bar } from './bar.ts';
import { type Content, type Markup, markup } from './markup.ts';
import { amount, nothing, percent, plain, times, whole } from './numbers.ts';
import { section, table, tiles } from './table.ts';
import { htmlLimits, type View } from './view.ts';

export function hotSection({ simulation }: View): Markup | undefined {
  const { hotKeys } = simulation;
  if (hotKeys.length === 0) return undefined;
  const hasEvents = simulation.load.eventsPerS > 0;
  const tooHot = hotKeys.filter(({ ofFairWorker }) => ofFairWorker > 1).length;
  return section(
    'hot',
    'Hot users',
    tooHot > 0 &&
      markup`<p class="bad strong">${plural(tooHot, 'user')} ${tooHot === 1 ? 'is' : 'are'} more than a fair worker carries: no placement helps, only a larger worker or a user in parts.</p>
`,
    table<HotKey>({
      caption: hotKeys.some(({ key }) => key !== undefined)
        ? 'The busiest users, and what they are of their worker'
        : 'The busiest users, by the hash of their key (--show-ids names them), and what they are of their worker',
      className: 'dense hot',
      rows: hotKeys,
      rowsMax: htmlLimits.listMax,
      columns: [
        {
          head: 'User',
          cell: ({ key, hash }) => (key === undefined ? hexOf(hash) : markup`<bdi>${key}</bdi>`),
        },
        { head: 'Slot', isNumber: true, cell: ({ slot }) => whole(slot) },
        { head: 'Worker', cell: ({ ownerBefore, ownerAfter }) => passing(ownerBefore, ownerAfter) },
        { head: 'Connections', isNumber: true, cell: ({ connections }) => amount(connections) },
        {
          head: 'of its worker',
          isNumber: true,
          cell: ({ ofOwner }) => percent(ofOwner.connections),
        },
        hasEvents && {
          head: 'Events',
          isNumber: true,
          cell: ({ eventsPerS }) => `${amount(eventsPerS, 'eventsPerS')}/s`,
        },
        hasEvents && {
          head: 'of its worker',
          isNumber: true,
          cell: ({ ofOwner }) => percent(ofOwner.eventsPerS),
        },
        {
          head: 'Of a fair worker',
          className: 'bars',
          cell: ({ ofFairWorker }) =>
            bar({
              scale: Math.max(1, hotKeys[0]?.ofFairWorker ?? 1),
              value: ofFairWorker,
              isBad: ofFairWorker > 1,
              fair: 1,
            }),
        },
        {
          head: '÷ fair worker',
          isNumber: true,
          cell: ({ ofFairWorker }) => percent(ofFairWorker),
        },
      ],
    }),
  );
}

export function optimizationSection({ report }: View): Markup | undefined {
  const { optimization } = report;
  if (optimization === undefined) return undefined;
  const { measure, before, after, moved, workers, weights, step } = optimization;
  const changed = Object.entries(weights);
  const setting = changed.map(([id, weight]) => `${id}=${weight}`).join(',');
  return section(
    'optimize',
    'Fitted weights',
    tiles([
      [`Busiest ÷ fair, by ${measureNames[measure]}`, `${times(before)} → ${times(after)}`],
      [
        'Price',
        percent(moved),
        `of the ${measureNames[measure]} ${changed.length === 0 ? 'would move' : 'move for it'}`,
      ],
      [
        'Weights to set',
        whole(changed.length),
        step === undefined ? 'none has to change' : `in step ${whole(step)}`,
      ],
    ]),
    changed.length > 0 &&
      markup`<p>To set them:</p><pre>--weight ${setting}</pre>
`,
    fittedTable(workers),
  );
}

/** Of many workers folded: the line above it is what has to be set. */
function fittedTable(workers: readonly FittedWorker[]): Markup {
  const content = table<FittedWorker>({
    caption:
      'Virtual nodes that share the ring out more evenly; the capacity says what each should carry',
    rows: workers,
    rowsMax: htmlLimits.workersMax,
    isSortable: true,
    columns: [
      { head: 'Worker', cell: ({ id }) => markup`<bdi>${id}</bdi>` },
      { head: 'Capacity', isNumber: true, cell: ({ capacity }) => plain(capacity) },
      {
        head: 'Virtual nodes before',
        isNumber: true,
        cell: ({ vnodesBefore }) => whole(vnodesBefore),
      },
      {
        head: 'fitted',
        isNumber: true,
        className: 'strong',
        cell: ({ vnodes }) => whole(vnodes),
      },
      { head: 'Weight before', isNumber: true, cell: ({ weightBefore }) => plain(weightBefore) },
      {
        head: 'to set',
        isNumber: true,
        className: 'strong',
        cell: ({ weight }) => plain(weight),
      },
      {
        head: '÷ fair before',
        isNumber: true,
        cell: ({ timesFairBefore }) => times(timesFairBefore),
      },
      { head: 'fitted', isNumber: true, cell: ({ timesFair }) => times(timesFair) },
    ],
  });
  const isOpen = workers.length <= 20 && markup` open="open"`;
  return markup`<details${isOpen}><summary>Worker by worker</summary>${content}</details>
`;
}

export function explanationsSection({ report }: View): Markup | undefined {
  const { explanations = [] } = report;
  if (explanations.length === 0) return undefined;
  return section(
    'explain',
    'Keys explained',
    table<Explanation>({
      caption: 'Where a key is, and which steps move it',
      rows: explanations,
      rowsMax: htmlLimits.listMax,
      columns: [
        { head: 'Key', cell: ({ key }) => markup`<bdi>${key}</bdi>` },
        { head: 'Hash', isNumber: true, cell: ({ hash }) => hexOf(hash) },
        { head: 'Slot', isNumber: true, cell: ({ slot }) => whole(slot) },
        { head: 'Position', isNumber: true, cell: ({ position }) => hexOf(position) },
        { head: 'Worker', cell: ({ ownerBefore, ownerAfter }) => passing(ownerBefore, ownerAfter) },
        {
          head: 'Second copy',
          cell: ({ successorBefore, successorAfter }) => passing(successorBefore, successorAfter),
        },
        { head: 'Moved by', className: 'wide', cell: (each) => movesOf(each) },
      ],
    }),
  );
}

function movesOf({ movedBy }: Explanation): Content {
  if (movedBy.length === 0) return 'nothing';
  return markup`<ol class="plain">${movedBy.map(
    ({ step, label, from, to, isToSuccessor }) =>
      markup`<li>step ${whole(step)}, <bdi>${label}</bdi>: <bdi>${from}</bdi> → <bdi>${to}</bdi>${isToSuccessor && ', which holds the second copy already'}</li>`,
  )}</ol>`;
}

export function verificationSection({ report }: View): Markup | undefined {
  const { verification } = report;
  if (verification === undefined) return undefined;
  const { laws, ringId, sharedPoints } = verification;
  return section(
    'verify',
    'Laws of the ring',
    table<LawCheck>({
      caption: `Tried on these very names (ring ${ringId}); ${sharedPoints === 0 ? 'no two share a point' : `${plural(sharedPoints, 'point')} shared by two, which is lawful`}`,
      rows: laws,
      rowsMax: laws.length,
      columns: [
        { head: 'Law', cell: ({ law }) => law },
        { head: 'says', className: 'wide', cell: ({ says }) => says },
        { head: 'Cases', isNumber: true, cell: ({ cases }) => whole(cases) },
        {
          head: 'Held',
          className: 'wide',
          cell: ({ isHeld, broken }) =>
            isHeld
              ? markup`<span class="good">✓ yes</span>`
              : markup`<span class="bad strong">✗ no</span> <bdi>${broken}</bdi>`,
        },
      ],
    }),
  );
}

function passing(before: string, after: string): Markup {
  const named = (id: string): Markup => markup`<bdi>${id === '' ? nothing : id}</bdi>`;
  return before === after ? named(after) : markup`${named(before)} → ${named(after)}`;
}

function hexOf(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
