/**
 * Tables: columns say how a row reads, so that head, cells and alignment cannot drift apart. A
 * table shows a bounded number of rows and says how many it left out. Its caption stands outside of
 * what scrolls on a narrow screen, so that it can always be read.
 */
import { type Content, type Markup, markup } from './markup.ts';
import { whole } from './numbers.ts';

export interface Column<Row> {
  readonly head: Content;
  /** Set right, digits below digits. */
  readonly isNumber?: boolean;
  readonly className?: string;
  /** Class of one cell, such as a step of a heat map. */
  readonly cellClass?: (row: Row) => string;
  readonly cell: (row: Row) => Content;
}

export interface TableOptions<Row> {
  /** Above the table: what it holds. */
  readonly caption: Content;
  /** The first is the head of its row. Those that are `false` are left out. */
  readonly columns: readonly (Column<Row> | false)[];
  readonly rows: readonly Row[];
  /** Rows that are shown. */
  readonly rowsMax: number;
  readonly className?: string;
  /** A reader may sort it by a click on a head. */
  readonly isSortable?: boolean;
}

export function table<Row>(options: TableOptions<Row>): Markup {
  const columns = options.columns.filter((column) => column !== false);
  const shown = options.rows.slice(0, options.rowsMax);
  const left = options.rows.length - shown.length;
  const names = [options.className, options.isSortable === true && 'sortable'];
  const className = names.filter((name) => name !== undefined && name !== false).join(' ');
  return markup`<figure class="table"><figcaption>${options.caption}</figcaption>
<div class="scroll" tabindex="0"><table${className !== '' && markup` class="${className}"`}>
<thead><tr>${columns.map((column) => headOf(column))}</tr></thead>
<tbody>${shown.map(
    (row) => markup`<tr>${columns.map((column, i) => cellOf(column, row, i))}</tr>
`,
  )}</tbody></table></div></figure>${
    left > 0 &&
    markup`<p class="quiet note">${whole(left)} more rows are left out here; --json and --csv have them all.</p>`
  }
`;
}

function headOf<Row>(column: Column<Row>): Markup {
  return markup`<th scope="col"${classOf(column)}>${column.head}</th>`;
}

function cellOf<Row>(column: Column<Row>, row: Row, index: number): Markup {
  const attribute = classOf(column, column.cellClass?.(row));
  const content = column.cell(row);
  return index === 0
    ? markup`<th scope="row"${attribute}>${content}</th>`
    : markup`<td${attribute}>${content}</td>`;
}

function classOf<Row>(column: Column<Row>, more = ''): Markup | undefined {
  const names = [column.isNumber === true ? 'number' : '', column.className ?? '', more];
  const className = names.filter((name) => name !== '').join(' ');
  return className === '' ? undefined : markup` class="${className}"`;
}

/** Pairs of a word and its value, as tiles. */
export function tiles(
  entries: readonly (readonly [name: Content, value: Content, note?: Content])[],
): Markup {
  return markup`<dl class="tiles">${entries.map(
    ([name, value, note]) =>
      markup`<div><dt>${name}</dt><dd>${value}${note !== undefined && markup`<small>${note}</small>`}</dd></div>`,
  )}</dl>`;
}

/** A part of the page, with its heading. */
export function section(id: string, title: string, ...contents: readonly Content[]): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${contents}
</section>
`;
}
