/**
 * docker/compose.yaml as Docker Compose reads it, as far as this project uses the format: YAML with
 * anchors and merge keys, variables in every value, `x-…` left out. What Compose would refuse or
 * silently replace by nothing (an unset variable without a default) is an error here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(import.meta.dirname, '../../..');
export const composePath = join(root, 'docker/compose.yaml');

export interface HealthCheck {
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  readonly start_period: string;
}

export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: HealthCheck;
  readonly hostname?: string;
  readonly scale?: number;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ulimits?: Readonly<Record<string, number>>;
  readonly mem_limit?: string;
  readonly [key: string]: unknown;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export type Variables = Readonly<Record<string, string>>;

/** Every variable that the file wants, with a value that nobody else has. */
export const exampleVariables: Variables = {
  RINGWAY_SECRET: 'secret-of-a-test-cluster-0123456789',
  RINGWAY_JWT_SECRET: 'jwt-secret-of-a-test-cluster-0123456789',
  RINGWAY_ADMIN_TOKEN: 'admin-token-of-a-test-cluster',
  RABBITMQ_PASSWORD: 'password-of-a-test-broker',
};

/** @throws Error naming the variable when one is missing */
export function readComposeFile(variables: Variables): ComposeFile {
  const file = parse(readFileSync(composePath, 'utf8'), { merge: true }) as Record<string, unknown>;
  const kept = Object.entries(file).filter(([key]) => !key.startsWith('x-'));
  return substituted(Object.fromEntries(kept), variables) as ComposeFile;
}

function substituted(node: unknown, variables: Variables): unknown {
  if (typeof node === 'string') return interpolate(node, variables);
  if (Array.isArray(node)) return node.map((each) => substituted(each, variables));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, substituted(value, variables)]);
  return Object.fromEntries(entries);
}

const variable = /\$(?:\$|\{(\w+)(?:(:-|:\?)([^}]*))?\}|(\w+))/g;

/** `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `$NAME`, and `$$` for a dollar sign. */
export function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(variable, (match, braced, operator, argument, bare) => {
    if (match === '$$') return '$';
    const name: string = braced ?? bare;
    const value = variables[name];
    if (value !== undefined && (value !== '' || operator === undefined)) return value;
    if (operator === ':-') return argument;
    throw new Error(`${name} ${operator === ':?' ? argument : 'has neither value nor default'}`);
  });
}

/** `45s`, `1m`, `1m30s` → seconds. */
export function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== duration) {
    throw new Error(`${duration} is not a duration`);
  }
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
  return parts.reduce((sum, [, n, unit = '']) => sum + Number(n) * (units[unit] ?? Number.NaN), 0);
}
