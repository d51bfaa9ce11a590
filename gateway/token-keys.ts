/**
 * The keys that tokens are verified with, and the algorithms each may be used for.
 *
 * One algorithm family per key: a public key is never tried as an HMAC secret (CVE-class
 * "algorithm confusion"), because the family is a property of the configured key and not of the
 * token's header. `kid` only chooses among the keys of a set; nothing is looked up by it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { ConfigError, messageOf } from '../base/index.ts';

export interface TokenKeys {
  readonly key: KeyObject | Uint8Array | JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

const secretBytesMin = 32;
const rsaBitsMin = 2048;

/** @throws ConfigError when the secret is too short or is a public key by mistake. */
export function keysOfSecret(secret: string): TokenKeys {
  if (secret.includes('-----BEGIN')) {
    throw new ConfigError(['jwtSecret is a PEM key; give it as jwtKeyFile']);
  }
  const key = Buffer.from(secret, 'utf8');
  if (key.length < secretBytesMin) {
    throw new ConfigError([`jwtSecret of ${key.length} bytes is shorter than ${secretBytesMin}`]);
  }
  return { key: new Uint8Array(key), algorithms: ['HS256'] };
}

/**
 * A PEM public key, a JWK, or a JWK set (several keys: rotation).
 * @throws ConfigError when the text is none of them, or the key is too weak or private.
 */
export function keysOfFile(text: string, path: string): TokenKeys {
  try {
    if (!text.trimStart().startsWith('{')) return keysOfPublic(publicKeyOfPem(text));
    const parsed = JSON.parse(text) as Record<string, unknown>;
    if (Array.isArray(parsed.keys)) return keysOfSet(parsed as unknown as JSONWebKeySet);
    if (Object.hasOwn(parsed, 'd')) throw new Error('it is a private key');
    return keysOfPublic(createPublicKey({ key: parsed, format: 'jwk' }));
  } catch (error) {
    throw new ConfigError([`jwtKeyFile ${path}: ${messageOf(error)}`]);
  }
}

/** A key set fetched from `url`; fetched again for an unknown `kid` at most once a minute. */
export function keysOfUrl(url: string): TokenKeys {
  const key = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 4_000,
    cooldownDuration: 60_000,
    cacheMaxAge: 600_000,
  });
  return { key, algorithms: ['RS256', 'ES256'] };
}

function publicKeyOfPem(text: string): KeyObject {
  // `createPublicKey` would derive a public key; a private key does not belong on a gateway.
  if (text.includes('PRIVATE KEY')) throw new Error('it is a private key');
  return createPublicKey(text);
}

function keysOfPublic(key: KeyObject): TokenKeys {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    if (bits < rsaBitsMin) throw new Error(`an RSA key of ${bits} bits is under ${rsaBitsMin}`);
    return { key, algorithms: ['RS256'] };
  }
  if (key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1') {
    return { key, algorithms: ['ES256'] };
  }
  throw new Error('only RSA (RS256) and P-256 (ES256) keys are supported');
}

function keysOfSet(set: JSONWebKeySet): TokenKeys {
  const isPublic = set.keys.every((key) => key.kty !== 'oct' && !Object.hasOwn(key, 'd'));
  if (!isPublic) throw new Error('a key set may hold public keys only');
  return { key: createLocalJWKSet(set), algorithms: ['RS256', 'ES256'] };
}
