/**
 * Strings from flags and the environment become `GatewayOptions`. Pure; bad values are refused,
 * never coerced, and every problem is reported at once under its flag and variable.
 */
import { isIP } from 'node:net';
import { ConfigError, isLoopback, messageOf } from '../base/index.ts';
import { trustedProxyList } from './client-address.ts';
import type { RouteBy } from './identity.ts';
import { gatewayOptionSpecs, readGatewayOption } from './option-specs.ts';
import { type GatewayOptions, gatewayDefaults } from './options.ts';

type Field = keyof GatewayOptions;

export interface OptionSource {
  /** By flag name without dashes: `message-bytes-max`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const flagOf = (field: string): string => field.replace(/[A-Z]/g, (l) => `-${l.toLowerCase()}`);
const variableOf = (field: string): string =>
  `RINGWAY_${flagOf(field).replaceAll('-', '_').toUpperCase()}`;
const label = (field: string): string => `--${flagOf(field)} (${variableOf(field)})`;

/** Names of all flags, for the command line. */
export const gatewayFlags: readonly string[] = Object.keys(gatewayDefaults).map(flagOf);

/**
 * Options from strings; a flag wins over its variable, what is absent has its default.
 * @throws ConfigError naming every bad value and every combination that must not be.
 */
export function parseGatewayOptions(source: OptionSource): GatewayOptions {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  for (const field of Object.keys(gatewayDefaults) as Field[]) {
    const text = source.flags[flagOf(field)] ?? source.env[variableOf(field)];
    if (text === undefined) continue;
    const read = readGatewayOption(field, text);
    // The text may be a secret, or as long as its sender likes: only what was expected is said.
    if ('value' in read) values.set(field, read.value);
    else problems.push(`${label(field)}: must be ${read.expected}`);
  }
  const options: GatewayOptions = { ...gatewayDefaults, ...Object.fromEntries(values) };
  problems.push(...optionProblems(options));
  if (problems.length > 0) throw new ConfigError(problems);
  return options;
}

/** What is wrong with complete options; empty when nothing is. */
export function optionProblems(options: GatewayOptions): readonly string[] {
  return [...rangeProblems(options), ...listenProblems(options), ...authProblems(options)];
}

function rangeProblems(options: GatewayOptions): string[] {
  return (Object.keys(gatewayOptionSpecs) as Field[]).flatMap((field) => {
    const { range } = gatewayOptionSpecs[field];
    if (range === undefined) return [];
    const [min, max] = range;
    const value = options[field];
    const isIn = Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
    return isIn ? [] : [`${label(field)}: ${String(value)} is not from ${min} to ${max}`];
  });
}

function listenProblems(options: GatewayOptions): string[] {
  const problems: string[] = [];
  const refuse = (field: Field, what: string): number => problems.push(`${label(field)}: ${what}`);
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(options.id)) {
    refuse('id', `"${options.id}" does not match [a-z0-9][a-z0-9-]{0,62}`);
  }
  if (!/^\/[A-Za-z0-9._~/-]{0,255}$/.test(options.path)) refuse('path', 'is not a plain path');
  const origin = /^(\*|[a-z][a-z0-9+.-]*:\/\/[^/\s]+)$/;
  for (const entry of options.allowedOrigins) {
    if (!origin.test(entry)) refuse('allowedOrigins', `"${entry}" is not an origin`);
  }
  try {
    trustedProxyList(options.trustedProxies);
  } catch (error) {
    refuse('trustedProxies', messageOf(error));
  }
  if (options.adminToken === undefined && !isLoopback(options.adminHost)) {
    refuse('adminHost', `${options.adminHost} is not loopback: set ${label('adminToken')}`);
  }
  if (options.adminToken !== undefined && options.adminToken.length < 16) {
    refuse('adminToken', 'is shorter than 16 characters');
  }
  for (const field of ['host', 'adminHost'] as const) {
    const host = options[field];
    if (host !== 'localhost' && isIP(host) === 0) refuse(field, `"${host}" is not an IP address`);
  }
  return problems;
}

function authProblems(options: GatewayOptions): string[] {
  const problems: string[] = [];
  const keys = (['jwtSecret', 'jwtKeyFile', 'jwksUrl'] as const).filter(
    (field) => options[field] !== undefined,
  );
  if (keys.length > 1) problems.push(`only one of ${keys.map(label).join(', ')} may be set`);
  if (keys.length === 0 && !isLoopback(options.host)) {
    const wanted = (['jwtSecret', 'jwtKeyFile', 'jwksUrl'] as const).map(label).join(', ');
    problems.push(`${label('host')}: ${options.host} is not loopback: set one of ${wanted}`);
  }
  if (keys.length === 0 && options.allowedOrigins.includes('*')) {
    problems.push(`${label('allowedOrigins')}: * without authentication lets any web page in`);
  }
  if (options.jwksUrl !== undefined && !isSafeUrl(options.jwksUrl)) {
    problems.push(`${label('jwksUrl')}: must be an https URL, or http to loopback`);
  }
  return [...problems, ...routeProblems(options.routeBy, keys.length > 0)];
}

function routeProblems(routeBy: RouteBy, hasKey: boolean): string[] {
  if (routeBy.kind === 'user') return [];
  const at = label('routeBy');
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(routeBy.name)) {
    return [`${at}: name "${routeBy.name}" does not match [a-z][a-z0-9_]{0,31}`];
  }
  // These would collide with `user:<sub>` keys, or with parameters that the gateway reads itself.
  if (['user', 'access_token', 'resume', 'session'].includes(routeBy.name)) {
    return [`${at}: the name ${routeBy.name} is taken`];
  }
  if (routeBy.kind === 'claim' && !hasKey) return [`${at}: a claim needs authentication`];
  return [];
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, '');
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(host));
}
