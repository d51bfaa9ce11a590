/** Tokens for the tests, made by hand where a library would refuse to make them. */
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export const secret = 'a-secret-of-at-least-thirty-two-bytes';

export interface Parts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed({ header, claims }: Parts, alg: string, sign: (input: string) => string): string {
  const input = `${encode({ alg, typ: 'JWT', ...header })}.${encode(claims ?? {})}`;
  return `${input}.${sign(input)}`;
}

export function hs256(parts: Parts, key: string | Buffer = secret): string {
  return signed(parts, 'HS256', (input) =>
    createHmac('sha256', key).update(input).digest('base64url'),
  );
}

export function rs256(parts: Parts, key: KeyObject): string {
  return signed(parts, 'RS256', (input) =>
    createSign('sha256').update(input).sign(key, 'base64url'),
  );
}

export function es256(parts: Parts, key: KeyObject): string {
  const format = { key, dsaEncoding: 'ieee-p1363' } as const;
  return signed(parts, 'ES256', (input) =>
    createSign('sha256').update(input).sign(format, 'base64url'),
  );
}

/** A token that says it needs no signature. */
export function unsigned(alg: string, claims: Readonly<Record<string, unknown>>): string {
  return signed({ claims }, alg, () => '');
}

export const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ecPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const pemOf = (key: KeyObject): string =>
  key.export({ type: 'spki', format: 'pem' }).toString();
