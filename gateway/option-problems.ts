/**
 * What must hold within and between a gateway's options. Pure; every problem is reported at once
 * under its flag and variable. What those say is read by cli/, from the same table.
 */
import { isIP } from 'node:net';
import { isLoopback, messageOf } from '../base/index.ts';
import { trustedProxyList } from './client-address.ts';
import type { RouteBy } from './identity.ts';
import { gatewayOptionSpecs } from './option-specs.ts';
import type { GatewayOptions } from './options.ts';

type Field = keyof GatewayOptions;

const flagOf = (field: string): string => field.replace(/[A-Z]/g, (l) => `-${l.toLowerCase()}`);
const variableOf = (field: string): string =>
  `RINGWAY_${flagOf(field).replaceAll('-', '_').toUpperCase()}`;
const label = (field: string): string => `--${flagOf(field)} (${variableOf(field)})`;

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
