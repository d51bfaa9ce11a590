/** The two ways of an event into the cluster: a gateway's admin port, or the broker itself. */
import { ConfigError, RingwayError, systemRandom } from '../base/index.ts';
import { createProducer, type Producer, ProducerError } from '../producer/index.ts';
import { adminOptions, askAdmin } from './admin-client.ts';
import { integer, optionalText } from './option-kinds.ts';
import type { Values } from './options.ts';
import type { EventParts } from './publish-lines.ts';

export const wayOptions = {
  ...adminOptions,
  rabbitmq: optionalText({
    about: 'RabbitMQ nodes, with commas between: publish there; prefer the variable, it is secret',
    placeholder: '<amqp://…,…>',
    isSecret: true,
  }),
  partitions: integer({
    about: 'Event queues of the cluster, for --rabbitmq',
    placeholder: '<n>',
    fallback: 16,
    min: 1,
    max: 1024,
  }),
};

export interface Way {
  /** Resolves with the id once the event is stored; those of one key keep their order. */
  publish(event: EventParts): Promise<string>;
  /** How many may be under way at a time. */
  readonly inFlightMax: number;
  close(): Promise<void>;
}

/** @throws ConfigError when the addresses are none */
export function openWay(values: Values<typeof wayOptions>, inFlightMax: number): Way {
  return values.rabbitmq === undefined
    ? gatewayWay(values)
    : brokerWay(values, values.rabbitmq, inFlightMax);
}

/** One at a time: each has an HTTP request of its own, and those may overtake each other. */
function gatewayWay(values: Values<typeof wayOptions>): Way {
  return {
    inFlightMax: 1,
    async publish({ key, type, data, id = systemRandom.hex(12), source }) {
      const value = {
        specversion: '1.0',
        id,
        source,
        type,
        partitionkey: key,
        datacontenttype: 'application/json',
        data,
      };
      const contentType = 'application/cloudevents+json';
      await askAdmin(values, { method: 'POST', path: '/v1/events', body: { contentType, value } });
      return id;
    },
    close: async () => undefined,
  };
}

function brokerWay(
  { partitions, timeoutMs }: Values<typeof wayOptions>,
  rabbitmq: string,
  inFlightMax: number,
): Way {
  const producer = open(rabbitmq, { partitions, timeoutMs, inFlightMax });
  return {
    inFlightMax,
    async publish({ id = systemRandom.hex(12), ...event }) {
      try {
        return (await producer.publish({ ...event, id })).id;
      } catch (error) {
        throw translated(error);
      }
    },
    close: () => producer.close(),
  };
}

function open(
  rabbitmq: string,
  values: { partitions: number; timeoutMs: number; inFlightMax: number },
): Producer {
  const urls = rabbitmq.split(',').map((url) => url.trim());
  const { partitions, timeoutMs, inFlightMax } = values;
  const limits = { publishTimeoutMs: timeoutMs, pendingEventsMax: inFlightMax };
  try {
    return createProducer({ urls, partitions, unconfirmedMax: inFlightMax, ...limits });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems.map((problem) => `--rabbitmq: ${problem}`));
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof ProducerError)) return error;
  if (error.code === 'producer.unavailable') {
    const message = `${error.message}. --rabbitmq or RINGWAY_RABBITMQ names the broker.`;
    return new RingwayError('cli.unreachable', message, { retryable: true, cause: error });
  }
  if (!error.mayBeStored) return error;
  const message = `${error.message}; it may be stored: publish it again under the same id`;
  return new ProducerError(error.code, message, { mayBeStored: true, cause: error });
}
