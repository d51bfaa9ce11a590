/**
 * The strict look at an upgrade request, before anything is spent on it. Pure.
 *
 * `ws` answers 101 to requests that RFC 6455 and common sense refuse: HTTP/1.0, version 8 or
 * `13.0`, no Host or two, a foreign absolute target, a body whose bytes it would then read as
 * frames. So this check comes first and takes only what is exactly right; `ws` checks again.
 */
import type { RefusalCode } from './refusals.ts';

/** What the HTTP parser saw. */
export interface UpgradeRequest {
  readonly method: string;
  readonly httpVersion: string;
  readonly target: string;
  /** Names and values in turn, as they came: duplicates are visible only here. */
  readonly rawHeaders: readonly string[];
}

export interface UpgradeRules {
  /** The one path that is served, compared byte by byte. */
  readonly path: string;
  /** Exact origins; `*` = any. Requests without an Origin are not from a browser and pass. */
  readonly allowedOrigins: readonly string[];
  readonly headersMax: number;
}

export interface CheckedUpgrade {
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  readonly forwardedFor: string;
  /** Offered subprotocols, in order. */
  readonly protocols: readonly string[];
}

export type UpgradeVerdict =
  | { readonly ok: true; readonly request: CheckedUpgrade }
  | { readonly ok: false; readonly refusal: RefusalCode };

type Headers = ReadonlyMap<string, readonly string[]>;

export function checkUpgrade(request: UpgradeRequest, rules: UpgradeRules): UpgradeVerdict {
  const headers = headersOf(request.rawHeaders);
  const protocols = protocolsOf(headers.get('sec-websocket-protocol') ?? []);
  const refusal =
    requestLineProblem(request, rules) ??
    (request.rawHeaders.length / 2 > rules.headersMax ? 'http.header_count' : undefined) ??
    messageProblem(headers) ??
    upgradeProblem(headers) ??
    (protocols === undefined ? 'upgrade.subprotocol' : undefined) ??
    originProblem(headers, rules.allowedOrigins);
  if (refusal !== undefined) return { ok: false, refusal };
  const authorization = headers.get('authorization');
  if (authorization !== undefined && authorization.length > 1) {
    return { ok: false, refusal: 'auth.invalid' };
  }
  const { path, query } = splitTarget(request.target);
  return {
    ok: true,
    request: {
      path,
      query,
      origin: headers.get('origin')?.[0],
      authorization: authorization?.[0],
      forwardedFor: (headers.get('x-forwarded-for') ?? []).join(','),
      protocols: protocols ?? [],
    },
  };
}

/** What a plain (not upgrade) request gets: this port serves nothing else. */
export function checkPlain(request: UpgradeRequest, rules: UpgradeRules): RefusalCode {
  return requestLineProblem(request, rules) ?? 'upgrade.required';
}

function requestLineProblem(request: UpgradeRequest, rules: UpgradeRules): RefusalCode | undefined {
  if (request.method !== 'GET') return 'http.method';
  if (request.httpVersion !== '1.1') return 'http.version';
  // Absolute and asterisk form: a proxy's business, never ours.
  if (!request.target.startsWith('/')) return 'http.target';
  if (splitTarget(request.target).path !== rules.path) return 'http.not_found';
  return undefined;
}

function messageProblem(headers: Headers): RefusalCode | undefined {
  const host = headers.get('host') ?? [];
  if (host.length !== 1 || host[0] === '') return 'http.host';
  // A body on an upgrade is a request-smuggling vector: its bytes would be read as frames.
  const hasBody =
    headers.has('content-length') || headers.has('transfer-encoding') || headers.has('trailer');
  if (hasBody || headers.has('expect')) return 'http.body';
  return undefined;
}

function upgradeProblem(headers: Headers): RefusalCode | undefined {
  const upgrade = headers.get('upgrade');
  if (upgrade === undefined || !connectionTokens(headers).includes('upgrade')) {
    return 'upgrade.required';
  }
  if (upgrade.length !== 1 || upgrade[0]?.toLowerCase() !== 'websocket') return 'upgrade.protocol';
  const version = headers.get('sec-websocket-version') ?? [];
  if (version.length !== 1 || version[0] !== '13') return 'upgrade.version';
  const key = headers.get('sec-websocket-key') ?? [];
  if (key.length !== 1 || !/^[+/0-9A-Za-z]{21}[AQgw]==$/.test(key[0] ?? '')) return 'upgrade.key';
  return undefined;
}

function originProblem(headers: Headers, allowed: readonly string[]): RefusalCode | undefined {
  const origins = headers.get('origin');
  if (origins === undefined) return undefined;
  const [origin] = origins;
  if (origins.length !== 1 || origin === undefined) return 'origin.refused';
  return allowed.includes('*') || allowed.includes(origin) ? undefined : 'origin.refused';
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The offered subprotocols, or undefined when the header is malformed or repeats itself. */
function protocolsOf(values: readonly string[]): readonly string[] | undefined {
  if (values.length === 0) return [];
  if (values.length > 1) return undefined;
  const offered = (values[0] ?? '').split(',').map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ''));
  const isValid = offered.every((part) => token.test(part));
  return isValid && new Set(offered).size === offered.length ? offered : undefined;
}

function connectionTokens(headers: Headers): readonly string[] {
  const values = headers.get('connection') ?? [];
  return values.flatMap((value) => value.split(',').map((part) => part.trim().toLowerCase()));
}

/** A Map, so that a header named `__proto__` is a header like any other. */
function headersOf(raw: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [raw[at + 1] ?? '']);
    else values.push(raw[at + 1] ?? '');
  }
  return headers;
}

/** A request target before and after its first question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: '' };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
