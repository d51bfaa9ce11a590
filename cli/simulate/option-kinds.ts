/** Kinds of option that only the ring simulator has: fractions, lists of workers, ranges. */
import { type Measure, membersMax } from '../../ring/index.ts';
import { optionalText } from '../option-kinds.ts';
import type { Option, Read } from '../options.ts';

interface Described {
  readonly about: string;
  readonly placeholder: string;
  readonly fallbackText?: string;
  readonly section?: string;
}

/** Undefined unless given. */
export function optional<T>(
  { fallbackText = '', ...described }: Described,
  read: (text: string) => Read<T>,
): Option<T | undefined> {
  return { kind: 'value', fallback: undefined, fallbackText, ...described, read };
}

/** `3%`, `3 %` or `0.03`, as 0.03. */
export function fraction(described: Described): Option<number | undefined> {
  return optional(described, (text) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)(\s*%)?$/.exec(text.trim()) ?? [];
    const value = percent === undefined ? Number(digits) : Number(digits) / 100;
    return value >= 0 && value <= 1 ? { value } : { expected: 'a share such as 3% or 0.03' };
  });
}

/** A number above `min`; undefined unless given. */
export function numberFrom(
  min: number,
  described: Described & { readonly max?: number },
): Option<number | undefined> {
  const { max = Number.MAX_SAFE_INTEGER, ...rest } = described;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`;
  return optional(rest, (text) => {
    const value = Number(text);
    const isGood = /^\d+(\.\d+)?$/.test(text) && value >= min && value <= max;
    return isGood ? { value } : { expected: `a number ${range}` };
  });
}

/** `12`, or ids with commas between. */
export function workersList(described: Described): Option<readonly string[] | undefined> {
  return optional(described, (text) => {
    if (/^-?\d+$/.test(text)) {
      const count = Number(text);
      return count >= 1 && count <= membersMax
        ? { value: Array.from({ length: count }, (_, i) => `w-${i + 1}`) }
        : { expected: `a number of workers from 1 to ${membersMax}, or their ids` };
    }
    const value = idsIn(text);
    return value === undefined ? { expected: `${idList}, or a number of workers` } : { value };
  });
}

const idList = 'worker ids with commas between (w-1,w-2)';

/** Worker ids with commas between. */
export function ids(described: Described): Option<readonly string[] | undefined> {
  return optional(described, (text) => {
    const value = idsIn(text);
    return value === undefined ? { expected: idList } : { value };
  });
}

/** `w-1=2,w-5=0.5`; undefined unless given. */
export function weights(described: Described): Option<ReadonlyMap<string, number> | undefined> {
  return optional(described, (text) => {
    const pairs = pairsIn(text);
    const numbers = pairs?.map(([id, weight]) => [id, numberIn(weight)] as const);
    const isGood = numbers?.every(([, weight]) => weight !== undefined) === true;
    if (!isGood) return { expected: 'weights such as w-1=2,w-5=0.5' };
    return uniquely(numbers as readonly (readonly [string, number])[]);
  });
}

/** `w-1=a,w-2=b`, or the zones alone, dealt out in turn: `a,b,c`. */
export type Zones =
  | { readonly byWorker: ReadonlyMap<string, string> }
  | { readonly inTurn: readonly string[] };

export function zones(described: Described): Option<Zones | undefined> {
  const expected = 'zones such as a,b,c (in turn) or w-1=a,w-2=b';
  return optional(described, (text): Read<Zones> => {
    if (!text.includes('=')) {
      const inTurn = text.split(',').map((zone) => zone.trim());
      return inTurn.every((zone) => zone !== '') ? { value: { inTurn } } : { expected };
    }
    const pairs = pairsIn(text);
    if (pairs === undefined) return { expected };
    const read = uniquely(pairs);
    return 'value' in read ? { value: { byWorker: read.value } } : read;
  });
}

export type Autoscale = Readonly<Record<'from' | 'to' | 'by', number>>;

/** `10..20 by 2`. */
export function autoscale(described: Described): Option<Autoscale | undefined> {
  return optional(described, (text) => {
    const [, from, to, by = '1'] = /^(\d+)\.\.(\d+)(?: +by +(\d+))?$/.exec(text.trim()) ?? [];
    return from === undefined || Number(by) === 0
      ? { expected: "a range such as '10..20 by 2'" }
      : { value: { from: Number(from), to: Number(to), by: Number(by) } };
  });
}

/** `--autoscale 10..20 by 2` without quotes is three arguments: here they become one again. */
export function autoscaleJoined(args: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const [at, arg] of args.entries()) {
    const isBy = arg === 'by' && /^(--autoscale=)?\d+\.\.\d+$/.test(joined.at(-1) ?? '');
    const isStep = / by$/.test(joined.at(-1) ?? '') && args[at - 1] === 'by';
    if (isBy || isStep) joined.push(`${joined.pop()} ${arg}`);
    else joined.push(arg);
  }
  return joined;
}

export const measures: readonly Measure[] = ['slots', 'users', 'connections', 'eventsPerS'];

/** A pattern with a group that names the user. */
export function pattern(described: Described): Option<RegExp | undefined> {
  const expected = 'a regular expression with a group named user: (?<user>[^ ]+)';
  return optional(described, (text) => {
    try {
      return text.includes('(?<user>') ? { value: new RegExp(text) } : { expected };
    } catch {
      return { expected };
    }
  });
}

/** One of `choices` each, with commas between. */
export function someOf<T extends string>(
  choices: readonly T[],
  described: Described,
): Option<readonly T[] | undefined> {
  return optional(described, (text) => {
    const given = text.split(',').map((each) => each.trim());
    const value = choices.filter((choice) => given.includes(choice));
    return value.length === given.length
      ? { value }
      : { expected: `of ${choices.join(', ')}, each once, with commas between` };
  });
}

export const key = (described: Described): Option<string | undefined> =>
  optionalText({ ...described, pattern: /^.{1,4096}$/s, expected: 'a key such as user:alice' });

function idsIn(text: string): readonly string[] | undefined {
  const found = text.split(',').map((id) => id.trim());
  return found.every((id) => id !== '') ? found : undefined;
}

function pairsIn(text: string): readonly (readonly [string, string])[] | undefined {
  const pairs = text.split(',').map((pair) => /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(pair));
  if (pairs.some((pair) => pair === null)) return undefined;
  return pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? ''] as const);
}

function numberIn(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function uniquely<T>(pairs: readonly (readonly [string, T])[]): Read<ReadonlyMap<string, T>> {
  const value = new Map(pairs);
  return value.size === pairs.length ? { value } : { expected: 'about each worker once' };
}
