/**
 * Publishing events from a Node.js backend: `ringway/producer`. What goes over the wire is in
 * docs/events.md, for backends in other languages.
 */
export { createProducer } from './create.ts';
export type { Published } from './entry.ts';
export { ProducerError, type ProducerErrorCode } from './errors.ts';
export type { PublishRequest } from './event.ts';
export type { ProducerLimits, ProducerOptions } from './options.ts';
export type { Producer } from './producer.ts';
