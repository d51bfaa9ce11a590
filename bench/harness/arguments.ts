/** What stands behind `npm run bench --`: the name of a case and a few options of all of them. */
import { parseArgs } from 'node:util';
import type { BenchCase, BenchOptions } from './bench-case.ts';

export interface Wanted {
  /** undefined: list the names. */
  readonly bench: BenchCase | undefined;
  readonly options: BenchOptions;
  /** Print the result as JSON, for programs, and keep it in `bench/results/` if `save`. */
  readonly isJson: boolean;
  readonly isSaved: boolean;
}

export const usage = [
  'npm run bench                         lists the names',
  'npm run bench -- <name> [options]',
  '  --rounds <n>      how often each side is measured',
  '  --seconds <n>     length of one measurement',
  '  --users <n>       clients, one for each user',
  '  --workers <n,n>   numbers of workers to run with',
  '  --json            the result as JSON',
  '  --save            the result also as JSON in bench/results/',
];

const none: BenchOptions = { rounds: 0, seconds: 0, users: 0, workers: [] };

/** @throws Error that says what is wrong */
export function readArguments(args: readonly string[], cases: readonly BenchCase[]): Wanted {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      users: { type: 'string' },
      workers: { type: 'string' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const [name, ...more] = positionals;
  const ending = { isJson: values.json, isSaved: values.save };
  if (name === undefined) return { bench: undefined, options: none, ...ending };
  const bench = cases.find((one) => one.name === name);
  if (bench === undefined || more.length > 0) {
    const known = cases.map((one) => one.name).join(', ');
    throw new Error(`no benchmark "${positionals.join(' ')}"; there are: ${known}`);
  }
  const { defaults } = bench;
  const options = {
    rounds: numberOf('--rounds', values.rounds) ?? defaults.rounds,
    seconds: numberOf('--seconds', values.seconds) ?? defaults.seconds,
    users: numberOf('--users', values.users) ?? defaults.users,
    workers:
      values.workers?.split(',').map((part) => numberOf('--workers', part) ?? 0) ??
      defaults.workers,
  };
  return { bench, options, ...ending };
}

function numberOf(flag: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(given)) return Number(given);
  throw new Error(`${flag} is "${given}" but must be a whole number from 1 on`);
}
