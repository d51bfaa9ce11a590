/**
 * Who may talk to an admin port, a gateway's or a worker's. Pure.
 *
 * On loopback without a token the danger is the operator's own browser: a page of another site
 * can send requests to 127.0.0.1 (CSRF) or rebind its own name to it. So the Host must be a
 * loopback name, and a request that says it comes from another origin is refused. With a token
 * that is not needed: a page does not have it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** How the guard says no; docs/errors.md lists them. */
export const guardRefusals = {
  'admin.unauthorized': { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
  'admin.forbidden': { status: 403 },
  'admin.media_type': { status: 415 },
} as const;

export type GuardRefusal = keyof typeof guardRefusals;

export interface GuardedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly hasBody: boolean;
}

/** Asked by load balancers and orchestrators, which have no token; they say nothing secret. */
const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
const jsonTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
]);

/** What the guard looks at; `path` is the target without its query. */
export function guardedRequestOf({ headers, method = '' }: IncomingMessage, path: string) {
  const { host, origin, authorization, 'content-length': length } = headers;
  const site = headers['sec-fetch-site'];
  const isLong = length !== undefined && length !== '0';
  return {
    ...{ method, path, host, origin, authorization },
    fetchSite: Array.isArray(site) ? site.join(',') : site,
    contentType: headers['content-type'],
    hasBody: headers['transfer-encoding'] !== undefined || isLong,
  } satisfies GuardedRequest;
}

/** Why the request is refused, or undefined. `token` undefined = none wanted, on loopback only. */
export function guard(
  request: GuardedRequest,
  token: string | undefined,
): GuardRefusal | undefined {
  const isOpen = request.method === 'GET' && openPaths.has(request.path);
  if (token === undefined) {
    if (isForeign(request)) return 'admin.forbidden';
  } else if (!isOpen && !hasToken(request.authorization, token)) {
    return 'admin.unauthorized';
  }
  if (request.method !== 'POST' || !request.hasBody) return undefined;
  const [type = ''] = (request.contentType ?? '').split(';');
  // Anything but JSON can be sent by a form of any page, without asking first.
  return jsonTypes.has(type.trim().toLowerCase()) ? undefined : 'admin.media_type';
}

/** What a refusal may say to an operator or a backend beyond its code. */
export function explanationOf(refusal: GuardRefusal, contentType = 'none'): string | undefined {
  if (refusal !== 'admin.media_type') return undefined;
  const given = contentType.slice(0, 100);
  return `content-type is ${given}; send one of ${[...jsonTypes].join(', ')}`;
}

function isForeign({ host, origin, fetchSite }: GuardedRequest): boolean {
  if (host === undefined || !loopbackHost.test(host)) return true;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  return fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none';
}

/** In constant time: digests have one length, whatever was sent. */
function hasToken(authorization: string | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(.+)$/i.exec(authorization ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
