/**
 * The HTTP server under the client port. It serves nothing but upgrades, and spends little time
 * on whoever does not send one: head limits, a deadline for a complete head, fixed answers.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { assert, type Clock } from '../base/index.ts';
import { upgradeRequestOf } from './admission.ts';
import type { GatewayOptions } from './options.ts';
import { answerRefusal, ignoreErrors } from './raw-answer.ts';
import { type RefusalCode, refusalBody, refusalHead } from './refusals.ts';
import type { Upgrade } from './sockets.ts';
import { checkPlain } from './upgrade-check.ts';

export interface FrontListener {
  onUpgrade(upgrade: Upgrade): void;
  onRefused(code: RefusalCode): void;
}

/** A server that is not listening yet. */
export function createFront(
  options: GatewayOptions,
  clock: Clock,
  listener: FrontListener,
): Server {
  const server = createServer({
    maxHeaderSize: options.headerBytesMax,
    headersTimeout: options.headerTimeoutMs,
    requestTimeout: options.headerTimeoutMs,
    // Node looks for late requests this often: the deadline is kept to within 500 ms.
    connectionsCheckingInterval: 500,
    keepAliveTimeout: 1_000,
    // We answer a missing Host ourselves, like everything else.
    requireHostHeader: false,
  });
  // One more than allowed, so that the excess is seen; Node silently cuts the rest.
  server.maxHeadersCount = options.headersMax + 1;
  // Sockets that never send a request have no place yet: bound them here.
  server.maxConnections = options.connectionsMax + 1_024;
  server.on('upgrade', (request, socket, head) => listener.onUpgrade({ request, socket, head }));
  server.on('request', (request, response) => {
    const code = plainRefusal(request, options);
    listener.onRefused(code);
    answerPlain(response, code);
  });
  server.on('connect', (_request, socket) => {
    ignoreErrors(socket);
    listener.onRefused('http.method');
    answerRefusal(socket, 'http.method', clock);
  });
  server.on('checkContinue', (_request, response) => answerPlain(response, 'http.body'));
  server.on('checkExpectation', (_request, response) => answerPlain(response, 'http.body'));
  answerBrokenRequests(server, clock, listener.onRefused);
  return server;
}

/** What the HTTP parser or its clock refuses gets a fixed answer too, instead of Node's own. */
export function answerBrokenRequests(
  server: Server,
  clock: Clock,
  onRefused: (code: RefusalCode) => void,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    ignoreErrors(socket);
    const code = clientErrorCode(error);
    if (code === undefined) return socket.destroy();
    onRefused(code);
    answerRefusal(socket, code, clock);
  });
}

/** The port of a listening server. */
export function boundPort(server: Server): number {
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'the server listens on TCP');
  return address.port;
}

function plainRefusal(request: IncomingMessage, options: GatewayOptions): RefusalCode {
  return checkPlain(upgradeRequestOf(request), {
    path: options.path,
    allowedOrigins: options.allowedOrigins,
    headersMax: options.headersMax,
  });
}

function answerPlain(response: ServerResponse, code: RefusalCode): void {
  const { status, headers } = refusalHead(code);
  response.writeHead(status, headers);
  response.end(refusalBody(code));
}

/** What the parser's complaint is called here; undefined = the peer is gone, say nothing. */
function clientErrorCode({ code }: NodeJS.ErrnoException): RefusalCode | undefined {
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined;
  if (code === 'HPE_HEADER_OVERFLOW') return 'http.header_bytes';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'http.timeout';
  return 'http.malformed';
}
