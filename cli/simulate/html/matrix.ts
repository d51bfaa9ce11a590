/**
 * Who gives to whom, all steps added up, as a table whose cells are shaded. The side with fewer
 * names makes the columns, so that the table is tall rather than wide; of many names the
 * greatest are shown and the rest is added up.
 */

import type { Measure } from '../../../ring/index.ts';
import { measureNames } from '../headline.ts';
import { heatClass } from './colours.ts';
import { type Markup, markup } from './markup.ts';
import { amount, percent, times, whole } from './numbers.ts';
import { type Column, section, table } from './table.ts';
import { htmlLimits, type View } from './view.ts';

interface Cells {
  /** By row, then column; keys are ids, `others` for the rest. */
  readonly at: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
}

interface Axis {
  /** Undefined: all that have no place of their own. */
  readonly id?: string;
  readonly name: string;
  readonly sum: number;
}

/** No id of a worker. */
const others = '';

export function matrixSection(view: View): Markup | undefined {
  const { measure, simulation } = view;
  const flows = flowsOf(view);
  const all = flows.reduce((sum, { moved }) => sum + moved, 0);
  if (all === 0) return undefined;
  const isTurned =
    new Set(flows.map(({ to }) => to)).size > new Set(flows.map(({ from }) => from)).size;
  const cells = cellsOf(
    flows.map(({ from, to, moved }) => ({
      row: isTurned ? to : from,
      column: isTurned ? from : to,
      moved,
    })),
  );
  const word = measureNames[measure];
  const heir = simulation.net.heaviestHeir;
  return section(
    'flows',
    'Who gives to whom',
    heir !== undefined &&
      markup`<p>From beginning to end <bdi>${heir.id}</bdi> takes the most: ${amount(heir.in[measure], measure)} ${word}, ${percent(heir.fraction)} of what moves, ${times(heir.timesFair)} an even part.</p>
`,
    markup`<p class="quiet note">${simulation.steps.length === 1 ? 'In this step' : 'All steps added up'}; ${isTurned ? 'each row takes, each column gives' : 'each row gives, each column takes'}. The stronger the shade, the more.</p>
`,
    matrixTable(cells, {
      measure,
      corner: isTurned ? 'to ↓ from →' : 'from ↓ to →',
    }),
  );
}

interface Given {
  readonly from: string;
  readonly to: string;
  readonly moved: number;
}

function flowsOf({ simulation, measure }: View): Given[] {
  const sums = new Map<string, Map<string, number>>();
  for (const { movement } of simulation.steps) {
    for (const { from, to, moved } of movement.flows) {
      const row = sums.get(from) ?? new Map<string, number>();
      row.set(to, (row.get(to) ?? 0) + moved[measure]);
      sums.set(from, row);
    }
  }
  return [...sums].flatMap(([from, row]) =>
    [...row].flatMap(([to, moved]): Given[] => (moved > 0 ? [{ from, to, moved }] : [])),
  );
}

function cellsOf(
  flows: readonly { readonly row: string; readonly column: string; readonly moved: number }[],
): Cells {
  const rows = axisOf(
    flows.map(({ row, moved }) => [row, moved]),
    htmlLimits.matrixRowsMax,
  );
  const columns = axisOf(
    flows.map(({ column, moved }) => [column, moved]),
    htmlLimits.matrixColumnsMax,
  );
  const rowIds = new Set(rows.map(({ id }) => id));
  const columnIds = new Set(columns.map(({ id }) => id));
  const at = new Map<string, Map<string, number>>();
  for (const { row, column, moved } of flows) {
    const rowId = rowIds.has(row) ? row : others;
    const columnId = columnIds.has(column) ? column : others;
    const cells = at.get(rowId) ?? new Map<string, number>();
    cells.set(columnId, (cells.get(columnId) ?? 0) + moved);
    at.set(rowId, cells);
  }
  return { at, rows, columns };
}

/** The names in their order if there is room for all; else the greatest, and the rest as one. */
function axisOf(entries: readonly (readonly [string, number])[], most: number): Axis[] {
  const sums = new Map<string, number>();
  for (const [id, moved] of entries) sums.set(id, (sums.get(id) ?? 0) + moved);
  const all = [...sums].map(([id, sum]): Axis => ({ id, name: id, sum }));
  if (all.length <= most) return all.sort((a, b) => ordered(a.name, b.name));
  all.sort((a, b) => b.sum - a.sum || ordered(a.name, b.name));
  const rest = all.splice(most - 1);
  const sum = rest.reduce((total, each) => total + each.sum, 0);
  all.sort((a, b) => ordered(a.name, b.name));
  return [...all, { name: `${whole(rest.length)} others`, sum }];
}

/** `w-2` before `w-10`: shorter numbers first, the same on every machine. */
function ordered(a: string, b: string): number {
  const [, headA = '', tailA = ''] = /^(.*?)(\d{0,15})$/su.exec(a) ?? [];
  const [, headB = '', tailB = ''] = /^(.*?)(\d{0,15})$/su.exec(b) ?? [];
  if (headA === headB) return Number(tailA) - Number(tailB) || tailA.length - tailB.length;
  return headA < headB ? -1 : 1;
}

function matrixTable(
  { at, rows, columns }: Cells,
  { measure, corner }: { readonly measure: Measure; readonly corner: string },
): Markup {
  const valueAt = (row: Axis, column: Axis): number =>
    at.get(row.id ?? others)?.get(column.id ?? others) ?? 0;
  let most = 0;
  for (const row of rows) {
    for (const column of columns) {
      if (row.id !== undefined && column.id !== undefined)
        most = Math.max(most, valueAt(row, column));
    }
  }
  return table<Axis>({
    caption: measureNames[measure],
    className: 'matrix',
    rows,
    rowsMax: htmlLimits.matrixRowsMax,
    columns: [
      { head: corner, cell: ({ name }) => markup`<bdi>${name}</bdi>` },
      ...columns.map(
        (column): Column<Axis> => ({
          head: markup`<bdi>${column.name}</bdi>`,
          isNumber: true,
          // A sum of many would outshine every name.
          cellClass: (row) =>
            row.id === undefined || column.id === undefined
              ? 'h-none'
              : heatClass(valueAt(row, column), most),
          cell: (row) => {
            const value = valueAt(row, column);
            return value === 0 ? '·' : amount(value, measure);
          },
        }),
      ),
      columns.length > 1 && {
        head: 'sum',
        isNumber: true,
        className: 'strong',
        cell: ({ sum }) => amount(sum, measure),
      },
    ],
  });
}
