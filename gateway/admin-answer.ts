/** How the admin port answers beyond plain JSON and text: a file, a refusal; and how it reads a body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerHeaders } from '../base/index.ts';
import { type RefusalCode, refusalBody, refusalHead } from './refusals.ts';
import type { StaticFile } from './static-files.ts';

/** `message` says more where the caller is an operator or a backend, never with a stack. */
export function answerProblem(response: ServerResponse, code: RefusalCode, message?: string): void {
  const { status, headers } = refusalHead(code);
  const body =
    message === undefined ? refusalBody(code) : `${JSON.stringify({ error: code, message })}\n`;
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { ...answerHeaders, ...headers, 'Content-Length': length });
  response.end(body);
}

export function answerFile(
  response: ServerResponse,
  { type, bytes }: StaticFile,
  publicUrl: string,
): void {
  const clients = publicUrl === '' ? '' : ` ${new URL(publicUrl).origin}`;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${clients}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  response.writeHead(200, {
    ...answerHeaders,
    'Content-Type': type,
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  response.end(bytes);
}

/** Strict: a key with a replacement character in it would be another key than the one meant. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as JSON, or why not. Never holds more than `bytesMax`. */
export function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        request.pause();
        reject(new BodyProblem('admin.body_bytes'));
      } else {
        chunks.push(chunk);
      }
    });
    request.on('error', () => reject(new BodyProblem('admin.json')));
    request.on('end', () => {
      try {
        resolve(JSON.parse(utf8.decode(Buffer.concat(chunks))));
      } catch {
        reject(new BodyProblem('admin.json'));
      }
    });
  });
}

export class BodyProblem extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(code);
    this.code = code;
  }
}
