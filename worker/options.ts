/**
 * A worker's configuration from flags and variables: one pure parse that reports all problems at
 * once. A flag wins over its variable; a bad value is refused, never bent into a good one.
 */
import { ConfigError } from '../base/index.ts';
import {
  brokenRelations,
  defaultLimits,
  type Limits,
  limitSpecs,
  type NumericLimit,
  numericLimits,
} from './limits.ts';
import { isWorkerId } from './names.ts';

export interface WorkerSettings {
  /** `[a-z0-9][a-z0-9-]{0,62}`, unique in the cluster, stable over restarts. No default. */
  readonly id: string;
  /** Relative capacity, 0.01 … 100. Default 1. Larger: more virtual nodes, more users. */
  readonly weight: number;
  /** Where links are accepted; other processes must reach it. Default 127.0.0.1:0. */
  readonly listen: { readonly host: string; readonly port: number };
  /** What others dial when it is not the bound address: `host` or `host:port`. Default: that one. */
  readonly advertise: string | undefined;
  /** A built-in application's name or a file. Default `forward`. */
  readonly app: string;
  /** Shared by all processes of the cluster, at least 16 characters. Variable only: flags show in `ps`. */
  readonly secret: string;
  readonly limits: Limits;
}

/** Values by flag name without the dashes, and by variable name. */
export interface RawOptions {
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** `handlerDeadlineMs` → `handler-deadline-ms`. */
export function flagOf(name: string): string {
  return name
    .replace(/^is(?=[A-Z])/, '')
    .replace(/[A-Z]/g, (c, at) => (at > 0 ? '-' : '') + c.toLowerCase());
}

/** `handlerDeadlineMs` → `RINGWAY_HANDLER_DEADLINE_MS`. */
export function variableOf(name: string): string {
  return `RINGWAY_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
}

/** @throws ConfigError `config.invalid` with every problem, each naming flag and variable */
export function parseWorkerOptions(raw: RawOptions): WorkerSettings {
  const problems: string[] = [];
  const reader = new Reader(raw, problems);
  const settings: WorkerSettings = {
    id: reader.read('id', '', parseId),
    weight: reader.read('weight', 1, parseWeight),
    listen: reader.read('listen', { host: '127.0.0.1', port: 0 }, parseListen),
    advertise: reader.read<string | undefined>('advertise', undefined, parseText),
    app: reader.read('app', 'forward', parseText),
    secret: reader.readSecret(),
    limits: readLimits(reader),
  };
  if (problems.length === 0) problems.push(...brokenRelations(settings.limits));
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/**
 * The defaults with some limits changed, checked like parsed ones.
 * @throws ConfigError `config.invalid`
 */
export function limitsWith(changes: Partial<Limits>): Limits {
  const limits = withDerived(changes);
  const problems = numericLimits.flatMap((name) => {
    const problem = outOfRange(name, limits[name]);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  if (problems.length === 0) problems.push(...brokenRelations(limits));
  if (problems.length > 0) throw new ConfigError(problems);
  return limits;
}

/** Lease and hold-off follow the session timeout unless given. */
function withDerived(given: Partial<Limits>): Limits {
  const sessionTimeoutMs = given.sessionTimeoutMs ?? defaultLimits.sessionTimeoutMs;
  return {
    ...defaultLimits,
    leaseMs: Math.floor((sessionTimeoutMs * 2) / 3),
    holdOffMs: Math.ceil(sessionTimeoutMs * 1.5),
    ...given,
  };
}

function readLimits(reader: Reader): Limits {
  const given: { [Name in NumericLimit]?: number } = {};
  for (const name of numericLimits) {
    const value = reader.read<number | undefined>(name, undefined, (text) => {
      if (!/^\d{1,15}$/.test(text)) return problem('is not a whole number');
      const wrong = outOfRange(name, Number(text));
      return wrong === undefined ? { value: Number(text) } : problem(wrong);
    });
    if (value !== undefined) given[name] = value;
  }
  return withDerived({ ...given, isStrict: reader.read('isStrict', false, parseSwitch) });
}

type Parsed<T> = { readonly value: T } | { readonly problem: string };

class Reader {
  readonly #raw: RawOptions;
  readonly #problems: string[];

  constructor(raw: RawOptions, problems: string[]) {
    this.#raw = raw;
    this.#problems = problems;
  }

  read<T>(name: string, standard: T, parse: (text: string) => Parsed<T>): T {
    const flag = this.#raw.flags[flagOf(name)];
    const text = flag === undefined ? this.#raw.variables[variableOf(name)] : String(flag);
    if (text === undefined && name !== 'id') return standard;
    const parsed = text === undefined ? problem('is missing') : parse(text);
    if ('value' in parsed) return parsed.value;
    const shown = text === undefined ? '' : ` ${JSON.stringify(text.slice(0, 80))}`;
    this.#problems.push(`--${flagOf(name)} (${variableOf(name)})${shown} ${parsed.problem}`);
    return standard;
  }

  /** Never quoted in a problem. */
  readSecret(): string {
    const secret = this.#raw.variables[variableOf('secret')];
    if (secret === undefined) this.#problems.push('RINGWAY_SECRET is missing');
    else if (secret.length < 16) {
      this.#problems.push(`RINGWAY_SECRET has ${secret.length} characters, fewer than 16`);
    }
    return secret ?? '';
  }
}

function problem(text: string): { readonly problem: string } {
  return { problem: text };
}

function outOfRange(name: NumericLimit, value: number): string | undefined {
  const { min, max } = limitSpecs[name];
  if (!Number.isSafeInteger(value)) return `${value} is not a whole number`;
  return value >= min && value <= max ? undefined : `${value} is not within ${min} … ${max}`;
}

function parseId(text: string): Parsed<string> {
  return isWorkerId(text) ? { value: text } : problem('does not match [a-z0-9][a-z0-9-]{0,62}');
}

function parseWeight(text: string): Parsed<number> {
  if (!/^\d+(\.\d+)?$/.test(text)) return problem('is not a number');
  const value = Number(text);
  return value >= 0.01 && value <= 100 ? { value } : problem('is not within 0.01 … 100');
}

function parseText(text: string): Parsed<string> {
  return text === '' ? problem('is empty') : { value: text };
}

function parseSwitch(text: string): Parsed<boolean> {
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  return problem('is neither true nor false');
}

/** `host:port`, `[v6]:port`. */
function parseListen(text: string): Parsed<{ host: string; port: number }> {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined) return problem('is not host:port');
  return port <= 65_535 ? { value: { host, port } } : problem('has a port above 65535');
}
