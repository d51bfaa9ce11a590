/**
 * A whole cluster in one process: stand-ins for ZooKeeper and RabbitMQ in memory, and real
 * gateways and workers, each with its own coordinator session and real TCP links on loopback
 * under a random secret. What `ringway up` and the end-to-end tests run.
 */
import {
  type Clock,
  type Logger,
  type Random,
  RingwayError,
  silentLogger,
  systemClock,
  systemRandom,
} from '../base/index.ts';
import { createMemoryZooKeeper, type MemoryZooKeeper } from '../cluster/index.ts';
import { createMemoryBus, type MemoryBus } from '../events/index.ts';
import type { GatewayAddresses, GatewayOptions } from '../gateway/index.ts';
import { createRing, placement } from '../ring/index.ts';
import type { Application, Limits } from '../worker/index.ts';
import { EmbeddedGateways } from './embedded-gateways.ts';
import { EmbeddedWorkers, type Surroundings } from './embedded-workers.ts';

export interface EmbeddedOptions {
  /** Default 3. */
  readonly workers?: number;
  /** Default 1. The first takes the ports given in `gateway`, the others free ones. */
  readonly gateways?: number;
  readonly application: Application;
  /** Those given; the others at their defaults, and ports at 0 = any free one. */
  readonly gateway?: Partial<GatewayOptions>;
  readonly limits?: Partial<Limits>;
  /** Event partitions. Default 16. */
  readonly partitions?: number;
  /** Folder of the live page; undefined = none. */
  readonly consoleFolder?: string;
  readonly build?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

export interface EmbeddedCluster {
  /** For tests: the coordinator's faults and the bus's. */
  readonly zooKeeper: MemoryZooKeeper;
  readonly bus: MemoryBus;
  readonly workers: EmbeddedWorkers;
  /** In the order of their start. */
  readonly gateways: readonly GatewayAddresses[];
  /** Resolves with the new worker's id once it is in the ring; slots move to it afterwards. */
  addWorker(): Promise<string>;
  /** Like `kill -9`: sockets destroyed, nothing said, its memory gone. */
  killWorker(id: string): Promise<void>;
  /** Resolves when its slots are elsewhere and it is gone. */
  drainWorker(id: string): Promise<void>;
  addGateway(): Promise<GatewayAddresses>;
  /** Tells the gateway's clients to come back elsewhere, then ends it. */
  drainGateway(id: string): Promise<void>;
  /** Resolves when every slot has an owner and, with two workers, every used one a copy. */
  settled(deadlineMs: number): Promise<void>;
  /** Ends everything, gateways first. Safe to call twice. */
  close(): Promise<void>;
}

const defaults = { workers: 3, gateways: 1, partitions: 16 };
const settledPollMs = 20;

/** @throws ConfigError; RingwayError `gateway.address_in_use`; nothing is left running then. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedCluster> {
  const cluster = new Embedded(options);
  try {
    await cluster.start();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

class Embedded implements EmbeddedCluster {
  readonly zooKeeper: MemoryZooKeeper;
  readonly bus: MemoryBus;
  readonly workers: EmbeddedWorkers;
  readonly #gateways: EmbeddedGateways;
  readonly #options: EmbeddedOptions;
  readonly #clock: Clock;
  #closing: Promise<void> | undefined;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const random = options.random ?? systemRandom;
    this.zooKeeper = createMemoryZooKeeper({
      clock: this.#clock,
      ...(options.limits?.sessionTimeoutMs && {
        sessionTimeoutMs: options.limits.sessionTimeoutMs,
      }),
    });
    this.bus = createMemoryBus({ partitions: options.partitions ?? defaults.partitions });
    const around: Surroundings = {
      zooKeeper: this.zooKeeper,
      bus: this.bus,
      secret: random.hex(32),
      build: options.build ?? '',
      clock: this.#clock,
      random,
      logger: options.logger ?? silentLogger,
    };
    this.workers = new EmbeddedWorkers(options.application, options.limits ?? {}, around);
    this.#gateways = new EmbeddedGateways(options, this.workers, around);
  }

  async start(): Promise<void> {
    const { workers = defaults.workers, gateways = defaults.gateways } = this.#options;
    // Gateways first: a port that is taken is the likeliest mistake, and the cheapest to undo.
    for (let n = 0; n < gateways; n += 1) await this.#gateways.add();
    await Promise.all(Array.from({ length: workers }, () => this.workers.add()));
  }

  get gateways(): readonly GatewayAddresses[] {
    return this.#gateways.addresses;
  }

  addWorker(): Promise<string> {
    return this.workers.add();
  }

  killWorker(id: string): Promise<void> {
    return this.workers.kill(id);
  }

  drainWorker(id: string): Promise<void> {
    return this.workers.drain(id);
  }

  addGateway(): Promise<GatewayAddresses> {
    return this.#gateways.add();
  }

  drainGateway(id: string): Promise<void> {
    return this.#gateways.drain(id);
  }

  async settled(deadlineMs: number): Promise<void> {
    const endMs = this.#clock.nowMs() + deadlineMs;
    while (!this.#isSettled()) {
      if (this.#clock.nowMs() > endMs) {
        const message = `not every slot has an owner, and a copy if it is used, after ${deadlineMs} ms`;
        throw new RingwayError('embedded.unsettled', message, { retryable: true });
      }
      await new Promise<void>((resolve) => this.#clock.after(settledPollMs, resolve));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Each worker owns exactly what the ring says, and nothing is on its way. */
  #isSettled(): boolean {
    const statuses = this.workers.ids.map((id) => this.workers.get(id).status());
    const members = statuses
      .filter(({ isInRing }) => isInRing)
      .map(({ id }) => ({ id, weight: 1 }));
    if (members.length === 0) return statuses.length === 0;
    const { counts } = placement(createRing(members));
    return statuses.every(
      ({ id, isInRing, slots }) =>
        slots.sealed === 0 && slots.owner === (isInRing ? counts.get(id) : 0),
    );
  }

  async #close(): Promise<void> {
    await this.#gateways.drainAll();
    await this.workers.closeAll();
    await this.bus.close();
    this.zooKeeper.close();
  }
}
