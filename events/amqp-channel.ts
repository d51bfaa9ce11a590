/**
 * One channel of the client library behind an interface of ours, for one life: closed for whatever
 * reason, its owner hears of it once and opens another. Calls after that do nothing or reject;
 * the library would throw. Exceptions of its owner end the channel instead of the process.
 */
import { type Clock, messageOf, RingwayError } from '../base/index.ts';
import type { AmqpDelivery, AmqpMessage } from './amqp-types.ts';
import { within } from './deadline.ts';

export interface ChannelListener {
  /** Once, unless `close` was called: the broker closed it, or the connection is gone. */
  onClosed(reason: ChannelClosed): void;
  /** No queue took the message published with this number; comes before its confirm. */
  onReturned?(sequence: number): void;
}

/** `replyCode` is the broker's (404 not found, 406 precondition failed); undefined = connection lost. */
export class ChannelClosed extends RingwayError {
  override readonly name = 'ChannelClosed';
  readonly replyCode: number | undefined;

  constructor(message: string, replyCode: number | undefined, cause?: unknown) {
    super('bus.unavailable', message, { retryable: true, cause });
    this.replyCode = replyCode;
  }
}

export interface QueueSpec {
  readonly name: string;
  readonly durable: boolean;
  /** Exists for this connection only and goes with it. */
  readonly exclusive: boolean;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

export interface AmqpChannel {
  readonly isOpen: boolean;
  /**
   * Persistent and mandatory. `onConfirmed` is called unless the channel closes first.
   * @throws whatever the library does of a message that cannot be encoded; nothing was sent then
   */
  publish(message: AmqpMessage, sequence: number, onConfirmed: (isStored: boolean) => void): void;
  /** Up to `prefetch` deliveries unacknowledged; undefined = the broker cancelled the consumer. */
  consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: AmqpDelivery | undefined) => void,
  ): Promise<void>;
  ack(tag: number, isUpTo: boolean): void;
  /** These reject with `ChannelClosed`: the broker closes a channel that asks for what it refuses. */
  declareExchange(name: string, type: 'direct' | 'topic'): Promise<void>;
  declareQueue(spec: QueueSpec): Promise<void>;
  /** Rejects with reply code 404 when there is no such queue. */
  checkQueue(name: string): Promise<void>;
  bindQueue(queue: string, exchange: string, routingKey: string): Promise<void>;
  /** Ends it; the listener hears `onClosed`. */
  fail(reason: ChannelClosed): void;
  /** Resolves once the broker has closed it and given its deliveries back, or is lost. */
  close(): Promise<void>;
}

/** What this file needs of the library's channels, by shape: one file alone imports the library. */
interface ChannelOfLibrary {
  on(event: 'error' | 'handler-error', listener: (error: Error) => void): unknown;
  on(
    event: 'return',
    listener: (message: { properties: { correlationId?: unknown } }) => void,
  ): unknown;
  prependListener(event: 'close', listener: () => void): unknown;
  publish(
    exchange: string,
    routingKey: string,
    body: Buffer,
    options: object,
    onConfirmed?: (error: unknown) => void,
  ): boolean;
  prefetch(count: number): Promise<unknown>;
  consume(queue: string, onMessage: (message: MessageOfLibrary | null) => void): Promise<unknown>;
  ack(message: never, isUpTo: boolean): void;
  assertExchange(name: string, type: string, options: object): Promise<unknown>;
  assertQueue(name: string, options: object): Promise<unknown>;
  checkQueue(name: string): Promise<unknown>;
  bindQueue(queue: string, exchange: string, routingKey: string): Promise<unknown>;
  close(): Promise<void>;
}

interface MessageOfLibrary {
  readonly content: Buffer;
  readonly fields: {
    readonly deliveryTag: number;
    readonly redelivered: boolean;
    readonly routingKey: string;
  };
  readonly properties: {
    readonly contentType: unknown;
    readonly messageId: unknown;
    readonly type: unknown;
    readonly headers: Record<string, unknown> | undefined;
  };
}

export interface LibraryChannelParts {
  readonly channel: ChannelOfLibrary;
  readonly listener: ChannelListener;
  readonly clock: Clock;
  readonly operationTimeoutMs: number;
  /** Ends the connection, when the broker does not answer on this channel. */
  drop(reason: RingwayError): void;
}

export class LibraryChannel implements AmqpChannel {
  readonly #parts: LibraryChannelParts;
  readonly #ended: Promise<void>;
  #error: unknown;
  #isOpen = true;

