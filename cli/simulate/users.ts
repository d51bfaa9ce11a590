/** Who is connected: read from a list or a log, or made up; streamed into the engine's load. */
import { Load, type LoadOptions, RingError, SyntheticUsers } from '../../ring/index.ts';
import type { Terminal } from '../command.ts';
import { badFile, noUsers, refused } from './errors.ts';
import type { SimulateValues } from './options.ts';
import type { Progress } from './progress.ts';
import type { UsersAsked } from './report.ts';
import { openText, portionsOf } from './text-file.ts';
import { CsvReader } from './users-csv.ts';
import { LogReader } from './users-log.ts';

export interface Users {
  readonly asked: UsersAsked;
  /** Undefined: slots alone are counted. */
  readonly load: Load | undefined;
}

/** Users made between two looks at the clock. */
const madeAtATime = 65_536;

/** @throws RingwayError */
export async function usersFrom(
  values: SimulateValues,
  terminal: Terminal,
  progress: Progress,
): Promise<Users> {
  const keyPrefix = values.keyPrefix ?? 'user:';
  if (values.users !== undefined) return readUsers(values, keyPrefix, terminal, progress);
  if (values.synthetic === undefined)
    return { asked: { from: 'none', keyPrefix }, load: undefined };
  const { synthetic: users, seed, zipf } = values;
  const load = new Load({ ...loadOptions(values), keyPrefix });
  try {
    const synthetic = new SyntheticUsers({ users, seed, zipf });
    while (synthetic.addTo(load, madeAtATime)) {
      progress.tell('making users', users - synthetic.left, users);
    }
  } catch (error) {
    throw refused(error);
  }
  progress.end();
  const asked = { keyPrefix, seed, ...(zipf === undefined ? {} : { zipf }) };
  return { asked: { from: 'synthetic', ...asked }, load };
}

function loadOptions({ compare, showIds }: SimulateValues): LoadOptions {
  return { keepsHashes: compare, keepsMd5: compare, keepsHotIds: showIds };
}

async function readUsers(
  values: SimulateValues,
  keyPrefix: string,
  terminal: Terminal,
  progress: Progress,
): Promise<Users> {
  const { users: name = '', pattern } = values;
  const file = openText(name, terminal.bytes);
  // A list of connections names a user more than once: that is one user.
  const load = new Load({ ...loadOptions(values), keyPrefix, sumsRepeats: true });
  const csv = new CsvReader(file.name);
  const log = pattern === undefined ? undefined : new LogReader(pattern, file.name);
  let lines = 0;
  let matched = 0;
  const portions = portionsOf(file, (done) => {
    progress.tell(`reading ${file.name}`, done, file.sizeBytes);
  });
  for await (const portion of portions) {
    if (log !== undefined) {
      const found = log.read(portion);
      for (const user of found) load.add(user);
      lines += portion.lines.filter((line) => line !== '').length;
      matched += found.length;
    } else lines += addRows(portion.lines, portion.first, { csv, load, name: file.name });
  }
  progress.end();
  const { users } = load.totals;
  if (users === 0) throw noUsersIn(file.name, lines, log !== undefined);
  const counted = log === undefined ? { lines } : { lines, matched };
  const repeated = (log === undefined ? lines : matched) - users;
  const from = log === undefined ? 'csv' : 'log';
  return { asked: { from, name, keyPrefix, ...counted, repeated }, load };
}

/** How many were users. */
function addRows(
  lines: readonly string[],
  first: number,
  { csv, load, name }: { readonly csv: CsvReader; readonly load: Load; readonly name: string },
): number {
  let rows = 0;
  let number = first;
  try {
    for (const line of lines) {
      const row = csv.read(line, number);
      if (row !== undefined) {
        load.add(row.user, row.connections, row.eventsPerS);
        rows += 1;
      }
      number += 1;
    }
  } catch (error) {
    throw error instanceof RingError ? badFile(`${name}, line ${number}`, error.message) : error;
  }
  return rows;
}

function noUsersIn(name: string, lines: number, isLog: boolean): Error {
  if (isLog && lines > 0) return badFile(name, `--pattern matches none of ${lines} lines`);
  return noUsers(name);
}
