/**
 * Tables that fit: columns have a rank, and those that matter least are left out until the rest
 * fits the width; one column may be a bar and takes what is left.
 */
import type { Hue, Paint } from './paint.ts';

export interface Page {
  /** Columns of the terminal. */
  readonly width: number;
  readonly paint: Paint;
  /** Everything, however long. */
  readonly hasDetails: boolean;
}

export interface Column<Row> {
  readonly head: string;
  text(row: Row): string;
  hue?(row: Row): Hue;
  /** To the left; numbers stand to the right. */
  readonly isText?: boolean;
  /** 0 = always there; the highest is left out first. Default 0. */
  readonly rank?: number;
}

export interface BarColumn<Row> {
  readonly head: string;
  /** Behind which column, by its head; default the last. */
  readonly after?: string;
  value(row: Row): number;
  readonly max: number;
  /** Where a dot stands while the bar is shorter: the fair share. */
  readonly mark?: number;
  hue?(row: Row): Hue;
}

export interface TableOf<Row> {
  readonly columns: readonly Column<Row>[];
  readonly bar?: BarColumn<Row>;
  readonly rows: readonly Row[];
}

const gap = '  ';
const indent = '  ';
const barMin = 6;
const barMax = 30;

export function table<Row>({ columns, bar, rows }: TableOf<Row>, page: Page): readonly string[] {
  const wanted = page.width - indent.length - (bar === undefined ? 0 : barMin + gap.length);
  const fitting = withoutLeast(
    columns.map((column) => ({ column, width: widthOf(column, rows) })),
    wanted,
  );
  const used = sumOf(fitting);
  const room = page.width - indent.length - used - gap.length;
  const barWidth = bar === undefined ? 0 : Math.min(barMax, Math.max(barMin, room));
  const line = (cell: (column: Column<Row>, width: number) => string, middle: string): string => {
    const cells = fitting.flatMap(({ column, width }) => {
      const text = cell(column, width);
      return bar?.after === column.head ? [text, middle] : [text];
    });
    const isLast = bar !== undefined && !fitting.some(({ column }) => column.head === bar.after);
    return `${indent}${[...cells, ...(isLast ? [middle] : [])].join(gap)}`.trimEnd();
  };
  const { paint } = page;
  const headBar = (bar?.head ?? '').padEnd(barWidth);
  const head = line((column, width) => aligned(column.head, width, column.isText), headBar);
  return [
    paint('dim', head),
    ...rows.map((row) => {
      const cell = (column: Column<Row>, width: number): string => {
        const text = aligned(column.text(row), width, column.isText);
        return paint(column.hue?.(row) ?? 'plain', text);
      };
      return line(cell, bar === undefined ? '' : barOf(bar, row, barWidth, paint));
    }),
  ];
}

interface Sized<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

function withoutLeast<Row>(columns: readonly Sized<Row>[], width: number): readonly Sized<Row>[] {
  const highest = Math.max(0, ...columns.map(({ column }) => column.rank ?? 0));
  if (sumOf(columns) <= width || highest === 0) return columns;
  const out = columns.findLastIndex(({ column }) => (column.rank ?? 0) === highest);
  return withoutLeast(
    columns.filter((_, i) => i !== out),
    width,
  );
}

function sumOf<Row>(columns: readonly Sized<Row>[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + gap.length * (columns.length - 1);
}

function widthOf<Row>({ head, text }: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce((widest, row) => Math.max(widest, text(row).length), head.length);
}

function aligned(text: string, width: number, isText = false): string {
  return isText ? text.padEnd(width) : text.padStart(width);
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function barOf<Row>(bar: BarColumn<Row>, row: Row, width: number, paint: Paint): string {
  const { max, mark } = bar;
  const part = max === 0 ? 0 : Math.min(1, Math.max(0, bar.value(row) / max));
  const cells = part * width;
  const full = Math.floor(cells);
  const drawn = `${'█'.repeat(full)}${eighths[Math.floor((cells - full) * 8)] ?? ''}`;
  const at = mark === undefined || max === 0 ? -1 : Math.round((mark / max) * width) - 1;
  const rest = Array.from({ length: Math.max(0, width - drawn.length) }, (_, i) =>
    drawn.length + i === at ? '·' : ' ',
  ).join('');
  return `${paint(bar.hue?.(row) ?? 'accent', drawn)}${paint('dim', rest)}`;
}

/** A heading with what it is about: behind it, or below where that is too long. */
export function heading(title: string, about: string, { paint, width }: Page): readonly string[] {
  const name = paint('bold', title);
  if (about === '') return ['', name];
  if (title.length + gap.length + about.length <= width) {
    return ['', `${name}${gap}${paint('dim', about)}`];
  }
  const below = wrapped(about, width - indent.length);
  return ['', name, ...below.map((line) => `${indent}${paint('dim', line)}`)];
}

/** A space between words; not the one between a number and its unit. */
const breakable = / (?!(?:s|ms|min|h|%|×|→)(?:[ .,;)]|$))/;

/** Words broken into lines of at most `width`, those after the first indented. */
export function wrapped(text: string, width: number, hanging = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(breakable)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = `${hanging}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/** A remark below a table. */
export function note(text: string, { width }: Page): readonly string[] {
  return wrapped(text, width - indent.length).map((line) => `${indent}${line}`);
}

/** As much of a list as a reader wants to see, and a line about the rest. */
export function shown<T>(
  all: readonly T[],
  most: number,
  { hasDetails }: Page,
): { readonly items: readonly T[]; readonly more: readonly string[] } {
  if (hasDetails || all.length <= most) return { items: all, more: [] };
  const left = all.length - most;
  return { items: all.slice(0, most), more: [`${indent}… and ${left} more (--details)`] };
}
