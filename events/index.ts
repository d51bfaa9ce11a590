export type { Bus, BusTrouble, Consumer, ConsumerListener, Delivery } from './bus.ts';
export { busReason } from './bus-reason.ts';
export {
  type CloudEvent,
  type CloudEventDefaults,
  parseCloudEvent,
  toCloudEvent,
} from './cloud-event.ts';
export {
  type BusEvent,
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
