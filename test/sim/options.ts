/** The command line of the fault simulator: one pure function, which reports every mistake. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Fault } from './fault.ts';
import { parseFault } from './fault-text.ts';
import { mixNames } from './mixes.ts';
import { plantNames } from './plants.ts';

export const usage = `npm run sim -- [options]

  --seeds N        run N seeds on all cores, each with its own mix (default 200)
  --from S         the first of them (default 1)
  --stop N         end after this many violations (default 5)
  --seed N         run one seed and print its trace; the same bytes every time
  --quiet          without the trace
  --mix NAME       one mix for all: ${mixNames.join(', ')}
  --jitter N       with --seed: other chance for everything but the faults (default 0)
  --faults FILE    with --seed or --plants: these faults, one a line, in the place of the seed's;
                   'none' = none
  --fault LINE     the same: one of them; may be given often
  --list           with --seed: print the seed's faults, run nothing
  --plant NAME     with a bug planted
  --plants         look for every planted bug, or the one of --plant, in up to --seeds seeds, and
                   print what found it after how many
  --write          with --plants: shorten what was found, and keep it in test/sim/scenarios
  --help           this text
`;

export type Command =
  | { readonly kind: 'help' }
  | ({ readonly kind: 'many'; readonly stop: number } & Seeds)
  | ({
      readonly kind: 'plants';
      readonly isWritten: boolean;
      /** undefined = those of each seed. */
      readonly faults: readonly Fault[] | undefined;
    } & Seeds)
  | {
      readonly kind: 'one';
      readonly seed: number;
      readonly mix: string | undefined;
      readonly plant: string | undefined;
      readonly jitter: number;
      /** undefined = those of the seed. */
      readonly faults: readonly Fault[] | undefined;
      readonly isQuiet: boolean;
      /** Nothing is run, the faults are printed. */
      readonly isListed: boolean;
    };

interface Seeds {
  readonly from: number;
  readonly count: number;
  readonly mix: string | undefined;
  readonly plant: string | undefined;
}

/** Options that mean nothing without one of others. */
const needs = [
  ['faults', ['seed', 'plants']],
  ['fault', ['seed', 'plants']],
  ['list', ['seed']],
  ['jitter', ['seed']],
  ['quiet', ['seed']],
  ['write', ['plants']],
] as const;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError with all that is wrong */
export function parseOptions(args: readonly string[]): Command {
  const values = valuesOf(args);
  if (values.help) return { kind: 'help' };
  const problems: string[] = [];
  const read = <T>(task: () => T): T | undefined => {
    try {
      return task();
    } catch (thrown) {
      problems.push(thrown instanceof Error ? thrown.message : String(thrown));
      return undefined;
    }
  };
  const number = (name: 'seed' | 'seeds' | 'from' | 'stop' | 'jitter', least: number): number =>
    read(() => numberIn(name, values[name] ?? '', least)) ?? 0;
  const mix = read(() => oneOf('mix', values.mix, mixNames));
  const plant = read(() => oneOf('plant', values.plant, plantNames));
  const faults = read(() => faultsOf(values.faults, values.fault));
  const seeds = { from: number('from', 0), count: number('seeds', 1), mix, plant };
  const { list: isListed, quiet: isQuiet } = values;
  const one = { mix, plant, faults, jitter: number('jitter', 0), isQuiet, isListed };
  const stop = number('stop', 1);
  const seed = values.seed === undefined ? undefined : number('seed', 0);
  for (const [name, others] of needs) {
    const isMet = others.some((other) => isGiven(args, other));
    if (isGiven(args, name) && !isMet) problems.push(`--${name} needs --${others.join(' or --')}`);
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  if (seed !== undefined) return { kind: 'one', seed, ...one };
  if (values.plants) return { kind: 'plants', isWritten: values.write, faults, ...seeds };
  return { kind: 'many', stop, ...seeds };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string', default: '200' },
        from: { type: 'string', default: '1' },
        mix: { type: 'string' },
        plant: { type: 'string' },
        stop: { type: 'string', default: '5' },
        jitter: { type: 'string', default: '0' },
        faults: { type: 'string' },
        fault: { type: 'string', multiple: true },
        list: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        plants: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function isGiven(args: readonly string[], name: string): boolean {
  return args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
}

function numberIn(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} "${text}" is not a whole number from ${least}`);
}

function oneOf(
  name: string,
  text: string | undefined,
  known: readonly string[],
): string | undefined {
  if (text === undefined || known.includes(text)) return text;
  throw new Error(`--${name} "${text}" is none of: ${known.join(', ')}`);
}

/** Lines of text: of a file those that are not empty and no comment (`#`). */
function faultsOf(
  file: string | undefined,
  given: readonly string[] | undefined,
): readonly Fault[] | undefined {
  if (file === undefined && given === undefined) return undefined;
  const text = file === undefined || file === 'none' ? '' : readText(file);
  const lines = text.split('\n').filter((line) => !/^\s*(?:#.*)?$/.test(line));
  const faults = [...lines, ...(given ?? [])].map(parseFault);
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`--faults "${file}" cannot be read: ${reason}`);
  }
}
