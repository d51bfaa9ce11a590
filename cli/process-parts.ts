/**
 * What a gateway or worker process is built on: the machine's clock, chance and name, and the
 * ways to ZooKeeper and RabbitMQ. Tests put in-memory ones in their place.
 */
import { hostname } from 'node:os';
import { type Clock, type Logger, type Random, systemClock, systemRandom } from '../base/index.ts';
import { type Coordinator, createZooKeeper } from '../cluster/index.ts';
import { type Bus, createRabbitBus } from '../events/index.ts';

interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface CoordinatorWish extends Surroundings {
  readonly servers: string;
  readonly secret: string;
  readonly sessionTimeoutMs: number;
  /** undefined = the default. */
  readonly callDeadlineMs?: number | undefined;
}

export interface BusWish extends Surroundings {
  readonly urls: readonly string[];
  readonly partitions: number;
  readonly queueType: 'quorum' | 'classic';
}

/** `ready` rejects when RabbitMQ refuses this process before it was ever let in. */
export type ProcessBus = Bus & { ready(): Promise<void> };

export interface ProcessParts {
  readonly clock: Clock;
  readonly random: Random;
  hostName(): string;
  /** @throws ConfigError */
  createCoordinator(wish: CoordinatorWish): Coordinator;
  /** @throws ConfigError */
  createBus(wish: BusWish): ProcessBus;
}

export const processParts: ProcessParts = {
  clock: systemClock,
  random: systemRandom,
  hostName: hostname,
  createCoordinator: createZooKeeper,
  createBus: createRabbitBus,
};
