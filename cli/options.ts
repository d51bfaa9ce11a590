/**
 * Options of the commands: each is a flag (`--admin-port`) and a variable (`RINGWAY_ADMIN_PORT`),
 * with one description that both the parser and the help text use. The flag wins over the
 * variable, the variable over the default. Bad values are refused, never coerced, and all
 * mistakes of a command line are reported together, each with the name of its flag or variable.
 * A repeatable option has a list of values, with their places among all the arguments.
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
  /** Of this one run only: a variable that another command reads would be a surprise. */
  readonly isFlagOnly?: boolean;
  /** May be given again and again; its value is a list of `Occurrence`. */
  readonly isRepeatable?: boolean;
  /** `o` for `-o`. */
  readonly letter?: string;
  /** Heading that `--help` shows it under. */
  readonly group?: string;
  /** Heading in `--help-all`; undefined = an everyday option, shown by `--help`. */
  readonly section?: string;
  read(text: string): Read<T>;
}

/** One of the times that a repeatable option is given. */
export interface Occurrence<T> {
  readonly value: T;
  /** Rises along the command line: who came first, whatever the option. */
  readonly place: number;
}

export type Options = Readonly<Record<string, Option<unknown>>>;
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

export interface Parsed<O extends Options> {
  readonly values: Values<O>;
  /** Arguments that belong to no option: as many as the command wants, and what it may have. */
  readonly words: readonly string[];
}

export interface CommandLine<O extends Options> {
  readonly options: O;
  /** Names of the arguments, all required: `['key']` for `where <key>`. */
  readonly words: readonly string[];
  /** Arguments that may follow, each one of these or left out. */
  readonly optionalWords?: readonly string[];
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
    values[name] = chooseValue(
      { name, option, flags: given.get(name) ?? [], env: line.env },
      problems,
    );
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

/** `--id (RINGWAY_ID)`, or one of them where there is no other. */
export function namesOf(name: string, { isVariableOnly, isFlagOnly }: Option<unknown>): string {
  if (isFlagOnly === true) return flagOf(name);
  return isVariableOnly === true ? variableOf(name) : `${flagOf(name)} (${variableOf(name)})`;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A flag as it stands on the command line; `true` = without a value. */
interface Flag {
  readonly text: string | true;
  readonly place: number;
}

interface Flags {
  readonly given: ReadonlyMap<string, readonly Flag[]>;
  readonly words: readonly string[];
}

function readFlags(line: CommandLine<Options>, problems: string[]): Flags {
  const names = new Map(Object.keys(line.options).map((name) => [kebab(name), name]));
  const { tokens } = parseArgs({
    args: [...line.args],
    options: Object.fromEntries(
      [...names].map(([flag, name]) => [flag, shapeOf(line.options[name])]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, Flag[]>();
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
    const before = given.get(name) ?? [];
    if (before.length > 0 && line.options[name]?.isRepeatable !== true) {
      problems.push(`${flagOf(name)} is given twice`);
    }
    // Without strict mode the parser would take the next option for this one's value.
    const isMissing = token.inlineValue === false && token.value.startsWith('--');
    const text = isMissing ? true : (token.value ?? true);
    given.set(name, [...before, { text, place: token.index }]);
  }
  // The value of an unknown option looks like a stray argument: one complaint is enough.
  if (!hasUnknown) problems.push(...wordProblems(line, words));
  return { given, words };
}

function shapeOf(option: Option<unknown> | undefined): {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
} {
  const type = option?.kind === 'switch' ? 'boolean' : 'string';
  return { type, ...(option?.letter === undefined ? {} : { short: option.letter }) };
}

function wordProblems(
  { words: wanted, optionalWords = [] }: CommandLine<Options>,
  words: readonly string[],
): string[] {
  const more = words.slice(wanted.length);
  const isStray = (word: string, at: number): boolean =>
    !optionalWords.includes(word) || more.indexOf(word) < at;
  return [
    ...wanted.slice(words.length).map((name) => `the argument <${name}> is missing`),
    ...more.filter(isStray).map((word) => `unexpected argument ${JSON.stringify(word)}`),
  ];
}

interface Choice {
  readonly name: string;
  readonly option: Option<unknown>;
  readonly flags: readonly Flag[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

function chooseValue({ name, option, flags, env }: Choice, problems: string[]): unknown {
  if (option.isVariableOnly === true && flags.length > 0) {
    const where = `${flagOf(name)} is not taken here, where others can read it`;
    problems.push(`${where}: set ${variableOf(name)}`);
    return chooseValue({ name, option, flags: [], env }, problems);
  }
  const fromEnv = option.isFlagOnly === true ? undefined : env[variableOf(name)];
  const last = flags.at(-1);
  const source = last === undefined ? variableOf(name) : flagOf(name);
  if (option.isRepeatable === true && last !== undefined) {
    return flags.flatMap(({ text, place }) => {
      const value = readValue({ option, source, text }, problems);
      return value === undefined ? [] : [{ value, place }];
    });
  }
  const text = last?.text ?? (fromEnv === '' ? undefined : fromEnv);
  if (text === undefined) {
    if (option.isRequired === true) problems.push(`${namesOf(name, option)} is missing`);
    return option.fallback;
  }
  const before = problems.length;
  const value = readValue({ option, source, text }, problems);
  return problems.length > before ? option.fallback : value;
}

interface Given {
  readonly option: Option<unknown>;
  /** The flag or the variable. */
  readonly source: string;
  readonly text: string | true;
}

/** Undefined, with a problem, if the text means nothing. */
function readValue({ option, source, text }: Given, problems: string[]): unknown {
  if (option.kind === 'switch' && text === true) return true;
  if (text === true) {
    problems.push(`${source} needs a value: ${option.placeholder}`);
    return undefined;
  }
  const read = option.read(text);
  if ('value' in read) return read.value;
  const what = option.isSecret === true ? source : `${source} is ${JSON.stringify(text)} but`;
  problems.push(`${what} must be ${read.expected}`);
  return undefined;
}
