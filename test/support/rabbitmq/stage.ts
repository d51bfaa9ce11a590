/** The bus on a real broker, in a virtual host of its own, through a proxy that can fail. */

import { readEvent } from '../../../events/amqp-message.ts';
import {
  type Bus,
  type Consumer,
  type ConsumerListener,
  createRabbitBus,
  type DeadLetter,
  type RabbitBus,
  type RabbitOptions,
} from '../../../events/index.ts';
import type { BusStage } from '../bus-stage.ts';
import { eventually } from '../eventually.ts';
import type { RabbitHost } from '../servers/index.ts';
import { type LogLine, recordingLogger } from './log.ts';
import { type BrokerProxy, startBrokerProxy } from './proxy.ts';
import { openSide, type Side, settledBroker, type Taken } from './side.ts';

export interface RabbitStage extends BusStage {
  readonly bus: RabbitBus;
  readonly proxy: BrokerProxy;
  readonly side: Side;
  /** Opens the side connection again, after the broker has closed it. */
  renewSide(): Promise<void>;
  /** Of the virtual host, without the proxy. */
  readonly url: string;
  readonly log: readonly LogLine[];
  /** Another process on the same broker, not through the proxy; closed with the stage. */
  another(options?: Partial<RabbitOptions>): Promise<RabbitBus>;
}

export const fast = { backOffMinMs: 5, backOffMaxMs: 50, closeTimeoutMs: 1000 } as const;

export async function rabbitStage(
  rabbit: RabbitHost,
  options: Partial<RabbitOptions> = {},
): Promise<RabbitStage> {
  const url = await rabbit.createVhost();
  const proxy = await startBrokerProxy(url);
  let side = await openSide(url);
  const { logger, lines } = recordingLogger();
  const partitions = 4;
  const eventBytesMax = 20_000;
  const buses: RabbitBus[] = [];
  const open = async (more: Partial<RabbitOptions>): Promise<RabbitBus> => {
    const bus = createRabbitBus({
      ...{ urls: [url], partitions, eventBytesMax, logger },
      ...fast,
      ...more,
    });
    buses.push(bus);
    await bus.ready();
    return bus;
  };
  const bus = await open({ ...options, urls: [proxy.url] });
  let hasFeed = false;
  const subscribeOut = bus.subscribeOut.bind(bus);
  bus.subscribeOut = (listener) => {
    hasFeed = true;
    return subscribeOut(listener);
  };
  return {
    bus,
    proxy,
    get side() {
      return side;
    },
    async renewSide() {
      side = await openSide(url);
    },
    url,
    eventBytesMax,
    log: lines,
    another: (more = {}) => open({ ...options, ...more }),
    breakChannels: () => proxy.dropAll(),
    setOutage: (isOn) => (isOn ? proxy.cut() : proxy.heal()),
    async deadLetters() {
      return (await side.drain('ringway.dead')).map((taken) => letterOf(taken, partitions));
    },
    async idle() {
      if (hasFeed) await feedBound(side);
      await settledBroker(side);
    },
    async close() {
      await Promise.all(buses.map((one) => one.close()));
      await side.close();
      await proxy.close();
      await rabbit.deleteVhost(url);
    },
  };
}

/** Consumes for ever, as a gateway does: renews what the broker closed. Returns the way to stop. */
export function keepConsuming(
  bus: Bus,
  partition: number,
  prefetch: number,
  reader: ConsumerListener,
): () => Promise<void> {
  let consumer: Consumer | undefined;
  const renew = (): void => {
    consumer = bus.consume(partition, prefetch, {
      onDelivery: (delivery) => reader.onDelivery(delivery),
      onClosed: () => {
        reader.onClosed();
        renew();
      },
    });
  };
  renew();
  return async () => consumer?.close();
}

/** A message that no subscriber takes for one, until somebody's queue takes it. */
async function feedBound(side: Side): Promise<void> {
  let returned = 0;
  const count = (): void => {
    returned += 1;
  };
  side.confirmed.on('return', count);
  await eventually('a queue at ringway.out', async () => {
    const before = returned;
    await side.publish({ exchange: 'ringway.out', routingKey: 'probe', body: '' });
    return returned === before;
  });
  side.confirmed.off('return', count);
}

function letterOf({ routingKey, body, properties }: Taken, partitions: number): DeadLetter {
  const { contentType, messageId, type, headers = {} } = properties;
  const read = readEvent(
    { routingKey, body, contentType, messageId, type, headers, redelivered: false, tag: 0 },
    { partition: Number(routingKey), partitions, eventBytesMax: Number.MAX_SAFE_INTEGER },
  );
  if ('poison' in read) throw new Error(`not an event: ${read.poison}`);
  return { event: read.event, reason: String(headers.reason) };
}
