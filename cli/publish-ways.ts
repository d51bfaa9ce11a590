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
      const request = { method: 'POST', path: '/v1/events', body: { contentType, value } } as const;
      await askAdmin(values, request).catch((error: unknown) => {
        throw withDoubt(error, id);
      });
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

/** An id that was made up here is known to nobody, unless it is told when the outcome is not. */
function withDoubt(error: unknown, id: string): unknown {
  if (!(error instanceof RingwayError)) return error;
  const isTimeout = error.cause instanceof Error && error.cause.name === 'TimeoutError';
  if (error.code !== 'bus.unavailable' && !isTimeout) return error;
  const message = `${error.message}; event ${id} may be stored: publish it again under the same id`;
  return new RingwayError(error.code, message, { retryable: true, cause: error });
}

function translated(error: unknown): unknown {
  if (!(error instanceof ProducerError)) return error;
  const said = byFlag(error.message);
  if (error.code === 'producer.unavailable') {
    const message = `${said}. --rabbitmq or RINGWAY_RABBITMQ names the broker.`;
    return new RingwayError('cli.unreachable', message, { retryable: true, cause: error });
  }
  const { mayBeStored } = error;
  const message = mayBeStored
    ? `${said}; it may be stored: publish it again under the same id`
    : said;
  return new ProducerError(error.code, message, { mayBeStored, cause: error });
}

/** The producer names its options; whoever types a command has flags. */
function byFlag(message: string): string {
  return message
    .replace(/publishTimeoutMs/, '--timeout-ms')
    .replace(/^partitions is/, '--partitions is')
    .replace(/check url$/, 'check --rabbitmq (RINGWAY_RABBITMQ)');
}
