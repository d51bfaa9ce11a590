/**
 * The ring before and after. The outer band puts the pieces of each worker together, so that
 * shares can be compared; the inner one shows where they really lie, so that it can be seen why
 * a change touches everybody a little. With few workers each has a colour; with many, colours
 * tell who joins, leaves or stays.
 */

import { plural } from '../numbers.ts';
import { type Arc, arcPath, pointAt, runsOf } from './arcs.ts';
import { type Markup, markup } from './markup.ts';
import { percent, shortened, whole } from './numbers.ts';
import { section, table } from './table.ts';
import { type Fate, htmlLimits, type PageWorker, type View } from './view.ts';

const outer = { radius: 150, width: 36 };
const moved = { radius: 174, width: 6 };
const inner = { radius: 112, width: 22 };

/** One of the two circles. */
interface Side {
  readonly name: 'before' | 'after';
  /** Index of the owner of each slot, here and on the other side. */
  readonly owners: readonly number[];
  readonly others: readonly number[];
}

/** A worker's part of the outer band. */
interface Part extends Arc {
  readonly worker: PageWorker;
  /** Of these slots, how many have another owner on the other side. */
  readonly slots: number;
  readonly moved: number;
}

export function ringSection(view: View): Markup {
  const { before, after } = view.report.placement;
  const sides: readonly Side[] = [
    { name: 'before', owners: before, others: after },
    { name: 'after', owners: after, others: before },
  ];
  const hasChanged = before.some((owner, slot) => owner !== after[slot]);
  return section(
    'ring',
    'The ring',
    markup`<div class="pair">${sides.map((side) => circle(view, side))}</div>
${legend(view, hasChanged)}
<p class="quiet note">Outer band: the share of each worker, its pieces put together${
      hasChanged &&
      ' – the thin line beside it marks what goes away (before) or has come in (after)'
    }. Inner band: where the pieces lie on the circle.${
      !hasChanged && ' The ring ends as it began: no slot has another owner at the end.'
    }</p>
`,
    sharesTable(view),
  );
}

function circle(view: View, side: Side): Markup {
  const parts = partsOf(view, side);
  const id = `ring-${side.name}`;
  return markup`<figure><svg class="circle" viewBox="-235 -215 470 430" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">The ring ${side.name}</title>
<desc id="${id}-text">${descriptionOf(parts)}</desc>
${parts.map((part, i) => outerArc(part, i, parts.length))}
${parts.map((part) => movedArc(part))}
${innerBand(view, side)}
${labels(parts)}
<text class="circle-count" y="2" text-anchor="middle">${whole(parts.length)}</text>
<text class="circle-word" y="26" text-anchor="middle">${parts.length === 1 ? 'worker' : 'workers'} ${side.name}</text>
</svg></figure>
`;
}

function partsOf(view: View, { owners, others }: Side): Part[] {
  const slots = view.workers.map(() => 0);
  const movedSlots = view.workers.map(() => 0);
  owners.forEach((owner, slot) => {
    slots[owner] = (slots[owner] ?? 0) + 1;
    if (others[slot] !== owner) movedSlots[owner] = (movedSlots[owner] ?? 0) + 1;
  });
  let start = 0;
  return view.workers.flatMap((worker, i) => {
    const count = slots[i] ?? 0;
    if (count === 0) return [];
    const from = start / owners.length;
    start += count;
    return [{ worker, from, to: start / owners.length, slots: count, moved: movedSlots[i] ?? 0 }];
  });
}

function outerArc(part: Part, index: number, count: number): Markup {
  const { worker, from, to, slots } = part;
  // A hair of ground between neighbours; none where it would eat them up.
  const hair = count === 1 ? 0 : Math.min(0.0012, (to - from) * 0.05);
  const classes = `arc ${classOf(worker.fate)}${index % 2 === 1 ? ' odd' : ''}`;
  const colour = worker.colour !== undefined && markup` stroke="${worker.colour}"`;
  return markup`<path class="${worker.colour === undefined ? classes : 'arc'}"${colour} stroke-width="${outer.width}" d="${arcPath({ from: from + hair, to: to - hair }, outer.radius)}"><title>${worker.id}: ${whole(slots)} slots</title></path>
`;
}

function movedArc({ from, to, slots, moved: count }: Part): Markup | undefined {
  if (count === 0) return undefined;
  const start = to - ((to - from) * count) / slots;
  return markup`<path class="arc moved" stroke-width="${moved.width}" d="${arcPath({ from: start, to }, moved.radius)}" />
`;
}

function innerBand(view: View, { owners, others }: Side): Markup {
  const classes = owners.map((owner, slot) => {
    if (view.hasColours) return String(owner);
    const fate = view.workers[owner]?.fate ?? 'stays';
    if (fate !== 'stays' && fate !== 'changes weight') return classOf(fate);
    return others[slot] === owner ? 'stays' : 'moves';
  });
  // A few slots that something happens to are drawn wide enough to be seen, on top of the rest.
  const runs = [...runsOf(classes)].sort(
    ([a], [b]) => Number(b === 'stays') - Number(a === 'stays'),
  );
  return markup`${runs.map(([name, arcs]) => {
    const isThin = !view.hasColours && name !== 'stays' && arcs.length <= widenedMax;
    const seen = isThin ? arcs.map(widened) : arcs;
    const d = seen.map((arc) => arcPath(arc, inner.radius)).join('');
    const colour = view.hasColours ? view.workers[Number(name)]?.colour : undefined;
    const paint =
      colour === undefined ? markup` class="arc ${name}"` : markup` class="arc" stroke="${colour}"`;
    return markup`<path${paint} stroke-width="${inner.width}" d="${d}" />
`;
  })}`;
}

