/**
 * Every HTTP answer with which the client port and the admin port say no: status, error code and
 * fixed body. Nothing of the request is repeated in an answer, and no stack or version leaves.
 * docs/errors.md shows the same table and a test compares them.
 */
import { STATUS_CODES } from 'node:http';
import { guardRefusals } from '../base/index.ts';

interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const later = (seconds: number): Readonly<Record<string, string>> => ({
  'Retry-After': String(seconds),
});
const websocket = { Upgrade: 'websocket', Connection: 'Upgrade, close' };

export const refusals = {
  'http.malformed': { status: 400 },
  'http.version': { status: 400 },
  'http.target': { status: 400 },
  'http.host': { status: 400 },
  'http.body': { status: 400 },
  'http.not_found': { status: 404 },
  'http.method': { status: 405, headers: { Allow: 'GET' } },
  'http.timeout': { status: 408 },
  'http.header_bytes': { status: 431 },
  'http.header_count': { status: 431 },
  'upgrade.required': { status: 426, headers: websocket },
  'upgrade.protocol': { status: 400 },
  'upgrade.version': { status: 426, headers: { ...websocket, 'Sec-WebSocket-Version': '13' } },
  'upgrade.key': { status: 400 },
  'upgrade.subprotocol': { status: 400 },
  'origin.refused': { status: 403 },
  'auth.missing': { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
  'auth.invalid': { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } },
  'auth.unavailable': { status: 503, headers: later(2) },
  'route.missing': { status: 403 },
  'resume.malformed': { status: 400 },
  'session.foreign': { status: 403 },
  'rate.address': { status: 429, headers: later(1) },
  'rate.total': { status: 503, headers: later(1) },
  'connections.user': { status: 429, headers: later(5) },
  'connections.address': { status: 429, headers: later(5) },
  'connections.total': { status: 503, headers: later(5) },
  'attach.timeout': { status: 503, headers: later(1) },
  'gateway.unavailable': { status: 503, headers: later(1) },
  'gateway.draining': { status: 503, headers: later(1) },
  ...guardRefusals,
  'admin.not_found': { status: 404 },
  'admin.method': { status: 405, headers: { Allow: 'GET, POST' } },
  'admin.body_bytes': { status: 413 },
  'admin.json': { status: 400 },
  'admin.query': { status: 400 },
  'admin.streams': { status: 503, headers: later(5) },
  'event.invalid': { status: 400 },
  'event.no_key': { status: 400 },
  'event.too_large': { status: 413 },
  'bus.unavailable': { status: 503, headers: later(1) },
  'worker.unknown': { status: 404 },
  'worker.failed': { status: 503, headers: later(1) },
} as const satisfies Readonly<Record<string, Refusal>>;

export type RefusalCode = keyof typeof refusals;

/** The fixed body of an answer. */
export function refusalBody(code: RefusalCode): string {
  return `{"error":"${code}"}\n`;
}

/** Status and headers of an answer, for `ServerResponse.writeHead`. */
export function refusalHead(code: RefusalCode): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
} {
  const { status, headers }: Refusal = refusals[code];
  return {
    status,
    headers: {
      Connection: 'close',
      'Content-Type': 'application/json',
      'Content-Length': String(refusalBody(code).length),
      'Cache-Control': 'no-store',
      ...headers,
    },
  };
}

/** The whole answer as bytes for a raw socket: after an upgrade there is no `ServerResponse`. */
export function refusalText(code: RefusalCode): string {
  const { status, headers } = refusalHead(code);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${refusalBody(code)}`;
}
