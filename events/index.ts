export type { Bus, Consumer, ConsumerListener, Delivery } from './bus.ts';
export type { BusEvent, OutMessage } from './envelope.ts';
