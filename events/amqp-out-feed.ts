/**
 * What passes over `ringway.out`, for tests and the console: a queue of its own that goes with its
 * connection and is made anew with the next one. What is published in between is not seen.
 */
import { type Cancel, messageOf } from '../base/index.ts';
import { amqpExchanges, readOut } from './amqp-message.ts';
import type { AmqpContext } from './amqp-options.ts';
import { type ConsumingConnection, QueueReader } from './amqp-reader.ts';
import { BackOff } from './back-off.ts';
import type { OutMessage } from './envelope.ts';

export interface OutFeedParts extends AmqpContext {
  readonly connection: Pick<ConsumingConnection, 'whenUp'>;
  /** Messages that wait for this process; the oldest give way. */
  readonly outBacklogMax: number;
}

const prefetch = 100;

type Subscriber = (message: OutMessage) => void;

export class OutFeed {
  readonly #parts: OutFeedParts;
  readonly #subscribers = new Set<Subscriber>();
  readonly #backOff: BackOff;
  #reader: QueueReader | undefined;
  #cancelRetry: Cancel | undefined;

  constructor(parts: OutFeedParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.limits, parts.random);
  }

  subscribe(subscriber: Subscriber): () => void {
    const own: Subscriber = (message) => subscriber(message);
    this.#subscribers.add(own);
    if (this.#reader === undefined && this.#cancelRetry === undefined) this.#read();
    return () => {
      this.#subscribers.delete(own);
      if (this.#subscribers.size === 0) void this.#stop();
    };
  }

  /** Ends it without a farewell; the end of the connection does the rest. */
  end(): void {
    this.#subscribers.clear();
    void this.#stop();
  }

  async #stop(): Promise<void> {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close();
  }

  #read(): void {
    const { connection, outBacklogMax, random, clock, logger } = this.#parts;
    const reader = new QueueReader({
      connection,
      prefetch,
      setUp: async (channel) => {
        await channel.declareExchange(amqpExchanges.out, 'topic');
        // A new name each time: the queue of a lost connection may live on for a while.
        const name = `ringway.watch.${random.hex(8)}`;
        const limits = { 'x-max-length': outBacklogMax, 'x-overflow': 'drop-head' };
        await channel.declareQueue({ name, durable: false, exclusive: true, arguments: limits });
        await channel.bindQueue(name, amqpExchanges.out, '#');
        return name;
      },
      onDelivery: (delivery) => {
        this.#backOff.reset();
        reader.ack(delivery.tag, false);
        const message = readOut(delivery);
        if (message !== undefined) this.#tell(message);
      },
      onClosed: (reason) => {
        if (this.#reader !== reader) return;
        logger.warn('out_feed.closed', { reason: reason.message });
        this.#reader = undefined;
        this.#cancelRetry = clock.after(this.#backOff.next(), () => {
          this.#cancelRetry = undefined;
          this.#read();
        });
      },
    });
    this.#reader = reader;
  }

  #tell(message: OutMessage): void {
    for (const subscriber of [...this.#subscribers]) {
      try {
        subscriber(message);
      } catch (thrown) {
        this.#parts.logger.error('out_feed.listener_failed', { reason: messageOf(thrown) });
      }
    }
  }
}
