/**
 * A gateway: the core and its surroundings put together. Sockets, links, bus and membership
 * become inputs; one loop steps the core and runs the effects in order. Nothing here decides
 * about ownership, commit, bindings or duplicates.
 */
import { readFile } from 'node:fs/promises';
import {
  advertisedAddress,
  type Clock,
  ConfigError,
  isLoopback,
  type Logger,
  messageOf,
  type Random,
  type Readiness,
  RingwayError,
  silentLogger,
  systemClock,
  systemRandom,
} from '../base/index.ts';
import type { Coordinator } from '../cluster/index.ts';
import type { Bus } from '../events/index.ts';
import type { LinkLimits } from '../link/index.ts';
import { AdminServer } from './admin.ts';
import { Edge } from './edge.ts';
import { GatewayMetrics } from './metrics.ts';
import { optionProblems } from './option-problems.ts';
import { type GatewayOptions, gatewayDefaults } from './options.ts';
import { GatewayShell } from './shell.ts';
import { readStaticFiles } from './static-files.ts';
import { keysOfFile, keysOfSecret, keysOfUrl, type TokenKeys } from './token-keys.ts';

/** What `ringway up` lets the live page do; absent in a cluster of separate processes. */
export interface WorkerHooks {
  /** Resolves with the new worker's id. */
  add(): Promise<string>;
  /** @throws RingwayError `worker.unknown` */
  kill(id: string): Promise<void>;
  /** Prometheus texts by worker id, for `GET /metrics`; absent where another gateway shows them. */
  metrics?(): Promise<ReadonlyMap<string, string>>;
}

export interface GatewayConfig {
  /** Those given; the others at their defaults. */
  readonly options?: Partial<GatewayOptions>;
  /** This gateway's own; closed with it. */
  readonly coordinator: Coordinator;
  /** Stays open. */
  readonly bus: Bus;
  /** Shared by all processes of the cluster. */
  readonly secret: string;
  readonly linkLimits?: Partial<LinkLimits>;
  /** Of a cluster that has no config yet: nobody can hold older data (rule W4). Default false. */
  readonly isFirst?: boolean;
  readonly build?: string;
  /** Folder of the live page; undefined = none. */
  readonly consoleFolder?: string;
  readonly workers?: WorkerHooks;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Its readiness changed; the first call tells the first one. */
  onReadiness?(readiness: Readiness): void;
  /** The gateway cannot go on and has closed itself; the process must end, with this error. */
  onExit?(error: RingwayError): void;
}

export interface GatewayAddresses {
  readonly id: string;
  /** `ws://host:port/path` */
  readonly publicUrl: string;
  /** `http://host:port` */
  readonly adminUrl: string;
}

export interface Gateway {
  /**
   * Resolves when both ports are open; readiness follows with the first view.
   * @throws ConfigError; RingwayError `gateway.address_in_use`, `gateway.listen_failed`
   */
  start(): Promise<GatewayAddresses>;
  /** Readiness off, no new clients, sockets closed over the drain window, then everything. */
  drain(): Promise<void>;
  /** Ends everything at once; safe to call twice. */
  close(): Promise<void>;
}

/** @throws ConfigError naming everything that is wrong with the options */
export function createGateway(config: GatewayConfig): Gateway {
  const options: GatewayOptions = { ...gatewayDefaults, ...config.options };
  const problems = optionProblems(options);
  if (problems.length > 0) throw new ConfigError(problems);
  return new RunningGateway(config, options);
}

