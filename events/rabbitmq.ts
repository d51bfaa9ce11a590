/**
 * RabbitMQ behind the interface of the bus: one connection to publish, one to consume, so that a
 * broker which takes nothing for lack of memory still gives. Neither is ever given up; the
 * second is made with the first consumer.
 */
import { assert, RingwayError } from '../base/index.ts';
import { PartitionConsumer } from './amqp-consumer.ts';
import { eventMessage, outMessage } from './amqp-message.ts';
import { type AmqpContext, amqpContext, parseAmqpUrls } from './amqp-options.ts';
import { OutFeed } from './amqp-out-feed.ts';
import { createAmqpPublisher, type StartedPublisher } from './amqp-publisher.ts';
import { ConsumingConnection } from './amqp-reader.ts';
import { declareTopology } from './amqp-topology.ts';
import type { Bus, BusTrouble, Consumer, ConsumerListener } from './bus.ts';
import { type BusEvent, checkEvent, type OutMessage } from './envelope.ts';
import { type RabbitOptions, type RabbitSettings, rabbitSettings } from './rabbit-options.ts';

export interface RabbitBus extends Bus {
  /**
   * Resolves once publishing works and all exchanges and queues are there. Fails only for what
   * trying again cannot mend; waits for everything else, for as long as it takes.
   * @throws RingwayError `bus.denied`, `bus.topology`, `bus.closed`
   */
  ready(): Promise<void>;
}

/** Connects at once, in the background. @throws ConfigError; no password is in its message */
export function createRabbitBus(options: RabbitOptions): RabbitBus {
  return new AmqpBus(options, rabbitSettings(options), amqpContext(options));
}

class AmqpBus implements RabbitBus {
  readonly partitions: number;
  readonly #options: RabbitOptions;
  readonly #settings: RabbitSettings;
  readonly #context: AmqpContext;
  readonly #publisher: StartedPublisher;
  readonly #consumers = new Set<PartitionConsumer>();
  #consuming: ConsumingConnection | undefined;
  #outFeed: OutFeed | undefined;
  /** Why the broker refuses a consumer; logged when it changes, not at each attempt. */
  #loggedRefusal: string | undefined;
  #isRepairing = false;
  #isClosed = false;

  constructor(options: RabbitOptions, settings: RabbitSettings, context: AmqpContext) {
    this.partitions = settings.partitions;
    this.#options = options;
    this.#settings = settings;
    this.#context = context;
    this.#publisher = createAmqpPublisher({
      ...context.limits,
      ...context,
      urls: options.urls,
      urlsOption: settings.urlsOption,
      prepare: (channel) => declareTopology(channel, settings),
    });
  }

  get trouble(): BusTrouble | undefined {
    if (this.#isClosed) return 'bus.closed';
    const isConsumingUp = this.#consuming?.isUp ?? true;
    return isConsumingUp ? this.#publisher.trouble : 'bus.unavailable';
  }

  ready(): Promise<void> {
    return this.#publisher.ready();
  }

  consume(partition: number, prefetch: number, listener: ConsumerListener): Consumer {
    assert(!this.#isClosed, 'consume on a closed bus');
    assert(Number.isInteger(prefetch) && prefetch > 0, `prefetch of ${prefetch}`);
    assert(partition >= 0 && partition < this.partitions, `partition ${partition}`);
    const consumer = new PartitionConsumer({
      ...this.#context,
      connection: this.#consume(),
      deadLetters: this.#publisher,
      topology: this.#settings,
      eventBytesMax: this.#settings.eventBytesMax,
      partition,
      prefetch,
      listener,
      onEnded: (ended, reason) => {
        this.#consumers.delete(ended);
        if (!reason.retryable) this.#refused(reason);
      },
    });
    this.#consumers.add(consumer);
    return {
      close: async () => {
        this.#consumers.delete(consumer);
        await consumer.close();
      },
    };
  }

  async publishEvent(event: BusEvent): Promise<void> {
    checkEvent(event, this.#settings.eventBytesMax);
    try {
      await this.#publish(() => this.#publisher.publish(eventMessage(event, this.partitions)));
    } catch (thrown) {
      if (thrown instanceof RingwayError && thrown.code === 'bus.returned') this.#repair();
      throw thrown;
    }
  }

  async publishOut(message: OutMessage): Promise<void> {
    try {
      await this.#publish(() => this.#publisher.publish(outMessage(message)));
    } catch (thrown) {
      // Nobody has asked for it: that is for the backends to choose.
      if (!(thrown instanceof RingwayError) || thrown.code !== 'bus.returned') throw thrown;
    }
  }

  subscribeOut(listener: (message: OutMessage) => void): () => void {
    assert(!this.#isClosed, 'subscribeOut on a closed bus');
    this.#outFeed ??= new OutFeed({
      ...this.#context,
      connection: this.#consume(),
      outBacklogMax: this.#settings.outBacklogMax,
    });
    return this.#outFeed.subscribe(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { closeTimeoutMs } = this.#settings;
    // The end of the connection is the end of all channels on it.
    for (const consumer of this.#consumers) consumer.end();
    this.#consumers.clear();
    this.#outFeed?.end();
    const consuming = this.#consuming?.close(closeTimeoutMs);
    await Promise.all([consuming, this.#publisher.close(closeTimeoutMs)]);
  }

  #consume(): ConsumingConnection {
    const { urls } = this.#options;
    this.#consuming ??= new ConsumingConnection(
      this.#context,
      parseAmqpUrls(urls, this.#settings.urlsOption),
    );
    return this.#consuming;
  }

  /** The queue of a partition is gone: somebody deleted it. The next attempt finds it again. */
  #repair(): void {
    if (this.#isRepairing) return;
    this.#isRepairing = true;
    const done = (): void => {
      this.#isRepairing = false;
    };
    this.#context.logger.error('partition.queue_missing');
    this.#publisher.repair().then(done, done);
  }

  #refused(reason: RingwayError): void {
    if (this.#loggedRefusal === reason.message) return;
    this.#loggedRefusal = reason.message;
    const fields = { code: reason.code, reason: reason.message };
    this.#context.logger.error('partition.refused', fields);
  }

  /** A closed bus is one that does not confirm, as far as its users are concerned. */
  async #publish(publish: () => Promise<void>): Promise<void> {
    try {
      await publish();
    } catch (thrown) {
      if (!(thrown instanceof RingwayError) || thrown.code !== 'bus.closed') throw thrown;
      const options = { retryable: true, cause: thrown };
      throw new RingwayError('bus.unavailable', 'the bus is closed', options);
    }
  }
}
