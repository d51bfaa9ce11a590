/**
 * The bus: where business events come from and client messages go to. RabbitMQ in a cluster,
 * `memory.ts` in embedded mode; both pass one contract suite.
 *
 * Order: a partition delivers in the order of publishing. Unacknowledged deliveries of a
 * consumer that goes away are delivered again, in order, before anything newer, to the next one.
 * There is no single nack: it would lose an event its place (rule B9).
 */
import type { BusEvent, OutMessage } from './envelope.ts';

export interface Delivery {
  readonly partition: number;
  readonly event: BusEvent;
  readonly redelivered: boolean;
  /** Done with: never delivered again. Safe to call once; ignored after the consumer closed. */
  ack(): void;
  /** Refused for good: published to the dead-letter exchange with the reason, then acknowledged. */
  deadLetter(reason: string): void;
}

export interface ConsumerListener {
  onDelivery(delivery: Delivery): void;
  /**
   * The channel is gone, and this consumer with it: all its unacknowledged deliveries come
   * again, to somebody. Not called for the consumer's own `close`.
   */
  onClosed(): void;
}

export interface Consumer {
  /** Gives the partition up by closing the channel; resolves when nothing more is delivered. */
  close(): Promise<void>;
}

/** `bus.blocked`: the broker takes nothing for lack of memory or disk; consuming goes on. */
export type BusTrouble = 'bus.unavailable' | 'bus.blocked' | 'bus.closed';

export interface Bus {
  readonly partitions: number;
  /** For readiness: why publishing or consuming does not work now; undefined = both do. */
  readonly trouble: BusTrouble | undefined;
  /** At most one consumer of a partition is active; a second one waits for the first to close. */
  consume(partition: number, prefetch: number, listener: ConsumerListener): Consumer;
  /**
   * Resolves when the broker has stored it.
   * @throws RingwayError `bus.unavailable` (retryable, may have been stored), `bus.full`,
   *   `bus.blocked`, `bus.nacked` (retryable, was not stored), `bus.returned` (no queue: it was
   *   deleted), `bus.denied`, `event.no_key`, `event.invalid`, `event.too_large`
   */
  publishEvent(event: BusEvent): Promise<void>;
  /** Resolves when the broker has it, be it for nobody; rejects like `publishEvent`. */
  publishOut(message: OutMessage): Promise<void>;
  /** For tests, the console and `onOut` handlers of `up`: messages on `ringway.out`. */
  subscribeOut(listener: (message: OutMessage) => void): () => void;
  close(): Promise<void>;
}
