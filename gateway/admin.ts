/**
 * The admin port: health, metrics, where things are, publishing by HTTP, draining workers, and
 * the live page. Loopback by default; `base/admin-guard.ts` says who may ask.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import {
  answerJson,
  answerReadiness,
  answerText,
  type Clock,
  explanationOf,
  guard,
  guardedRequestOf,
  type Logger,
  memberIdOf,
  messageOf,
  type Random,
  type Readiness,
  RingwayError,
} from '../base/index.ts';
import type { View } from '../cluster/index.ts';
import type { Bus } from '../events/index.ts';
import type { Placement } from '../ring/index.ts';
import { answerFile, answerProblem, BodyProblem, readJson } from './admin-answer.ts';
import { publishPosted } from './admin-publish.ts';
import { AdminStreams } from './admin-stream.ts';
import type { WorkerHooks } from './gateway.ts';
import { answerBrokenRequests, boundPort } from './http-front.ts';
import { mergeMetrics } from './metrics-text.ts';
import type { GatewayOptions } from './options.ts';
import { type RefusalCode, refusals } from './refusals.ts';
import { placementOf, ringReport, whereReport } from './ring-report.ts';
import type { StaticFiles } from './static-files.ts';
import { splitTarget } from './upgrade-check.ts';

/** What the admin port asks of the gateway around it. */
export interface AdminCluster {
  readonly view: View | undefined;
  readonly readiness: Readiness;
  drainWorker(id: string): 'worker.unknown' | 'worker.failed' | undefined;
}

export interface AdminParts {
  readonly options: GatewayOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly bus: Bus;
  readonly cluster: AdminCluster;
  readonly files: StaticFiles;
  readonly workers: WorkerHooks | undefined;
  readonly numbers: () => unknown;
}

const requestTimeoutMs = 10_000;
/** Looser than worker ids are: a mistyped one is an unknown worker, not an unknown path. */
const workerPath = /^\/v1\/workers\/([\w.%-]{1,200})\/(drain|kill)$/;

export class AdminServer {
  readonly #parts: AdminParts;
  readonly #server: Server;
  readonly #streams: AdminStreams;
  #publicUrl = '';
  #placed: { readonly ring: View['ring']; readonly placement: Placement | undefined } | undefined;

