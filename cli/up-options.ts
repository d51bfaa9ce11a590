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
} from '../gateway/index.ts';
import { builtInApplications, type Limits, limitSpecs } from '../worker/index.ts';
import { workersMax } from './embedded-workers.ts';
import { logLevels } from './log.ts';
import { integer, oneOf, optionalText, port, text } from './option-kinds.ts';
import type { Options, Values } from './options.ts';
import {
  gatewayFields as allGatewayFields,
  gatewayGiven,
  gatewayOption,
  isLimit,
  limitOptions,
  limitProblemsByFlag,
  limitsGiven,
  nameOfField,
  numberOption,
} from './part-options.ts';

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
const gatewayFieldsLeftOut: ReadonlySet<string> = new Set(['id', 'advertiseAdmin']);

const gatewayFields = allGatewayFields.filter((field) => !gatewayFieldsLeftOut.has(field));

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
  ...limitOptions('Workers'),
  ...sharedTuning(),
  ...everyday,
};

export type UpValues = Values<typeof everyday>;

/** Options of the gateways: those given, over what `up` has as defaults. */
export function gatewayOf(values: UpValues): Partial<GatewayOptions> {
  return { ...gatewayDefaultsOfUp, ...gatewayGiven(values, gatewayFields) };
}

/** Limits of the workers: those given. */
export function limitsOf(values: UpValues): Partial<Limits> {
  return limitsGiven(values);
}

/** What must hold between options, gateways' and workers' together; by their flags. */
export function upProblems(values: UpValues): readonly string[] {
  const ofWorkers = limitProblemsByFlag(limitsOf(values));
  return [...optionProblems({ ...gatewayDefaults, ...gatewayOf(values) }), ...ofWorkers];
}

function gatewayTuning(): Options {
  const own = gatewayFields.filter((field) => !isLimit(nameOfField(field)));
  const place = { section: 'Gateways', defaults: gatewayDefaultsOfUp };
  return Object.fromEntries(own.map((field) => [field, gatewayOption(field, place)]));
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
