/** Asks a gateway's admin port, and turns every failure into one sentence with its remedy. */
import { messageOf, type Readiness, RingwayError } from '../base/index.ts';
import { integer, optionalText, url } from './option-kinds.ts';
import type { Values } from './options.ts';

/** Options of every command that asks the admin port. */
export const adminOptions = {
  admin: url({
    about: 'Admin address of a gateway',
    placeholder: '<url>',
    fallback: 'http://127.0.0.1:8081',
    schemes: ['http', 'https'],
  }),
  adminToken: optionalText({
    about: 'Bearer token of the admin port, if it wants one; prefer the variable',
    placeholder: '<token>',
    isSecret: true,
  }),
  timeoutMs: integer({
    about: 'Milliseconds to wait for the answer',
    placeholder: '<ms>',
    fallback: 10_000,
    min: 1,
    max: 600_000,
  }),
};

export interface AdminRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON by default. */
  readonly body?: { readonly contentType?: string; readonly value: unknown };
}

/**
 * The JSON of a 2xx answer; undefined when it has no body.
 * @throws RingwayError `cli.unreachable`, or with the code of the answer
 */
export async function askAdmin(
  { admin, adminToken, timeoutMs }: Values<typeof adminOptions>,
  request: AdminRequest,
): Promise<unknown> {
  const response = await fetch(new URL(request.path, admin), {
    method: request.method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
      ...(request.body && { 'content-type': request.body.contentType ?? 'application/json' }),
    },
    ...(request.body && { body: JSON.stringify(request.body.value) }),
  }).catch((error: unknown) => {
    throw unreachableError(admin, timeoutMs, error);
  });
  const text = await response.text();
  if (!response.ok) throw refusal(request, response.status, text);
  return text === '' ? undefined : parsed(text, admin);
}

const adminHint = '--admin or RINGWAY_ADMIN names the admin address of a gateway.';

/** What `/readyz` says, whatever its status. @throws RingwayError `cli.unreachable` */
export async function askReadiness(admin: string, timeoutMs: number): Promise<Readiness> {
  const response = await fetch(new URL('/readyz', admin), {
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    const hint = '--url, or --admin-host and --admin-port, name it.';
    throw unreachableError(admin, timeoutMs, error, hint);
  });
  const answer = parsed(await response.text(), admin) as Partial<Readiness>;
  if (answer.status !== undefined && answer.reasons !== undefined) return answer as Readiness;
  throw new RingwayError('cli.unreachable', `${admin} does not answer as an admin port does`);
}

function unreachableError(
  admin: string,
  timeoutMs: number,
  error: unknown,
  hint = adminHint,
): RingwayError {
  const options = { retryable: true, cause: error };
  if (error instanceof Error && error.name === 'TimeoutError') {
    const message = `no answer from ${admin} within --timeout-ms ${timeoutMs}`;
    return new RingwayError('cli.unreachable', message, options);
  }
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const message = `no answer from ${admin} (${messageOf(cause)}). Is it running? ${hint}`;
  return new RingwayError('cli.unreachable', message, options);
}

function refusal(request: AdminRequest, status: number, text: string): RingwayError {
  const answer = safeJson(text) as { error?: unknown; message?: unknown } | undefined;
  const code = typeof answer?.error === 'string' ? answer.error : `http.${status}`;
  const said = typeof answer?.message === 'string' ? `: ${answer.message}` : '';
  const hint = status === 401 ? '; --admin-token or RINGWAY_ADMIN_TOKEN is wanted' : '';
  const what = `${request.method} ${request.path} was answered ${status}${said}${hint}`;
  return new RingwayError(code, what, { retryable: status >= 500 });
}

function parsed(text: string, admin: string): unknown {
  const value = safeJson(text);
  if (value !== undefined) return value;
  const message = `${admin} answers, but not with JSON: is it a Ringway admin port?`;
  throw new RingwayError('cli.unreachable', message);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
