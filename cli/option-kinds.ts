/** The kinds of option that commands use: integers with bounds, texts, choices, switches. */
import type { Occurrence, Option, Options, Read } from './options.ts';

interface Described {
  readonly about: string;
  readonly placeholder: string;
  readonly isSecret?: boolean;
}

interface IntegerOptions extends Described {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

export function integer({ fallback, min, max, ...described }: IntegerOptions): Option<number> {
  const read = (text: string): Read<number> => {
    const value = Number(text);
    const isGood = /^-?\d+$/.test(text) && value >= min && value <= max;
    return isGood ? { value } : { expected: `a whole number from ${min} to ${max}` };
  };
  return { kind: 'value', fallback, fallbackText: String(fallback), read, ...described };
}

interface OptionalIntegerOptions extends Omit<IntegerOptions, 'fallback'> {
  readonly fallbackText: string;
  readonly section?: string;
}

/** A whole number that is undefined unless given, because others follow from that. */
export function optionalInteger(options: OptionalIntegerOptions): Option<number | undefined> {
  const { fallbackText } = options;
  return { ...integer({ ...options, fallback: 0 }), fallback: undefined, fallbackText };
}

/** A TCP port; 0 lets the system choose. */
export function port(fallback: number, about: string): Option<number> {
  return integer({ fallback, min: 0, max: 65535, about, placeholder: '<port>' });
}

interface TextOptions extends Described {
  readonly fallback: string;
  /** What the help says when there is no plain default. */
  readonly fallbackText?: string;
  readonly pattern?: RegExp;
  /** In words, what `pattern` wants. */
  readonly expected?: string;
}

export function text(options: TextOptions): Option<string> {
  const { fallback, fallbackText = fallback, pattern, expected = 'a text', ...described } = options;
  const read = (value: string): Read<string> =>
    pattern === undefined || pattern.test(value) ? { value } : { expected };
  return { kind: 'value', fallback, fallbackText, read, ...described };
}

/** A text without a default: undefined unless given. */
export function optionalText(options: Omit<TextOptions, 'fallback'>): Option<string | undefined> {
  const { fallbackText = '' } = options;
  return { ...text({ ...options, fallback: '' }), fallback: undefined, fallbackText };
}

/** An address with one of these schemes. */
export function url(
  options: Described & { readonly fallback: string; readonly schemes: readonly string[] },
): Option<string> {
  const { schemes, fallback, ...described } = options;
  const read = (value: string): Read<string> =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1))
      ? { value }
      : { expected: `an address that begins with ${schemes.map((s) => `${s}://`).join(' or ')}` };
  return { kind: 'value', fallback, fallbackText: fallback, read, ...described };
}

export function oneOf<T extends string>(
  options: Described & { readonly fallback: T; readonly choices: readonly T[] },
): Option<T> {
  const { choices, fallback, ...described } = options;
  const read = (value: string): Read<T> => {
    const choice = choices.find((candidate) => candidate === value);
    return choice === undefined ? { expected: choices.join(', ') } : { value: choice };
  };
  return { kind: 'value', fallback, fallbackText: fallback, read, ...described };
}

/** Off unless given; its variable takes `true` or `false`. */
export function toggle(about: string): Option<boolean> {
  const read = (value: string): Read<boolean> =>
    value === 'true' || value === 'false'
      ? { value: value === 'true' }
      : { expected: 'true or false' };
  return { kind: 'switch', fallback: false, fallbackText: '', about, placeholder: '', read };
}

/** A number that may have a fraction. */
export function decimal({ fallback, min, max, ...described }: IntegerOptions): Option<number> {
  const read = (text: string): Read<number> => {
    const value = Number(text);
    const isGood = /^\d+(\.\d+)?$/.test(text) && value >= min && value <= max;
    return isGood ? { value } : { expected: `a number from ${min} to ${max}` };
  };
  return { kind: 'value', fallback, fallbackText: String(fallback), read, ...described };
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** An address to listen at: `host:port` or `[v6]:port`. */
export function hostPort(options: Described & { readonly fallback: HostPort }): Option<HostPort> {
  const { fallback, ...described } = options;
  const read = (text: string): Read<HostPort> => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    const isGood = host !== undefined && port <= 65_535;
    return isGood
      ? { value: { host, port } }
      : { expected: 'host:port, or [address]:port for IPv6' };
  };
  const fallbackText = `${fallback.host}:${fallback.port}`;
  return { kind: 'value', fallback, fallbackText, read, ...described };
}

/** What others should dial: `host` or `host:port`; undefined unless given. */
export function reachable(about: string, fallbackText: string): Option<string | undefined> {
  return optionalText({
    ...{ about, fallbackText, placeholder: '<host[:port]>' },
    pattern: /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?)(:\d{1,5})?$/,
    expected: 'host or host:port',
  });
}

/** The same option as often as it is given, with the places of its values. */
export function repeatable<T>(
  option: Option<T | undefined>,
): Option<readonly Occurrence<NonNullable<T>>[]> {
  const { fallback: _, ...rest } = option;
  // What it reads is one value; the parser makes the list.
  const each = rest as unknown as Option<readonly Occurrence<NonNullable<T>>[]>;
  return { ...each, isRepeatable: true, fallback: [], fallbackText: '' };
}

/** Options for this run alone, under one heading of `--help`. */
export function ofThisRun<O extends Options>(group: string, options: O): O {
  const entries = Object.entries(options).map(([name, option]) => [
    name,
    { ...option, isFlagOnly: true, group },
  ]);
  return Object.fromEntries(entries) as O;
}
