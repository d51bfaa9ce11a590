/**
 * Options of the parts as options of a command, made from the parts' own tables: every field of
 * a gateway and every limit of a worker is one flag and one variable, whichever command it is
 * given to. Here is what they have in common; `up`, `gateway` and `worker` choose among them.
 */
import {
  type GatewayOptions,
  gatewayDefaults,
  gatewayOptionSpecs,
  readGatewayOption,
} from '../gateway/index.ts';
import { type Limits, limitProblems, limitSpecs, numericLimits } from '../worker/index.ts';
import { optionalInteger, toggle } from './option-kinds.ts';
import { flagOf, type Option, type Options } from './options.ts';

export type GatewayField = keyof GatewayOptions;
export type LimitName = keyof typeof limitSpecs;

export const gatewayFields = Object.keys(gatewayOptionSpecs) as GatewayField[];

/** One name for one meaning: the period of the cores' clocks. */
export const nameOfField = (field: GatewayField): string =>
  field === 'tickIntervalMs' ? 'tickMs' : field;

export function isLimit(name: string): name is LimitName {
  return Object.hasOwn(limitSpecs, name);
}

/** `section` undefined = an everyday option, shown by `--help`. */
export interface Place {
  readonly section?: string | undefined;
}

/** Undefined unless given. */
export function gatewayOption(
  field: GatewayField,
  { section, defaults = {} }: Place & { readonly defaults?: Partial<GatewayOptions> },
): Option<unknown> {
  const { about, range, isSecret } = gatewayOptionSpecs[field];
  const fallback = defaults[field] ?? gatewayDefaults[field];
  const place = section === undefined ? {} : { section };
  if (typeof fallback === 'boolean') return { ...toggle(about), ...place };
  const fallbackText = field === 'routeBy' ? 'user' : String(fallback ?? '') || 'none';
  if (range !== undefined) return numberOption(field, { ...place, about, fallbackText, range });
  return {
    ...{ kind: 'value', ...place, about, fallback: undefined, fallbackText },
    placeholder: isSecret ? '<secret>' : '<text>',
    ...(isSecret && { isSecret }),
    read: (given) => readGatewayOption(field, given),
  };
}

/** Options of the gateway among the values of a command: those given. */
export function gatewayGiven(
  values: Readonly<Record<string, unknown>>,
  fields: readonly GatewayField[] = gatewayFields,
): Partial<GatewayOptions> {
  const given = fields
    .map((field) => [field, values[nameOfField(field)]] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

const derivedDefaults: Readonly<Record<string, string>> = {
  leaseMs: 'two thirds of --session-timeout-ms',
  holdOffMs: '1.5 times --session-timeout-ms',
};

/** Every limit of a worker, each undefined unless given. */
export function limitOptions(section: string): Options {
  const strict = toggle('never act past the lease, not even while ZooKeeper is away');
  const numbers = numericLimits.map((name) => {
    const { about, standard, min, max } = limitSpecs[name];
    const fallbackText = derivedDefaults[name] ?? String(standard);
    return [name, numberOption(name, { section, about, fallbackText, range: [min, max] })] as const;
  });
  return { ...Object.fromEntries(numbers), strict: { ...strict, section } };
}

/** Limits of the worker among the values of a command: those given. */
export function limitsGiven(values: Readonly<Record<string, unknown>>): Partial<Limits> {
  const given = numericLimits
    .map((name) => [name, values[name]] as const)
    .filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), isStrict: values.strict === true };
}

/** What must hold between limits; by their flags. */
export function limitProblemsByFlag(limits: Partial<Limits>): readonly string[] {
  return limitProblems(limits).map((problem) =>
    problem.replaceAll(/\b[a-z]+[A-Z]\w*/g, (name) => (isLimit(name) ? flagOf(name) : name)),
  );
}

export interface NumberParts extends Place {
  readonly about: string;
  readonly fallbackText: string;
  readonly range: readonly [min: number, max: number];
}

/** A whole number, with the unit that its name ends with; undefined unless given. */
export function numberOption(
  name: string,
  { range: [min, max], section, ...parts }: NumberParts,
): Option<unknown> {
  const [, unit = 'n'] = /(Ms|Bytes)(?=Max$|$)/.exec(name) ?? [];
  const place = section === undefined ? {} : { section };
  const placeholder = `<${unit.toLowerCase()}>`;
  return optionalInteger({ ...parts, ...place, min, max, placeholder });
}
