/**
 * What the parts of the RabbitMQ adapter say to each other: messages and channels without any
 * type of the client library, which one file alone knows (`amqp-connection.ts`).
 */

import type { BusTrouble } from './bus.ts';

/** One message as it is published. Persistent and mandatory: these are always set. */
export interface AmqpMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly messageId: string;
  readonly type: string;
  /** Values are texts and numbers only. */
  readonly headers: Readonly<Record<string, string | number>>;
}

/** One message as it is delivered: what came from outside is unknown until `amqp-message.ts` has looked. */
export interface AmqpDelivery {
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly contentType: unknown;
  readonly messageId: unknown;
  readonly type: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /** Names the delivery within its channel. */
  readonly tag: number;
}

/** Confirmed publishing over one connection that comes back by itself. */
export interface AmqpPublisher {
  /**
   * Resolves when the broker has stored the message. Messages of one publisher are stored in the
   * order of the calls; when one fails with `bus.unavailable`, so do all that are under way.
   * @throws RingwayError `bus.unavailable` (retryable, may have been stored), `bus.full` (retryable,
   *   the window is full, was not stored), `bus.blocked` (retryable, the broker is out of memory or
   *   disk, was not stored), `bus.nacked` (retryable, the broker did not store it), `bus.returned`
   *   (no queue for this routing key), `bus.denied` (the broker refuses the login, was not stored),
   *   `event.invalid` (cannot be encoded), `bus.closed`
   */
  publish(message: AmqpMessage): Promise<void>;
  /** undefined = up; else the code that `publish` would fail with now. */
  readonly trouble: BusTrouble | undefined;
  /** Calls back on every change of `trouble`; returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** Waits for outstanding confirms at most this long, then fails the rest with `bus.closed`. */
  close(deadlineMs: number): Promise<void>;
}
