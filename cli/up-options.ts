/**
 * The options of `ringway up`: a few for every day, and all those of gateways and workers that
 * make sense in one process, made from those parts' own tables. What both have under one meaning
 * is one option here. Left out: ids (numbered), weights (equal), the workers' link addresses and
 * the shared secret (loopback, random).
 */
import {
  type GatewayOptions,
  gatewayDefaults,
  gatewayOptionSpecs,
  optionProblems,
  readGatewayOption,
} from '../gateway/index.ts';
import {
  builtInApplications,
  type Limits,
  limitProblems,
  limitSpecs,
  numericLimits,
} from '../worker/index.ts';
import { workersMax } from './embedded-workers.ts';
import { logLevels } from './log.ts';
import {
  integer,
  oneOf,
  optionalInteger,
  optionalText,
  port,
  text,
  toggle,
} from './option-kinds.ts';
import { flagOf, type Option, type Options, type Values } from './options.ts';

type Field = keyof GatewayOptions;

/** Where `up` differs from a gateway of its own. */
const gatewayDefaultsOfUp: Partial<GatewayOptions> = {
  // A stop should not take the half minute that spares a production cluster a stampede.
  drainWindowMs: 500,
  // Everybody here has one address; limits for each would only measure this machine.
  connectionsPerAddressMax: gatewayDefaults.connectionsMax,
  handshakesPerSecondPerAddress: gatewayDefaults.handshakesPerSecond,
  handshakesBurstPerAddress: gatewayDefaults.handshakesBurst,
};

/** Gateway options without a flag of their own under `up`. */
const gatewayFieldsLeftOut: ReadonlySet<string> = new Set(['id']);

/** One option sets both: the period of the cores' clocks. */
const nameOfField = (field: Field): string => (field === 'tickIntervalMs' ? 'tickMs' : field);

const gatewayFields = (Object.keys(gatewayOptionSpecs) as Field[]).filter(
  (field) => !gatewayFieldsLeftOut.has(field),
);

const derivedDefaults: Readonly<Record<string, string>> = {
  leaseMs: 'two thirds of --session-timeout-ms',
  holdOffMs: '1.5 times --session-timeout-ms',
};

const everyday = {
  workers: integer({
    about: `Workers to start, 0 to ${workersMax}; more can be added on the page`,
    placeholder: '<n>',
    fallback: 3,
    min: 0,
    max: workersMax,
  }),
  gateways: integer({
    about: 'Gateways to start; the second and later ones take free ports',
    placeholder: '<n>',
    fallback: 1,
    min: 1,
    max: 8,
  }),
  app: text({
    about: `Application: ${[...builtInApplications.keys()].join(', ')}, or a file that exports one`,
    placeholder: '<name or file>',
    fallback: 'chat',
  }),
  host: text({
    about: 'Address of the client port; anything but loopback needs --jwt-secret',
    placeholder: '<address>',
    fallback: '127.0.0.1',
  }),
  port: port(8080, 'Port for clients; 0 = any free one'),
  adminPort: port(8081, 'Port for page, admin API and metrics; 0 = any free one'),
  jwtSecret: optionalText({
    about: 'Clients must show a token signed with this secret (HS256, at least 32 bytes)',
    placeholder: '<secret>',
    fallbackText: 'none: ?user=<name> says who the client is',
    isSecret: true,
    pattern: /^.{32,}$/s,
    expected: 'at least 32 characters',
  }),
  logLevel: oneOf({
    about: `What to log: ${logLevels.join(', ')}; JSON lines when piped`,
    placeholder: '<level>',
    fallback: 'warn',
    choices: logLevels,
  }),
};

/** Typed as the everyday ones; the others are read by `gatewayOf` and `limitsOf`. */
export const upOptions: typeof everyday = {
  // Twice: first in the help, and not replaced by the parts' own of the same name.
  ...everyday,
  ...gatewayTuning(),
  ...workerTuning(),
  ...sharedTuning(),
  ...everyday,
};

