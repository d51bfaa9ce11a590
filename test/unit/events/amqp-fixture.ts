/** One event as it is delivered, and ways to spoil it. */
import { eventMessage, readEvent } from '../../../events/amqp-message.ts';
import type { AmqpDelivery, AmqpMessage } from '../../../events/amqp-types.ts';
import { type BusEvent, partitionOf } from '../../../events/index.ts';

export const partitions = 16;
const alice = partitionOf('user:alice', partitions);
export const event: BusEvent = {
  key: 'user:alice',
  id: 'order-17-paid',
  type: 'order.paid',
  source: '/shop',
  format: 'json',
  data: Buffer.from('{"order":17}'),
};

export function delivered(message: AmqpMessage): AmqpDelivery {
  const { routingKey, body, contentType, messageId, type, headers } = message;
  return { routingKey, body, contentType, messageId, type, headers, redelivered: false, tag: 1 };
}

export function read(
  part: Partial<AmqpDelivery>,
  eventBytesMax = 1000,
): ReturnType<typeof readEvent> {
  const delivery = { ...delivered(eventMessage(event, partitions)), ...part };
  return readEvent(delivery, { partition: alice, partitions, eventBytesMax });
}

export function structured(
  attributes: unknown,
  contentType = 'application/cloudevents+json',
): Partial<AmqpDelivery> {
  const body = Buffer.from(JSON.stringify(attributes));
  return { body, contentType, messageId: undefined, type: undefined, headers: {} };
}
