/**
 * Lists of users as CSV: `user[,connections[,events_per_s]]` by line, or a header that says where
 * these columns are among others. Ids may be anything; they are in no message, since the second
 * column of a file with other columns may be one.
 */
import { badFile } from './errors.ts';

export interface UserRow {
  readonly user: string;
  readonly connections: number;
  readonly eventsPerS: number;
}

interface Columns {
  readonly user: number;
  readonly connections: number;
  readonly eventsPerS: number;
}

const plainColumns: Columns = { user: 0, connections: 1, eventsPerS: 2 };
const plainCount = 3;
const userNames = ['user', 'user_id', 'userid', 'id'];
const none = -1;

/** Reads lines one after the other; the first may be a header. */
export class CsvReader {
  private readonly name: string;
  private columns: Columns | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined for a header and for an empty line. @throws RingwayError `simulate.bad_file` */
  read(line: string, number: number): UserRow | undefined {
    if (line === '') return undefined;
    const cells = this.cellsOf(line, number);
    if (this.columns === undefined) {
      const header = headerOf(cells);
      this.columns = header ?? plainColumns;
      if (header !== undefined) return undefined;
    }
    const { columns } = this;
    if (columns === plainColumns && cells.length > plainCount) {
      const what = `${cells.length} fields; a header line must name them (user, connections, …)`;
      throw this.wrong(number, what);
    }
    const user = cells[columns.user] ?? '';
    if (user === '') throw this.wrong(number, 'no user');
    return {
      user,
      connections: this.numberOf(cells[columns.connections], 1, 'connections', number),
      eventsPerS: this.numberOf(cells[columns.eventsPerS], 0, 'events per second', number),
    };
  }

  private numberOf(
    cell: string | undefined,
    fallback: number,
    what: string,
    number: number,
  ): number {
    if (cell === undefined || cell === '') return fallback;
    const text = cell.trim();
    // No sign: what is below zero is as wrong as what is no number.
    const isGood = what === 'connections' ? /^\d{1,10}$/ : /^\d{1,15}(\.\d+)?$/;
    if (isGood.test(text)) return Number(text);
    const kind = what === 'connections' ? 'a whole number' : 'a number';
    throw this.wrong(number, `the field for ${what} is not ${kind} from 0 up`);
  }

  private cellsOf(line: string, number: number): readonly string[] {
    if (!line.includes('"')) return line.split(',');
    const cells: string[] = [];
    // A field: quoted, with quotes doubled inside, or plain; then a comma or the end.
    const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
    for (;;) {
      const match = field.exec(line);
      if (match === null) throw this.wrong(number, 'a quote that does not end, or stands inside');
      cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
      if (match[3] === '') return cells;
    }
  }

  private wrong(number: number, what: string): Error {
    return badFile(`${this.name}, line ${number}`, what);
  }
}

function headerOf(cells: readonly string[]): Columns | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const user = names.findIndex((name) => userNames.includes(name));
  if (user === none) return undefined;
  const eventNames = ['events_per_s', 'events'];
  return {
    user,
    connections: names.indexOf('connections'),
    eventsPerS: names.findIndex((name) => eventNames.includes(name)),
  };
}
