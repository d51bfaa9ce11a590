/** What RabbitMQ itself says about the event queues: who consumes, and how much waits. */
import { connect } from 'amqplib';
import { createRing, hashKey } from '../../../ring/index.ts';

export interface QueueCount {
  readonly consumers: number;
  /** Not delivered to anybody yet. */
  readonly waiting: number;
}

/** By partition. */
export async function queueCounts(url: string, partitions = 16): Promise<readonly QueueCount[]> {
  const model = await connect(url);
  model.on('error', () => undefined);
  try {
    const channel = await model.createChannel();
    const counts: QueueCount[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      const queue = await channel.checkQueue(`ringway.events.${partition}`);
      counts.push({ consumers: queue.consumerCount, waiting: queue.messageCount });
    }
    return counts;
  } finally {
    await model.close();
  }
}

/** The partitions that `id` should consume while these gateways live. */
export function partitionsOf(id: string, gateways: readonly string[], partitions = 16): number[] {
  const ring = createRing(gateways.map((gateway) => ({ id: gateway, weight: 1 })));
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return all.filter((partition) => ring.ownerAt(hashKey(`partition:${partition}`)) === id);
}
