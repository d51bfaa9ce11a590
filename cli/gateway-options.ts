/** The options of `ringway gateway`: all those of a gateway, some of them for every day. */
import { type GatewayOptions, gatewayDefaults, optionProblems } from '../gateway/index.ts';
import { addressProblems, clusterOptions, idOr, idPattern, idProblems } from './cluster-options.ts';
import { optionalText, reachable } from './option-kinds.ts';
import type { Option, Options, Values } from './options.ts';
import {
  type GatewayField,
  gatewayFields,
  gatewayGiven,
  gatewayOption,
  nameOfField,
} from './part-options.ts';

const everydayFields: readonly GatewayField[] = [
  ...(['host', 'port', 'adminHost', 'adminPort', 'adminToken'] as const),
  ...(['jwtSecret', 'jwtKeyFile', 'jwksUrl', 'routeBy'] as const),
  ...(['allowedOrigins', 'trustedProxies', 'drainWindowMs'] as const),
];

const own = {
  id: optionalText({
    about: 'Name of this gateway, unique in the cluster',
    placeholder: '<id>',
    fallbackText: 'the host name',
    pattern: idPattern,
    expected: 'lower-case letters, digits and -, at most 63, not beginning with -',
  }),
  advertiseAdmin: reachable(
    'At which address others reach the admin port',
    'the bound one; the host name for 0.0.0.0 and ::',
  ),
};

const everyday = { ...own, ...clusterOptions };

/** Typed as far as the command reads them itself; the others are read by `gatewayOptionsOf`. */
export const gatewayProcessOptions: typeof everyday = {
  ...own,
  ...optionsOf(everydayFields),
  ...clusterOptions,
  ...optionsOf(gatewayFields, 'Tuning'),
  ...optionsOf(everydayFields),
  ...everyday,
};

export type GatewayValues = Values<typeof everyday>;

function optionsOf(fields: readonly GatewayField[], section?: string): Options {
  return Object.fromEntries(
    fields.map((field): [string, Option<unknown>] => [
      nameOfField(field),
      gatewayOption(field, { section }),
    ]),
  );
}

/** Those given, over a gateway's defaults. */
export function gatewayOptionsOf(values: GatewayValues, hostName: string): GatewayOptions {
  return { ...gatewayDefaults, ...gatewayGiven(values), id: idOr(values.id, hostName) };
}

/** What must hold between the values, and with the host; by their flags. */
export function gatewayProblems(values: GatewayValues, hostName: string): readonly string[] {
  const noId = idProblems(values.id, hostName);
  const options = gatewayOptionsOf(values, hostName);
  // Without an id there is that problem to tell, and no second one.
  const judged = noId.length > 0 ? { ...options, id: 'none' } : options;
  return [...noId, ...addressProblems(values), ...optionProblems(judged)];
}
