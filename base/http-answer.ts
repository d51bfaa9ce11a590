/** The plain answers of an admin port: JSON or text, never cached, never guessed at by a browser. */
import type { ServerResponse } from 'node:http';
import { isServing, type Readiness } from './readiness.ts';

type Headers = Readonly<Record<string, string>>;

export const answerHeaders = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  const text = `${JSON.stringify(value)}\n`;
  answerText(response, status, text, { ...headers, 'Content-Type': 'application/json' });
}

/** `headers` has the content type. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Headers,
): void {
  response.writeHead(status, { ...answerHeaders, ...headers });
  response.end(text);
}

/** 200 while it serves, degraded or not; 503 before and after. */
export function answerReadiness(response: ServerResponse, readiness: Readiness): void {
  if (isServing(readiness)) answerJson(response, 200, readiness);
  else answerJson(response, 503, readiness, { 'Retry-After': '1' });
}
