/**
 * Who is at the other end of an upgrade request: a verified token, or `?user=` in development.
 *
 * A token comes in the `Authorization: Bearer` header, as an offered subprotocol
 * `bearer.<jwt>` (browsers cannot set headers; it is never echoed), or in `?access_token=` where
 * an option allows it: URLs end up in logs and histories. Exactly one of them. Cookies are never
 * looked at, so a page of another site has nothing to ride on.
 */
import { errors, jwtVerify } from 'jose';
import type { Clock } from '../base/index.ts';
import { isId, keyOf, type RouteBy } from './identity.ts';
import type { RefusalCode } from './refusals.ts';
import type { TokenKeys } from './token-keys.ts';

export interface AuthRules {
  /** undefined = no authentication: `?user=` names the client (loopback only, see options). */
  readonly keys: TokenKeys | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** Clock difference that `exp`, `nbf` are given; also the grace at the end of a connection. */
  readonly clockSkewMs: number;
  readonly allowsQueryToken: boolean;
  readonly routeBy: RouteBy;
  /** Longest token that is looked at. */
  readonly tokenBytesMax: number;
}

/** What an upgrade request says about its sender. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly protocols: readonly string[];
  readonly query: URLSearchParams;
}

export interface Identity {
  readonly user: string;
  readonly key: string;
  /** Wall-clock time at which the connection must end; undefined = never. */
  readonly expiresAtMs: number | undefined;
}

export type AuthResult =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly refusal: RefusalCode };

export const bearerProtocol = 'bearer.';

const missing: AuthResult = { ok: false, refusal: 'auth.missing' };
const invalid: AuthResult = { ok: false, refusal: 'auth.invalid' };

/** Verifies credentials; never rejects. */
export async function authenticate(
  credentials: Credentials,
  rules: AuthRules,
  clock: Clock,
): Promise<AuthResult> {
  if (rules.keys === undefined) return developmentIdentity(credentials.query, rules.routeBy);
  const token = tokenOf(credentials, rules);
  if (token === 'missing') return missing;
  if (token === 'invalid') return invalid;
  try {
    const claims = await verifiedClaims(token, rules, rules.keys, clock);
    return claims === undefined ? invalid : identityOf(claims, credentials.query, rules);
  } catch (error) {
    return isKeySetUnavailable(error) ? { ok: false, refusal: 'auth.unavailable' } : invalid;
  }
}

function developmentIdentity(query: URLSearchParams, routeBy: RouteBy): AuthResult {
  const users = query.getAll('user');
  const [user] = users;
  if (users.length === 0) return missing;
  if (users.length > 1 || !isId(user)) return invalid;
  return withKey({ user, query, claim: () => undefined }, routeBy, undefined);
}

/** The one token offered. Two of them would let a proxy and the gateway see different users. */
function tokenOf(credentials: Credentials, rules: AuthRules): string {
  const offered = credentials.protocols
    .filter((protocol) => protocol.startsWith(bearerProtocol))
    .map((protocol) => protocol.slice(bearerProtocol.length));
  if (credentials.authorization !== undefined) {
    const [, token] = /^Bearer +([^ ]+)$/i.exec(credentials.authorization) ?? [];
    offered.push(token ?? '');
  }
  if (rules.allowsQueryToken) offered.push(...credentials.query.getAll('access_token'));
  const [token] = offered;
  if (token === undefined) return 'missing';
  const isUsable = offered.length === 1 && token !== '' && token.length <= rules.tokenBytesMax;
  return isUsable ? token : 'invalid';
}

type Claims = Readonly<Record<string, unknown>> & { readonly exp: number; readonly sub: string };

/** Latest `exp` that is believed: the year 9999. */
const expMax = 253_402_300_799;

async function verifiedClaims(
  token: string,
  rules: AuthRules,
  keys: TokenKeys,
  clock: Clock,
): Promise<Claims | undefined> {
  const { payload, protectedHeader } = await jwtVerify(token, keys.key, {
    algorithms: [...keys.algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: rules.clockSkewMs / 1000,
    // biome-ignore lint/style/noRestrictedGlobals: made of the injected clock's reading.
    currentDate: new Date(clock.wallMs()),
    ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
    ...(rules.audience === undefined ? {} : { audience: rules.audience }),
  });
  const { typ } = protectedHeader;
  // Access tokens say `at+jwt`, most others `JWT` or nothing; an ID or logout token is neither.
  if (typ !== undefined && !/^(application\/)?(at\+)?jwt$/i.test(typ)) return undefined;
  const { exp, sub } = payload;
  if (typeof exp !== 'number' || !(exp > 0 && exp <= expMax) || !isId(sub)) return undefined;
  return { ...payload, exp, sub };
}

function identityOf(claims: Claims, query: URLSearchParams, rules: AuthRules): AuthResult {
  const claim = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const expiresAtMs = claims.exp * 1000 + rules.clockSkewMs;
  return withKey({ user: claims.sub, query, claim }, rules.routeBy, expiresAtMs);
}

function withKey(
  route: Parameters<typeof keyOf>[1],
  routeBy: RouteBy,
  expiresAtMs: number | undefined,
): AuthResult {
  const key = keyOf(routeBy, route);
  if (key === undefined) return { ok: false, refusal: 'route.missing' };
  return { ok: true, identity: { user: route.user, key, expiresAtMs } };
}

function isKeySetUnavailable(error: unknown): boolean {
  // Fetching the key set failed: not the client's fault, and worth another try.
  if (error instanceof errors.JWKSTimeout || error instanceof TypeError) return true;
  return error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
}