class RunningGateway implements Gateway {
  readonly #config: GatewayConfig;
  readonly #options: GatewayOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #metrics = new GatewayMetrics();
  readonly #shell: GatewayShell;
  #admin: AdminServer | undefined;
  #edge: Edge | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: GatewayConfig, options: GatewayOptions) {
    this.#config = config;
    this.#options = options;
    this.#clock = config.clock ?? systemClock;
    this.#random = config.random ?? systemRandom;
    this.#logger = (config.logger ?? silentLogger).with({ gateway: options.id });
    this.#shell = new GatewayShell({
      ...{ options, clock: this.#clock, random: this.#random, logger: this.#logger },
      ...{ coordinator: config.coordinator, bus: config.bus, secret: config.secret },
      linkLimits: config.linkLimits ?? {},
      isFirst: config.isFirst ?? false,
      build: config.build ?? '',
      metrics: this.#metrics,
      toClients: (effect) => this.#edge?.apply(effect),
      onReadiness: (readiness) => config.onReadiness?.(readiness),
      onExit: (error) => {
        void this.close().then(() => config.onExit?.(error));
      },
    });
  }

  async start(): Promise<GatewayAddresses> {
    const { id, host, adminHost, advertiseAdmin, path } = this.#options;
    const keys = await readKeys(this.#options);
    // The admin port first: the live page's own origin has to be among those allowed to connect.
    const adminUrl = `http://${hostText(adminHost)}:${await listening(this.#startAdmin(), 'admin')}`;
    this.#edge = new Edge({
      ...{ keys, clock: this.#clock, random: this.#random, logger: this.#logger },
      options: { ...this.#options, allowedOrigins: this.#allowedOrigins(adminUrl) },
      metrics: this.#metrics,
      emit: (input) => this.#shell.drive(input),
    });
    const port = await listening(this.#edge.listen(), 'client');
    const publicUrl = `ws://${hostText(host)}:${port}${path}`;
    this.#admin?.show(publicUrl);
    this.#shell.start(advertisedAddress(adminUrl.slice('http://'.length), advertiseAdmin));
    this.#logger.info('gateway.started', { publicUrl, adminUrl });
    return { id, publicUrl, adminUrl };
  }

  async drain(): Promise<void> {
    this.#logger.info('gateway.draining', { sessions: this.#edge?.sessions ?? 0 });
    this.#shell.isDraining = true;
    await this.#edge?.drain(this.#options.drainWindowMs);
    await this.close();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #startAdmin(): Promise<number> {
    const { consoleFolder, workers, bus } = this.#config;
    const files = consoleFolder === undefined ? new Map() : await readStaticFiles(consoleFolder);
    this.#admin = new AdminServer({
      ...{ options: this.#options, clock: this.#clock, random: this.#random, files, bus, workers },
      ...{ logger: this.#logger, registry: this.#metrics.registry, cluster: this.#shell },
      numbers: () => this.#shell.numbers(this.#edge?.sessions ?? 0),
    });
    return this.#admin.listen();
  }

  /** The live page connects like any client, from the admin port's origin. */
  #allowedOrigins(adminUrl: string): readonly string[] {
    const { allowedOrigins, adminHost } = this.#options;
    if (this.#config.consoleFolder === undefined || !isLoopback(adminHost)) return allowedOrigins;
    const port = adminUrl.slice(adminUrl.lastIndexOf(':'));
    return [...allowedOrigins, adminUrl, `http://localhost${port}`, `http://127.0.0.1${port}`];
  }

  async #close(): Promise<void> {
    this.#shell.isDraining = true;
    this.#edge?.stopAccepting();
    // Partitions before sockets: what is given up now is delivered to another gateway at once.
    await this.#shell.giveUpPartitions();
    await this.#edge?.close();
    await this.#shell.close();
    await this.#admin?.close();
  }
}

async function readKeys(options: GatewayOptions): Promise<TokenKeys | undefined> {
  const { jwtSecret, jwtKeyFile, jwksUrl } = options;
  if (jwtSecret !== undefined) return keysOfSecret(jwtSecret);
  if (jwksUrl !== undefined) return keysOfUrl(jwksUrl);
  if (jwtKeyFile === undefined) return undefined;
  const text = await readFile(jwtKeyFile, 'utf8').catch((error: unknown) => {
    throw new ConfigError([`jwtKeyFile ${jwtKeyFile}: ${messageOf(error)}`]);
  });
  return keysOfFile(text, jwtKeyFile);
}

/** @throws RingwayError when the port cannot be opened */
async function listening(port: Promise<number>, which: string): Promise<number> {
  return port.catch((error: unknown) => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const code = isTaken ? 'gateway.address_in_use' : 'gateway.listen_failed';
    throw new RingwayError(code, `${which} port: ${messageOf(error)}`, { cause: error });
  });
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