  constructor(parts: AdminParts) {
    this.#parts = parts;
    this.#streams = new AdminStreams(parts.clock, parts.options.adminStreamsMax, {
      ringVersion: () => this.#ringVersion(),
      ring: () => this.#ring(),
      numbers: parts.numbers,
    });
    const limits = {
      maxHeaderSize: parts.options.headerBytesMax,
      headersTimeout: parts.options.headerTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 500,
    };
    this.#server = createServer(limits, (request, response) => {
      this.#serve(request, response).catch((error: unknown) => this.#failed(response, error));
    });
    answerBrokenRequests(this.#server, parts.clock, () => undefined);
  }

  /** Resolves with the bound port. */
  listen(): Promise<number> {
    const { adminHost: host, adminPort: port } = this.#parts.options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve(boundPort(this.#server));
      });
    });
  }

  /** The clients' address, for the live page. */
  show(publicUrl: string): void {
    this.#publicUrl = publicUrl;
  }

  close(): Promise<void> {
    this.#streams.close();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = '' } = request;
    const { path, query } = splitTarget(request.url ?? '');
    const refusal = guard(guardedRequestOf(request, path), this.#parts.options.adminToken);
    if (refusal !== undefined) {
      const message = explanationOf(refusal, headers['content-type']);
      return answerProblem(response, refusal, message);
    }
    if (method === 'GET') return this.#get(path, new URLSearchParams(query), response);
    if (method === 'POST') return this.#post(path, request, response);
    return answerProblem(response, 'admin.method');
  }

  async #get(path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/healthz':
        return answerText(response, 200, 'ok\n', { 'Content-Type': 'text/plain' });
      case '/readyz':
        return answerReadiness(response, this.#parts.cluster.readiness);
      case '/metrics': {
        const { contentType } = this.#parts.registry;
        const text = await this.#metrics();
        return answerText(response, 200, text, { 'Content-Type': contentType });
      }
      case '/v1/ring': {
        const ring = this.#ring();
        if (ring === undefined) return answerProblem(response, 'gateway.unavailable');
        return answerJson(response, 200, ring);
      }
      case '/v1/where':
        return this.#where(query, response);
      case '/v1/stream':
        if (!this.#streams.add(response)) answerProblem(response, 'admin.streams');
        return;
    }
    const file = this.#parts.files.get(path);
    if (file === undefined) return answerProblem(response, 'admin.not_found');
    return answerFile(response, file, this.#publicUrl);
  }

  /** This gateway's, and where it has them, the workers' own. */
  async #metrics(): Promise<string> {
    const { registry, workers } = this.#parts;
    const own = await registry.metrics();
    const texts = await workers?.metrics?.();
    return texts === undefined ? own : `${own}${mergeMetrics(texts, 'worker')}`;
  }

  async #post(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { workers, cluster } = this.#parts;
    if (path === '/v1/events') return this.#publish(request, response);
    if (path === '/v1/workers' && workers !== undefined) {
      return answerJson(response, 201, { id: await workers.add() });
    }
    const [, id = '', action] = workerPath.exec(path) ?? [];
    if (action === 'drain') {
      const problem = cluster.drainWorker(id);
      if (problem === undefined) return answerJson(response, 202, { id });
      const live = [...(cluster.view?.live.keys() ?? [])].map(memberIdOf).join(', ') || 'none';
      return answerProblem(response, problem, `worker ${id}; live: ${live}`);
    }
    if (action === 'kill' && workers !== undefined) {
      await workers.kill(id);
      return answerJson(response, 202, { id });
    }
    return answerProblem(response, 'admin.not_found');
  }

  #where(query: URLSearchParams, response: ServerResponse): void {
    const key = query.get('key');
    const { view } = this.#parts.cluster;
    if (key === null || key === '') return answerProblem(response, 'admin.query');
    if (view === undefined) return answerProblem(response, 'gateway.unavailable');
    return answerJson(response, 200, whereReport(view, this.#placement(view), key));
  }

  /** 202 only once the bus has stored every one of them. */
  async #publish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const json = await readJson(request, this.#parts.options.adminBodyBytesMax);
    const ids = await publishPosted(json, this.#parts);
    return answerJson(response, 202, { ids });
  }

  #failed(response: ServerResponse, error: unknown): void {
    if (response.headersSent) return void response.destroy();
    if (error instanceof BodyProblem) return answerProblem(response, error.code);
    if (error instanceof RingwayError) {
      return answerProblem(response, codeOf(error), error.message);
    }
    this.#parts.logger.error('admin.failed', { reason: messageOf(error) });
    return answerProblem(response, 'gateway.unavailable');
  }

  #ringVersion(): string {
    const { view } = this.#parts.cluster;
    if (view === undefined) return '';
    return [view.tableVersion, ...view.live.keys(), '', ...view.ring.keys()].join(' ');
  }

  #ring(): object | undefined {
    const { cluster, workers } = this.#parts;
    if (cluster.view === undefined) return undefined;
    return {
      ...ringReport(cluster.view, this.#placement(cluster.view)),
      publicAddress: this.#publicUrl,
      canChangeWorkers: workers !== undefined,
    };
  }

  /** A placement takes milliseconds: made anew only for another view. */
  #placement(view: View): Placement | undefined {
    if (this.#placed?.ring !== view.ring) {
      this.#placed = { ring: view.ring, placement: placementOf(view) };
    }
    return this.#placed.placement;
  }
}

/** Errors of other parts under their own code where the table of answers has it. */
function codeOf({ code }: RingwayError): RefusalCode {
  if (Object.hasOwn(refusals, code)) return code as RefusalCode;
  if (code.startsWith('event.')) return 'event.invalid';
  return code.startsWith('worker.') ? 'worker.failed' : 'bus.unavailable';
}
