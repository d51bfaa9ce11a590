/**
 * One channel that consumes one queue, for one life; and the connection that such channels share.
 *
 *   [waiting] ── connected ──► [opening] ── set up, consuming ──► [active]
 *       ▲                          │                                 │
 *       └──── connection lost ─────┤                                 │
 *              refused, by the broker ──────────► [closed] ◄── lost ─┘      close: any ──► [closed]
 *
 * Before it was active nothing is lost by waiting on; afterwards its deliveries belong to somebody
 * else, and its owner hears `onClosed`.
 */
import { type Cancel, RingwayError } from '../base/index.ts';
import { type AmqpChannel, ChannelClosed } from './amqp-channel.ts';
import type { AmqpConnection } from './amqp-connection.ts';
import type { AmqpAddress, AmqpContext } from './amqp-options.ts';
import { AmqpSupervisor } from './amqp-supervisor.ts';
import type { AmqpDelivery } from './amqp-types.ts';

export class ConsumingConnection {
  readonly #supervisor: AmqpSupervisor;
  readonly #waiting = new Set<(connection: AmqpConnection) => void>();
  #connection: AmqpConnection | undefined;

  constructor(context: AmqpContext, addresses: readonly AmqpAddress[]) {
    this.#supervisor = new AmqpSupervisor({
      ...context,
      name: 'consume',
      addresses,
      onUp: (connection) => this.#up(connection),
      onDown: () => {
        this.#connection = undefined;
      },
      // Consuming goes on, and nothing is published here.
      onBlocked: () => undefined,
      onFailed: () => undefined,
    });
    this.#supervisor.start();
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** Calls `use` once, at once or when there is a connection; returns the way to stop waiting. */
  whenUp(use: (connection: AmqpConnection) => void): Cancel {
    const own = (connection: AmqpConnection): void => use(connection);
    if (this.#connection !== undefined) own(this.#connection);
    else this.#waiting.add(own);
    return () => this.#waiting.delete(own);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#waiting.clear();
    this.#connection = undefined;
    await this.#supervisor.close(deadlineMs);
  }

  #up(connection: AmqpConnection): void {
    this.#connection = connection;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const use of waiting) use(connection);
  }
}

export interface ReaderParts {
  readonly connection: Pick<ConsumingConnection, 'whenUp'>;
  readonly prefetch: number;
  /** Declares what is to be consumed; the answer is its queue. */
  setUp(channel: AmqpChannel): Promise<string>;
  /** What it throws ends the channel, so that the delivery comes again in its place. */
  onDelivery(delivery: AmqpDelivery): void;
  /** Once, never inside the constructor, not after `close`. */
  onClosed(reason: RingwayError): void;
}

type Phase =
  | { readonly kind: 'waiting'; readonly cancel: Cancel }
  | {
      readonly kind: 'opening';
      readonly connection: AmqpConnection;
      readonly channel?: AmqpChannel;
    }
  | { readonly kind: 'active'; readonly channel: AmqpChannel }
  | { readonly kind: 'closed' };

export class QueueReader {
  readonly #parts: ReaderParts;
  #phase: Phase = { kind: 'closed' };
  #opened: Promise<void> = Promise.resolve();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#wait();
  }

  get isClosed(): boolean {
    return this.#phase.kind === 'closed';
  }

  ack(tag: number, isUpTo: boolean): void {
    this.#channel?.ack(tag, isUpTo);
  }

  /** Ends the channel; `onClosed` follows. */
  fail(message: string): void {
    this.#channel?.fail(new ChannelClosed(message, undefined));
  }

  /** Nothing is delivered from now on; resolves once the broker has the deliveries back. */
  async close(): Promise<void> {
    const phase = this.#phase;
    this.#phase = { kind: 'closed' };
    if (phase.kind === 'waiting') phase.cancel();
    if (phase.kind === 'opening') await this.#opened;
    if (phase.kind === 'active') await phase.channel.close();
  }

  get #channel(): AmqpChannel | undefined {
    return this.#phase.kind === 'active' || this.#phase.kind === 'opening'
      ? this.#phase.channel
      : undefined;
  }

  #wait(): void {
    // The callback may run within the call, and moves on from here.
    this.#phase = { kind: 'waiting', cancel: () => undefined };
    const cancel = this.#parts.connection.whenUp((connection) => {
      this.#opened = this.#open(connection);
    });
    if (this.#phase.kind === 'waiting') this.#phase = { kind: 'waiting', cancel };
  }

  async #open(connection: AmqpConnection): Promise<void> {
    const { prefetch, setUp } = this.#parts;
    this.#phase = { kind: 'opening', connection };
    try {
      const channel = await connection.openChannel('plain', {
        onClosed: (reason) => this.#lost(reason),
      });
      if (!this.isClosed) {
        this.#phase = { kind: 'opening', connection, channel };
        const queue = await setUp(channel);
        if (!this.isClosed) await channel.consume(queue, prefetch, (one) => this.#deliver(one));
      }
      if (this.isClosed) await channel.close();
      // It may have ended after its last answer: that was not told while opening.
      else if (!channel.isOpen) throw new ChannelClosed('the channel ended at once', undefined);
      else this.#phase = { kind: 'active', channel };
    } catch (thrown) {
      if (!(thrown instanceof RingwayError)) throw thrown;
      await this.#failed(connection, thrown);
    }
  }

  #deliver(delivery: AmqpDelivery | undefined): void {
    if (this.isClosed) return;
    if (delivery === undefined) this.fail('RabbitMQ cancelled the consumer: the queue is gone');
    else this.#parts.onDelivery(delivery);
  }

  #lost(reason: ChannelClosed): void {
    if (this.#phase.kind !== 'active') return;
    this.#phase = { kind: 'closed' };
    this.#parts.onClosed(reason);
  }

  async #failed(connection: AmqpConnection, reason: RingwayError): Promise<void> {
    if (this.#phase.kind !== 'opening') return;
    const { channel } = this.#phase;
    if (connection.isOpen) {
      this.#phase = { kind: 'closed' };
      this.#parts.onClosed(reason);
      await channel?.close();
    } else this.#wait();
  }
}
