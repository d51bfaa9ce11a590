/**
 * Options of the commands: each is a flag (`--admin-port`) and a variable (`RINGWAY_ADMIN_PORT`),
 * with one description that both the parser and the help text use. The flag wins over the
 * variable, the variable over the default. Bad values are refused, never coerced, and all
 * mistakes of a command line are reported together, each with the name of its flag or variable.
 */
import { parseArgs } from 'node:util';
import { ConfigError } from '../base/index.ts';
import { suggestion } from './suggest.ts';

/** What an option's text means: a value, or what the text should have been. */
export type Read<T> = { readonly value: T } | { readonly expected: string };

export interface Option<T> {
  readonly kind: 'switch' | 'value';
  readonly fallback: T;
  /** What it does, with the unit. */
  readonly about: string;
  /** `<port>` in the help text; '' for a switch. */
  readonly placeholder: string;
  /** The default as the help text shows it; '' shows none. */
  readonly fallbackText: string;
  /** Never repeated in a message. */
  readonly isSecret?: boolean;
  /** Never taken from the command line, which others on the machine can read. */
  readonly isVariableOnly?: boolean;
  /** Nothing is started without it. */
  readonly isRequired?: boolean;
  /** Heading in `--help-all`; undefined = an everyday option, shown by `--help`. */
  readonly section?: string;
  read(text: string): Read<T>;
}

export type Options = Readonly<Record<string, Option<unknown>>>;
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

export interface Parsed<O extends Options> {
  readonly values: Values<O>;
  /** Arguments that belong to no option, as many as the command wants. */
  readonly words: readonly string[];
}

export interface CommandLine<O extends Options> {
  readonly options: O;
  /** Names of the arguments, all required: `['key']` for `where <key>`. */
  readonly words: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is wrong between the values; each problem names its options by their flags. */
  check?(values: Values<O>): readonly string[];
}

/** @throws ConfigError with every mistake at once. */
export function parseOptions<O extends Options>(line: CommandLine<O>): Parsed<O> {
  const problems: string[] = [];
  const { given, words } = readFlags(line, problems);
  const values: Record<string, unknown> = {};
  const bad: string[] = [];
  for (const [name, option] of Object.entries(line.options)) {
    const before = problems.length;
    values[name] = chooseValue({ name, option, flag: given.get(name), env: line.env }, problems);
    if (problems.length > before) bad.push(flagOf(name));
  }
  const related = line.check?.(values as Values<O>) ?? [];
  // A bad value was replaced by its default: what that breaks says nothing.
  problems.push(...related.filter((problem) => !bad.some((flag) => names(problem, flag))));
  if (problems.length > 0) throw new ConfigError(problems);
  return { values: values as Values<O>, words };
}

function names(problem: string, flag: string): boolean {
  return problem.split(/[^a-z0-9-]+/).includes(flag);
}

/** `adminPort` → `--admin-port`. */
export function flagOf(name: string): string {
  return `--${kebab(name)}`;
}

/** `adminPort` → `RINGWAY_ADMIN_PORT`. */
export function variableOf(name: string): string {
  return `RINGWAY_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}

/** `--id (RINGWAY_ID)`, or the variable alone where there is no flag. */
export function namesOf(name: string, { isVariableOnly }: Option<unknown>): string {
  return isVariableOnly === true ? variableOf(name) : `${flagOf(name)} (${variableOf(name)})`;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

interface Flags {
  readonly given: ReadonlyMap<string, string | true>;
  readonly words: readonly string[];
}

function readFlags(line: CommandLine<Options>, problems: string[]): Flags {
  const names = new Map(Object.keys(line.options).map((name) => [kebab(name), name]));
  const { tokens } = parseArgs({
    args: [...line.args],
    options: Object.fromEntries(
      [...names].map(([flag, name]) => [
        flag,
        { type: line.options[name]?.kind === 'switch' ? 'boolean' : 'string' } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string | true>();
  const words: string[] = [];
  let hasUnknown = false;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const name = names.get(token.name);
    if (name === undefined) {
      hasUnknown = true;
      const hint = suggestion(token.name, [...names.keys()], '--');
      problems.push(`${token.rawName} is not an option of this command.${hint}`);
      continue;
    }
    if (given.has(name)) problems.push(`${flagOf(name)} is given twice`);
    // Without strict mode the parser would take the next option for this one's value.
    const isMissing = token.inlineValue === false && token.value.startsWith('--');
    given.set(name, isMissing ? true : (token.value ?? true));
  }
  // The value of an unknown option looks like a stray argument: one complaint is enough.
  if (!hasUnknown) problems.push(...wordProblems(line.words, words));
  return { given, words };
}

function wordProblems(wanted: readonly string[], words: readonly string[]): string[] {
  return [
    ...wanted.slice(words.length).map((name) => `the argument <${name}> is missing`),
    ...words.slice(wanted.length).map((word) => `unexpected argument ${JSON.stringify(word)}`),
  ];
}

interface Choice {
  readonly name: string;
  readonly option: Option<unknown>;
  readonly flag: string | true | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function chooseValue({ name, option, flag, env }: Choice, problems: string[]): unknown {
  const fromEnv = env[variableOf(name)];
  if (option.isVariableOnly === true && flag !== undefined) {
    const where = `${flagOf(name)} is not taken here, where others can read it`;
    problems.push(`${where}: set ${variableOf(name)}`);
    return chooseValue({ name, option, flag: undefined, env }, problems);
  }
  const source = flag === undefined ? variableOf(name) : flagOf(name);
  const text = flag ?? (fromEnv === '' ? undefined : fromEnv);
  if (text === undefined) {
    if (option.isRequired === true) problems.push(`${namesOf(name, option)} is missing`);
    return option.fallback;
  }
  if (option.kind === 'switch' && text === true) return true;
  if (text === true) {
    problems.push(`${source} needs a value: ${option.placeholder}`);
    return option.fallback;
  }
  const read = option.read(text);
  if ('value' in read) return read.value;
  const what = option.isSecret === true ? source : `${source} is ${JSON.stringify(text)} but`;
  problems.push(`${what} must be ${read.expected}`);
  return option.fallback;
}
