/**
 * Charts over the steps. Upright they are drawn in pixels, across in per cent, so that text keeps
 * its size from a phone to a wide screen and on paper, without a script.
 */
import { coordinate, type Markup, markup } from './markup.ts';
import { whole } from './numbers.ts';

const top = 14;
const plot = 150;
const foot = 20;

/** A value over the steps `from` to `to` (one step each unless there are many). */
export interface Point {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  /** A line across the column. */
  readonly least?: number;
  readonly isCrash?: boolean;
  readonly isBad?: boolean;
  /** What a pointer that rests on it is told. */
  readonly tip: string;
}

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  /** In one sentence, for who cannot see it. */
  readonly about: string;
  readonly kind: 'columns' | 'line';
  readonly points: readonly Point[];
  readonly limit?: number | undefined;
  /** Where the axis begins. */
  readonly floor: number;
  readonly format: (value: number) => string;
}

export function chart(options: ChartOptions): Markup {
  const { id, points, limit, floor, format } = options;
  const highest = Math.max(limit ?? floor, ...points.map(({ value }) => value));
  const ticks = ticksUpTo(floor, highest);
  const ceiling = Math.max(highest, ticks.at(-1) ?? 1);
  const y = (value: number): number =>
    top + plot * (1 - (Math.max(floor, value) - floor) / (ceiling - floor || 1));
  const height = top + plot + foot;
  return markup`<figure class="chart"><figcaption>${options.title}</figcaption>
<div class="plot"><svg class="scale" height="${height}" aria-hidden="true">${ticks.map(
    (tick) => markup`<text x="100%" y="${y(tick) + 4}" text-anchor="end">${format(tick)}</text>`,
  )}</svg>
<svg class="field" height="${height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">${options.title}</title><desc id="${id}-text">${options.about}</desc>
${ticks.map((tick) => markup`<line class="tick" x1="0" x2="100%" y1="${y(tick)}" y2="${y(tick)}" />`)}
${options.kind === 'columns' ? columns(points, y) : line(points, y)}
${limit !== undefined && markup`<line class="limit" x1="0" x2="100%" y1="${y(limit)}" y2="${y(limit)}" />`}
${footOf(points, height - 5)}</svg></div></figure>
`;
}

function columns(points: readonly Point[], y: (value: number) => number): Markup {
  const width = 100 / points.length;
  const bottom = top + plot;
  return markup`${points.map(({ value, least, isCrash, isBad, tip }, i) => {
    const x = i * width + width * 0.15;
    const name = isBad === true ? 'over' : isCrash === true ? 'crash' : 'now';
    const column = y(value);
    return markup`<rect class="${name}" x="${x}%" y="${column}" width="${width * 0.7}%" height="${Math.max(0, bottom - column)}"><title>${tip}</title></rect>${
      least !== undefined &&
      markup`<line class="least" x1="${x - width * 0.07}%" x2="${x + width * 0.77}%" y1="${y(least)}" y2="${y(least)}" />`
    }
`;
  })}`;
}

function line(points: readonly Point[], y: (value: number) => number): Markup {
  const x = (i: number): string => coordinate(((i + 0.5) * 100) / points.length);
  const dot = points.length > 60 ? 2 : 4;
  return markup`${points
    .slice(1)
    .map(
      ({ value }, i) =>
        markup`<line class="trace" x1="${x(i)}%" x2="${x(i + 1)}%" y1="${y(points[i]?.value ?? value)}" y2="${y(value)}" />`,
    )}${points.map(
    ({ value, isBad, isCrash, tip }, i) =>
      markup`<circle class="${isBad === true ? 'over' : isCrash === true ? 'crash' : 'now'}" cx="${x(i)}%" cy="${y(value)}" r="${dot}"><title>${tip}</title></circle>
`,
  )}`;
}

/** Numbers of steps, so few that they never touch. */
function footOf(points: readonly Point[], y: number): Markup {
  const every = Math.ceil(points.length / 11);
  return markup`${points.map(
    ({ from }, i) =>
      i % every === 0 &&
      markup`<text x="${((i + 0.5) * 100) / points.length}%" y="${y}" text-anchor="middle">${whole(from)}</text>`,
  )}`;
}

/** Round numbers from `floor`, which is one, to just above `highest`. */
export function ticksUpTo(floor: number, highest: number): number[] {
  const span = highest - floor;
  if (!(span > 0)) return [floor, floor + 0.01];
  const size = tickSize(span);
  const count = Math.ceil(span / size - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((floor + i * size).toPrecision(12)));
}

/** Round numbers between two that are not. */
export function ticksWithin(low: number, high: number): number[] {
  const size = tickSize(high - low);
  const first = Math.ceil(low / size - 1e-9);
  const count = Math.max(0, Math.floor(high / size + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, i) => Number(((first + i) * size).toPrecision(12)));
}

function tickSize(span: number): number {
  const rough = Math.max(span, 1e-9) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough) ?? 10) * power;
}

/** At most `most` points: of neighbours the worst stands for all. */
export function thinned(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const size = Math.ceil(points.length / most);
  const kept: Point[] = [];
  for (let at = 0; at < points.length; at += size) {
    const some = points.slice(at, at + size);
    const worst = some.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push({ ...worst, from: some[0]?.from ?? worst.from, to: some.at(-1)?.to ?? worst.to });
  }
  return kept;
}
