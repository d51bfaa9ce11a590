/**
 * A worker's own HTTP port: whether it lives, whether it is ready, its metrics and its status.
 * Nothing can be changed here: that is asked of a gateway. Loopback by default; on any other
 * address metrics and status want a token, as a gateway's admin port does.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  answerJson,
  answerReadiness,
  answerText,
  guard,
  guardedRequestOf,
  guardRefusals,
  messageOf,
  type Readiness,
  RingwayError,
} from '../base/index.ts';
import type { WorkerStatus } from './status.ts';

export interface HealthOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** undefined = none wanted; then only loopback names are answered. */
  readonly token: string | undefined;
  readonly worker: {
    readonly readiness: Readiness;
    status(): WorkerStatus;
    metrics(): Promise<string>;
  };
}

export interface HealthServer {
  /**
   * Resolves with its `http://host:port`.
   * @throws RingwayError `worker.address_in_use`, `worker.listen_failed`
   */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Whoever does not send a request soon, or a large one, is cut off. */
const serverLimits = {
  maxHeaderSize: 8192,
  headersTimeout: 2000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 500,
};
const connectionsMax = 64;
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

export function createHealthServer(options: HealthOptions): HealthServer {
  const server = createServer(serverLimits, (request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { error: 'worker.failed', message: messageOf(error) });
    });
  });
  server.maxConnections = connectionsMax;
  return {
    listen: () => listen(server, options),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  { token, worker }: HealthOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  const refusal = guard(guardedRequestOf(request, path), token);
  if (refusal !== undefined) {
    const { status, headers = {} }: { status: number; headers?: Record<string, string> } =
      guardRefusals[refusal];
    return answerJson(response, status, { error: refusal }, headers);
  }
  if (request.method !== 'GET') {
    return answerJson(response, 405, { error: 'http.method' }, { Allow: 'GET' });
  }
  switch (path) {
    case '/healthz':
      return answerText(response, 200, 'ok\n', { 'Content-Type': 'text/plain' });
    case '/readyz':
      return answerReadiness(response, worker.readiness);
    case '/metrics':
      return answerText(response, 200, await worker.metrics(), { 'Content-Type': metricsType });
    case '/v1/status':
      return answerJson(response, 200, worker.status());
    default:
      return answerJson(response, 404, { error: 'admin.not_found' });
  }
}

function listen(server: Server, { host, port }: HealthOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const code = isTaken ? 'worker.address_in_use' : 'worker.listen_failed';
      reject(new RingwayError(code, `admin port: ${messageOf(error)}`, { cause: error }));
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}
