export { ChannelClosed } from './amqp-channel.ts';
export type { AmqpConnection } from './amqp-connection.ts';
export { amqpSourceDefault, eventMessage, eventQueueOf, shortId } from './amqp-message.ts';
export { type AmqpLimits, parseAmqpUrls } from './amqp-options.ts';
export { createAmqpPublisher } from './amqp-publisher.ts';
export type { AmqpMessage, AmqpPublisher } from './amqp-types.ts';
export type { Bus, BusTrouble, Consumer, ConsumerListener, Delivery } from './bus.ts';
export { busReason } from './bus-reason.ts';
export {
  type CloudEvent,
  type CloudEventDefaults,
  parseCloudEvent,
  toCloudEvent,
} from './cloud-event.ts';
export { contentAs, formatOfMediaType } from './content.ts';
export {
  type BusEvent,
  checkEvent,
  clipped,
  EventError,
  eventBytesMaxDefault,
  eventLimits,
  type OutMessage,
  partitionOf,
} from './envelope.ts';
export {
  createMemoryBus,
  type DeadLetter,
  type MemoryBus,
  type MemoryBusOptions,
} from './memory.ts';
export type { RabbitOptions } from './rabbit-options.ts';
export { createRabbitBus, type RabbitBus } from './rabbitmq.ts';
