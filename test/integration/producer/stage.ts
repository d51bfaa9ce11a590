/**
 * A virtual host of its own with producers on it, and a reader that takes everything out of the event
 * queues through the bus: what it got, repeats dropped as an owner drops them.
 */
import { createRabbitBus, type RabbitBus } from '../../../events/index.ts';
import type { ProducerError } from '../../../producer/errors.ts';
import { createProducer, type Producer, type PublishRequest } from '../../../producer/index.ts';
import type { ProducerOptions } from '../../../producer/options.ts';
import { eventually } from '../../support/eventually.ts';
import { type BrokerProxy, startBrokerProxy } from '../../support/rabbitmq/proxy.ts';

export const partitions = 4;

export interface Reader {
  /** Ids by key, in the order of arrival, each once. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** Deliveries of events that had been delivered as another message before. */
  readonly repeats: number;
  /** Resolves when these have come. */
  has(...ids: readonly string[]): Promise<void>;
}

export interface Stage {
  /** Of the virtual host; the proxy is in front of it. */
  readonly url: string;
  readonly proxy: BrokerProxy;
  /** On the proxy, fast in reconnecting. */
  producer(options?: Partial<ProducerOptions>): Producer;
  /** The cluster's side, which makes exchange and queues. */
  bus(): Promise<RabbitBus>;
  reader(): Promise<Reader>;
  close(): Promise<void>;
}

export async function openStage(url: string): Promise<Stage> {
  const proxy = await startBrokerProxy(url);
  const ends: (() => Promise<void>)[] = [];
  const bus = async (): Promise<RabbitBus> => {
    const made = createRabbitBus({ urls: [url], partitions, ...fast });
    ends.push(() => made.close());
    await made.ready();
    return made;
  };
  return {
    url,
    proxy,
    bus,
    producer(options = {}) {
      const limits = { closeTimeoutMs: 1000, connectTimeoutMs: 1000, ...fast };
      const made = createProducer({
        url: proxy.url,
        partitions,
        source: '/shop',
        ...limits,
        ...options,
      });
      ends.push(() => made.close());
      return made;
    },
    reader: async () => readerOf(await bus()),
    async close() {
      proxy.heal();
      await Promise.all(ends.map((end) => end()));
      await proxy.close();
    },
  };
}

const fast = { backOffMinMs: 5, backOffMaxMs: 100 } as const;

function readerOf(bus: RabbitBus): Reader {
  const ids = new Map<string, string[]>();
  let repeats = 0;
  const consume = (partition: number): void => {
    bus.consume(partition, 100, {
      onClosed: () => consume(partition),
      onDelivery({ event: { key, id }, redelivered, ack }) {
        const known = ids.get(key) ?? [];
        if (!known.includes(id)) ids.set(key, [...known, id]);
        else if (!redelivered) repeats += 1;
        ack();
      },
    });
  };
  for (let partition = 0; partition < partitions; partition += 1) consume(partition);
  return {
    ids,
    get repeats() {
      return repeats;
    },
    async has(...wanted) {
      const isThere = (id: string): boolean =>
        [...ids.values()].some((known) => known.includes(id));
      await eventually('all events have come', () => wanted.every(isThere), 20_000);
    },
  };
}

export interface Publication {
  readonly user: string;
  readonly id: string;
}

/** `count` events for each of `users`, numbered, interleaved. */
export function publications(users: readonly string[], count: number): readonly Publication[] {
  return Array.from({ length: count }, (_, n) =>
    users.map((user) => ({ user, id: `${user}-${n}` })),
  ).flat();
}

export function eventOf({ user, id }: Publication): PublishRequest {
  return { user, id, type: 'note', data: { id } };
}

/** The ids of a user as they must arrive. */
export function inOrder(all: readonly Publication[], user: string): readonly string[] {
  return all.filter((one) => one.user === user).map(({ id }) => id);
}

/** The rejection, or the id. */
export async function answerTo(
  published: Promise<{ id: string }>,
): Promise<string | ProducerError> {
  return await published.then(
    ({ id }) => id,
    (error: ProducerError) => error,
  );
}