export type UpValues = Values<typeof everyday>;

/** Options of the gateways: those given, over what `up` has as defaults. */
export function gatewayOf(values: UpValues): Partial<GatewayOptions> {
  const all: Readonly<Record<string, unknown>> = values;
  const given = gatewayFields
    .map((field) => [field, all[nameOfField(field)]] as const)
    .filter(([, value]) => value !== undefined);
  return { ...gatewayDefaultsOfUp, ...Object.fromEntries(given) };
}

/** Limits of the workers: those given. */
export function limitsOf(values: UpValues): Partial<Limits> {
  const all: Readonly<Record<string, unknown>> = values;
  const given = numericLimits
    .map((name) => [name, all[name]] as const)
    .filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), isStrict: all.strict === true };
}

/** What must hold between options, gateways' and workers' together; by their flags. */
export function upProblems(values: UpValues): readonly string[] {
  const ofWorkers = limitProblems(limitsOf(values)).map((problem) =>
    problem.replaceAll(/\b[a-z]+[A-Z]\w*/g, (name) => (isLimit(name) ? flagOf(name) : name)),
  );
  return [...optionProblems({ ...gatewayDefaults, ...gatewayOf(values) }), ...ofWorkers];
}

function gatewayTuning(): Options {
  const own = gatewayFields.filter((field) => !isLimit(nameOfField(field)));
  return Object.fromEntries(own.map((field) => [field, gatewayOption(field)]));
}

function gatewayOption(field: Field): Option<unknown> {
  const section = 'Gateways';
  const { about, range, isSecret } = gatewayOptionSpecs[field];
  const fallback = gatewayDefaultsOfUp[field] ?? gatewayDefaults[field];
  if (typeof fallback === 'boolean') return { ...toggle(about), section };
  const fallbackText = field === 'routeBy' ? 'user' : String(fallback ?? '') || 'none';
  if (range !== undefined) return numberOption(field, { section, about, fallbackText, range });
  return {
    ...{ kind: 'value', section, about, fallback: undefined, fallbackText },
    placeholder: isSecret ? '<secret>' : '<text>',
    ...(isSecret && { isSecret }),
    read: (given) => readGatewayOption(field, given),
  };
}

function workerTuning(): Options {
  const section = 'Workers';
  const strict = toggle('never act past the lease, not even while ZooKeeper is away');
  const numbers = numericLimits.map((name) => {
    const { about, standard, min, max } = limitSpecs[name];
    const fallbackText = derivedDefaults[name] ?? String(standard);
    return [name, numberOption(name, { section, about, fallbackText, range: [min, max] })] as const;
  });
  return { ...Object.fromEntries(numbers), strict: { ...strict, section } };
}

/** What gateways and workers both have takes the values that both take. */
function sharedTuning(): Options {
  const shared = gatewayFields.flatMap((field) => {
    const name = nameOfField(field);
    const { range } = gatewayOptionSpecs[field];
    if (!isLimit(name) || range === undefined) return [];
    const { about, standard, min, max } = limitSpecs[name];
    const both = [Math.max(min, range[0]), Math.min(max, range[1])] as const;
    const described = { section: 'Gateways and workers', about, fallbackText: String(standard) };
    return [[name, numberOption(name, { ...described, range: both })] as const];
  });
  return Object.fromEntries(shared);
}

interface NumberParts {
  readonly section: string;
  readonly about: string;
  readonly fallbackText: string;
  readonly range: readonly [min: number, max: number];
}

function numberOption(name: string, { range: [min, max], ...parts }: NumberParts): Option<unknown> {
  const [, unit = 'n'] = /(Ms|Bytes)(?=Max$|$)/.exec(name) ?? [];
  return optionalInteger({ ...parts, min, max, placeholder: `<${unit.toLowerCase()}>` });
}

function isLimit(name: string): name is keyof typeof limitSpecs {
  return Object.hasOwn(limitSpecs, name);
}
