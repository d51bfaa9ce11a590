/** A producer on a connection to RabbitMQ. */
import { createAmqpPublisher } from '../events/index.ts';
import { type ProducerOptions, parseProducerOptions } from './options.ts';
import { AmqpProducer, type Producer } from './producer.ts';
import { checkTopology } from './topology.ts';

/**
 * A producer of events. It connects at once, in the background, and keeps the connection up by
 * itself: make one for each process and keep it. It keeps the process alive until `close`.
 *
 * ```ts
 * const producer = createProducer({ url: 'amqp://shop:…@rabbitmq', source: '/shop' });
 * await producer.publish({ user: 'alice', type: 'order.paid', id: 'order-17-paid', data: { order: 17 } });
 * await producer.close();
 * ```
 * @throws ConfigError (`config.invalid`) with everything that is wrong in the options
 */
export function createProducer(options: ProducerOptions): Producer {
  const settings = parseProducerOptions(options);
  const { urls, partitions, clock, random, logger, unconfirmedMax, publishTimeoutMs } = settings;
  const connection = createAmqpPublisher({
    ...settings.connection,
    urls,
    urlsOption: 'url',
    name: 'producer',
    clock,
    random,
    logger,
    confirmWindowMax: unconfirmedMax,
    confirmTimeoutMs: publishTimeoutMs,
    prepare: (_, channels) => checkTopology(channels, { partitions, clock, settleMs: 1000 }),
  });
  return new AmqpProducer(connection, settings);
}