  constructor(parts: LibraryChannelParts) {
    this.#parts = parts;
    const { channel, listener } = parts;
    channel.on('error', (error) => {
      this.#error ??= error;
    });
    channel.on('handler-error', (error) => this.fail(closedBy(error)));
    channel.on('return', ({ properties }) => {
      listener.onReturned?.(Number(properties.correlationId));
    });
    this.#ended = new Promise((resolve) => {
      // Ahead of the library's own listener, which reports everything unconfirmed as refused.
      channel.prependListener('close', () => {
        this.#end(closedBy(this.#error ?? 'the connection is gone'));
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  publish(message: AmqpMessage, sequence: number, onConfirmed: (isStored: boolean) => void): void {
    const { exchange, routingKey, body, contentType, messageId, type, headers } = message;
    const options = {
      mandatory: true,
      persistent: true,
      contentType,
      messageId,
      type,
      headers,
      correlationId: String(sequence),
    };
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#parts.channel.publish(exchange, routingKey, bytes, options, (error) => {
      if (this.#isOpen) onConfirmed(error === null);
    });
  }

  async consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: AmqpDelivery | undefined) => void,
  ): Promise<void> {
    const { channel } = this.#parts;
    const deliver = (message: MessageOfLibrary | null): void => {
      if (!this.#isOpen) return;
      try {
        onDelivery(message === null ? undefined : deliveryOf(message));
      } catch (thrown) {
        this.fail(closedBy(thrown));
      }
    };
    await this.#answer(`prefetch of ${queue}`, channel.prefetch(prefetch));
    await this.#answer(`consuming ${queue}`, channel.consume(queue, deliver));
  }

  ack(tag: number, isUpTo: boolean): void {
    if (!this.#isOpen) return;
    const message = { fields: { deliveryTag: tag } };
    try {
      this.#parts.channel.ack(message as never, isUpTo);
    } catch {
      // Closed, and not told yet: the delivery comes again.
    }
  }

  async declareExchange(name: string, type: 'direct' | 'topic'): Promise<void> {
    const { channel } = this.#parts;
    await this.#answer(`exchange ${name}`, channel.assertExchange(name, type, { durable: true }));
  }

  async declareQueue(spec: QueueSpec): Promise<void> {
    const { name, durable, exclusive } = spec;
    const options = { durable, exclusive, autoDelete: exclusive, arguments: spec.arguments };
    await this.#answer(`queue ${name}`, this.#parts.channel.assertQueue(name, options));
  }

  async checkQueue(name: string): Promise<void> {
    await this.#answer(`looking for queue ${name}`, this.#parts.channel.checkQueue(name));
  }

  async bindQueue(queue: string, exchange: string, routingKey: string): Promise<void> {
    const { channel } = this.#parts;
    await this.#answer(`binding of ${queue}`, channel.bindQueue(queue, exchange, routingKey));
  }

  fail(reason: ChannelClosed): void {
    if (!this.#end(reason)) return;
    void this.#farewell();
  }

  async close(): Promise<void> {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    if (wasOpen) await this.#farewell();
  }

  /** Whether it was open until now. */
  #end(reason: ChannelClosed): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    this.#parts.listener.onClosed(reason);
    return true;
  }

  /** A channel that stays open keeps its deliveries; then rather the connection goes too. */
  async #farewell(): Promise<void> {
    const { channel, clock, operationTimeoutMs: timeoutMs, drop } = this.#parts;
    channel.close().catch(() => undefined);
    const what = 'closing a channel (operationTimeoutMs)';
    await within(this.#ended, { clock, timeoutMs, what }).catch(drop);
  }

  async #answer(what: string, asked: Promise<unknown>): Promise<void> {
    const { clock, operationTimeoutMs: timeoutMs, drop } = this.#parts;
    let isSettled = false;
    const answered = asked.then(
      () => {
        isSettled = true;
      },
      (thrown: unknown) => {
        isSettled = true;
        throw closedBy(thrown);
      },
    );
    try {
      await within(answered, { clock, timeoutMs, what: `${what} (operationTimeoutMs)` });
    } catch (thrown) {
      const reason = closedBy(thrown);
      if (!isSettled) drop(reason);
      throw reason;
    }
  }
}

function deliveryOf({ content, fields, properties }: MessageOfLibrary): AmqpDelivery {
  const { contentType, messageId, type, headers = {} } = properties;
  const { routingKey, redelivered, deliveryTag: tag } = fields;
  return { routingKey, body: content, contentType, messageId, type, headers, redelivered, tag };
}

function closedBy(thrown: unknown): ChannelClosed {
  if (thrown instanceof ChannelClosed) return thrown;
  const replyCode = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const code = typeof replyCode === 'number' ? replyCode : undefined;
  return new ChannelClosed(messageOf(thrown), code, thrown);
}
