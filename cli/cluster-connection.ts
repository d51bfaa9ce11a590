/** A process's ways to ZooKeeper and RabbitMQ, opened together, closed together. */
import type { Logger } from '../base/index.ts';
import type { Coordinator } from '../cluster/index.ts';
import { brokersOf, type ClusterValues } from './cluster-options.ts';
import type { ProcessBus, ProcessParts } from './process-parts.ts';

export interface ClusterConnection {
  readonly coordinator: Coordinator;
  readonly bus: ProcessBus;
  /** Never resolves; rejects when RabbitMQ refuses this process from the start. */
  readonly refused: Promise<never>;
  /** Resolves within `closeDeadlineMs`, whatever the servers do. */
  close(): Promise<void>;
}

/** Of the whole good-bye: a server that does not answer will notice by itself. */
const closeDeadlineMs = 5000;

/** What a process is told of its surroundings; workers may set how long ZooKeeper's calls take. */
export type ConnectionValues = ClusterValues & { readonly callDeadlineMs?: number | undefined };

/** @throws ConfigError */
export function connectCluster(
  values: ConnectionValues,
  parts: ProcessParts,
  logger: Logger,
): ClusterConnection {
  const { clock, random } = parts;
  const { secret, sessionTimeoutMs, callDeadlineMs, partitions, queueType } = values;
  const around = { clock, random, logger };
  const coordinator = parts.createCoordinator({
    ...around,
    ...{ servers: values.zookeeper, secret, sessionTimeoutMs, callDeadlineMs },
  });
  const urls = brokersOf(values);
  const bus = parts.createBus({ ...around, urls, partitions, queueType });
  const refused = new Promise<never>((_, reject) => {
    bus.ready().catch(reject);
  });
  // Whoever waits for it may have come and gone.
  refused.catch(() => undefined);
  return {
    coordinator,
    bus,
    refused,
    close() {
      const closed = Promise.allSettled([coordinator.close(), bus.close()]);
      return new Promise((resolve) => {
        const cancel = clock.after(closeDeadlineMs, () => {
          logger.warn('process.close_timed_out', { closeDeadlineMs });
          resolve();
        });
        void closed.then(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}
