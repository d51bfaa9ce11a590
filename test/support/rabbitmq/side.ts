/** A connection of the test's own to the same virtual host: looks, deletes, publishes by hand. */
import { type Channel, type ConfirmChannel, connect } from 'amqplib';
import { eventually } from '../eventually.ts';

export interface Side {
  /** Declares and deletes; a refusal by the broker ends it. */
  readonly channel: Channel;
  readonly confirmed: ConfirmChannel;
  /** Messages that wait in a queue. */
  depth(queue: string): Promise<number>;
  /** Takes everything out of a queue. */
  drain(queue: string): Promise<readonly Taken[]>;
  /** Published by hand and stored. */
  publish(message: RawMessage): Promise<void>;
  close(): Promise<void>;
}

export interface RawMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer | string;
  readonly properties?: object;
}

export interface Taken {
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: {
    readonly contentType: unknown;
    readonly messageId: unknown;
    readonly type: unknown;
    readonly headers: Readonly<Record<string, unknown>> | undefined;
  };
}

export async function openSide(url: string): Promise<Side> {
  const model = await connect(url);
  model.on('error', () => undefined);
  const channel = await model.createChannel();
  const confirmed = await model.createConfirmChannel();
  for (const one of [channel, confirmed]) one.on('error', () => undefined);
  return {
    channel,
    confirmed,
    async depth(queue) {
      return (await channel.checkQueue(queue)).messageCount;
    },
    async drain(queue) {
      const taken: Taken[] = [];
      for (;;) {
        const message = await channel.get(queue, { noAck: true });
        if (message === false) return taken;
        const { content: body, fields, properties } = message;
        taken.push({ routingKey: fields.routingKey, body, properties });
      }
    },
    async publish({ exchange, routingKey, body, properties }) {
      const bytes = Buffer.from(body);
      const options = { mandatory: true, ...properties };
      await new Promise<void>((resolve, reject) =>
        confirmed.publish(exchange, routingKey, bytes, options, (error) =>
          error === null ? resolve() : reject(error),
        ),
      );
    },
    close: () => model.close(),
  };
}

/** Resolves when the broker has done what it was doing: some messages have gone all the way. */
export async function settledBroker(side: Side): Promise<void> {
  const { channel } = side;
  const { queue } = await channel.assertQueue('probe', {
    durable: true,
    arguments: { 'x-queue-type': 'quorum' },
  });
  let seen = 0;
  const { consumerTag } = await channel.consume(
    queue,
    () => {
      seen += 1;
    },
    { noAck: true },
  );
  for (let round = 1; round <= 5; round += 1) {
    await side.publish({ exchange: '', routingKey: queue, body: 'probe' });
    await eventually('a probe', () => seen >= round);
  }
  await channel.cancel(consumerTag);
}