const seenMin = 1 / 2_400;

/** More arcs are seen as they are, and wider ones would cover the circle. */
const widenedMax = 240;

function widened({ from, to }: Arc): Arc {
  const more = Math.max(0, (seenMin - (to - from)) / 2);
  return { from: from - more, to: to + more };
}

/** Names of few workers; of many, those whom something happens to, neighbours together. */
function labels(parts: readonly Part[]): Markup {
  const groups: { arc: Arc; text: string }[] = [];
  if (parts.length <= 16) {
    for (const { worker, from, to } of parts) {
      if (to - from > 0.014) groups.push({ arc: { from, to }, text: shortened(worker.id) });
    }
  } else groups.push(...changedGroups(parts));
  return markup`${groups.map(({ arc, text }) => {
    const { x, y } = pointAt((arc.from + arc.to) / 2, 186);
    const anchor = Math.abs(x) < 25 ? 'middle' : x > 0 ? 'start' : 'end';
    return markup`<text class="circle-label" x="${x}" y="${y + (y > 0 ? 9 : 1)}" text-anchor="${anchor}">${text}</text>
`;
  })}`;
}

function changedGroups(parts: readonly Part[]): { arc: Arc; text: string }[] {
  const groups: { from: number; to: number; fate: Fate; count: number; id: string }[] = [];
  for (const { worker, from, to } of parts) {
    const last = groups.at(-1);
    if (last !== undefined && last.fate === worker.fate) {
      last.to = to;
      last.count += 1;
    } else groups.push({ from, to, fate: worker.fate, count: 1, id: worker.id });
  }
  const changed = groups.filter(({ fate }) => fate !== 'stays');
  // Scattered over the circle they would stand on top of each other: the table names them.
  if (changed.length > 8) return [];
  return changed.map(({ from, to, fate, count, id }) => ({
    arc: { from, to },
    text: count === 1 ? `${shortened(id)} ${fate}` : `${whole(count)} ${manyFates[fate]}`,
  }));
}

const manyFates: Readonly<Record<Fate, string>> = {
  stays: 'stay',
  joins: 'join',
  leaves: 'leave',
  crashes: 'crash',
  'changes weight': 'change',
};

function classOf(fate: Fate): string {
  return fate === 'changes weight' ? 'reweighted' : fate;
}

function legend(view: View, hasChanged: boolean): Markup {
  const entries: readonly (readonly [string, Markup])[] = view.hasColours
    ? view.workers.map(({ id, colour, fate }) => [
        fate === 'stays' ? id : `${id} (${fate})`,
        markup`<rect width="10" height="10" rx="2" fill="${colour}" />`,
      ])
    : legendFates(view, hasChanged).map(([text, name]) => [
        text,
        markup`<path class="arc ${name}" stroke-width="10" d="M0 5H10" />`,
      ]);
  return markup`<ul class="legend">${entries.map(
    ([text, swatch]) =>
      markup`<li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">${swatch}</svg>${text}</li>`,
  )}</ul>
`;
}

function legendFates({ workers }: View, hasChanged: boolean): [string, string][] {
  const all: readonly Fate[] = ['stays', 'changes weight', 'joins', 'leaves', 'crashes'];
  const entries = all.flatMap((fate): [string, string][] => {
    const count = workers.filter((worker) => worker.fate === fate).length;
    if (count === 0) return [];
    return [[`${whole(count)} ${count === 1 ? fate : manyFates[fate]}`, classOf(fate)]];
  });
  return hasChanged ? [...entries, ['slots that change hands', 'moves']] : entries;
}

function descriptionOf(parts: readonly Part[]): string {
  const all = parts.reduce((sum, { slots }) => sum + slots, 0);
  const shares = parts.map(({ slots }) => slots / all);
  return `${plural(parts.length, 'worker')}; shares of the slots from ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}. The table below has each.`;
}

function sharesTable(view: View): Markup {
  const all = view.simulation.slots;
  const slotsOf = (load: PageWorker['before']): string =>
    load === undefined ? '–' : whole(load.load.slots);
  const shareOf = (load: PageWorker['before']): string =>
    load === undefined ? '–' : percent(load.load.slots / all);
  const circleOf = (load: PageWorker['before']): string =>
    load === undefined ? '–' : percent(load.circle);
  const content = table<PageWorker>({
    caption: `Who owns how much of the ${whole(all)} slots; of the circle, the exact part`,
    rows: view.workers,
    rowsMax: htmlLimits.workersMax,
    isSortable: true,
    columns: [
      { head: 'Worker', cell: ({ id }) => id },
      { head: 'Slots before', isNumber: true, cell: ({ before }) => slotsOf(before) },
      { head: 'after', isNumber: true, cell: ({ after }) => slotsOf(after) },
      { head: 'Share before', isNumber: true, cell: ({ before }) => shareOf(before) },
      { head: 'after', isNumber: true, cell: ({ after }) => shareOf(after) },
      { head: 'Circle before', isNumber: true, cell: ({ before }) => circleOf(before) },
      { head: 'after', isNumber: true, cell: ({ after }) => circleOf(after) },
    ],
  });
  const isOpen = view.workers.length <= 12 && markup` open="open"`;
  return markup`<details${isOpen}><summary>Shares in numbers</summary>${content}</details>`;
}
