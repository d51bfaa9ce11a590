/**
 * The consumer of one partition: reads events, puts poison aside, acknowledges in batches.
 *
 * A poisonous delivery keeps its place in the queue until the broker has confirmed its copy
 * among the dead letters; until then it is tried again and again, so nothing is lost between.
 *
 * The broker is always asked for the same window, whatever the prefetch, and what exceeds the
 * prefetch is held here. For a quorum queue keeps its order only when whoever takes over gets all
 * that was given back at once: of what it gives back in its turn, the rest would come first.
 */
import { type Cancel, messageOf, RingwayError } from '../base/index.ts';
import { AckBatch } from './ack-batch.ts';
import { deadLetterMessage, eventQueueOf, readEvent } from './amqp-message.ts';
import type { AmqpContext } from './amqp-options.ts';
import { type ConsumingConnection, QueueReader } from './amqp-reader.ts';
import { declarePartition, type TopologyOptions } from './amqp-topology.ts';
import type { AmqpDelivery, AmqpPublisher } from './amqp-types.ts';
import { BackOff } from './back-off.ts';
import type { Consumer, ConsumerListener } from './bus.ts';

export interface ConsumerParts extends AmqpContext {
  readonly connection: Pick<ConsumingConnection, 'whenUp'>;
  readonly deadLetters: Pick<AmqpPublisher, 'publish'>;
  readonly topology: TopologyOptions;
  readonly eventBytesMax: number;
  readonly partition: number;
  readonly prefetch: number;
  readonly listener: ConsumerListener;
  /** The broker refuses this consumer, or it is over. */
  onEnded(consumer: PartitionConsumer, reason: RingwayError): void;
}

/**
 * Deliveries asked of the broker, at least. Lowering it, like lowering a prefetch above it, can
 * swap events between two processes that differ in it (see docs/decisions/0008-rabbitmq.md).
 */
const windowMin = 500;

interface Letter {
  readonly delivery: AmqpDelivery;
  readonly reason: string;
}

export class PartitionConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #reader: QueueReader;
  readonly #acks: AckBatch;
  readonly #backOff: BackOff;
  /** Beyond the prefetch, oldest first; at most the window. */
  #held: AmqpDelivery[] = [];
  /** Handed to the listener or being put aside, and not settled; at most the prefetch. */
  #handed = 0;
  /** Dead letters that wait for another attempt; at most the prefetch. */
  readonly #retries = new Set<Cancel>();
  #cancelFlush: Cancel | undefined;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.limits, parts.random);
    this.#acks = new AckBatch({
      send: (tag, isUpTo) => this.#reader.ack(tag, isUpTo),
      schedule: () => {
        this.#cancelFlush = parts.clock.after(0, () => {
          this.#acks.flush();
          this.#handOver();
        });
      },
    });
    this.#reader = new QueueReader({
      connection: parts.connection,
      prefetch: Math.max(parts.prefetch, windowMin),
      setUp: async (channel) => {
        await declarePartition(channel, parts.partition, parts.topology);
        return eventQueueOf(parts.partition);
      },
      onDelivery: (delivery) => this.#delivered(delivery),
      onClosed: (reason) => this.#closed(reason),
    });
  }

  async close(): Promise<void> {
    this.end();
    await this.#reader.close();
  }

  /** Sends the acknowledgements that are due; the end of the connection will do the rest. */
  end(): void {
    if (!this.#reader.isClosed) this.#acks.flush();
    this.#clear();
  }

  #delivered(delivery: AmqpDelivery): void {
    this.#acks.delivered(delivery.tag);
    this.#held.push(delivery);
    this.#handOver();
  }

  #handOver(): void {
    while (this.#handed < this.#parts.prefetch && !this.#reader.isClosed) {
      const delivery = this.#held.shift();
      if (delivery === undefined) return;
      this.#handed += 1;
      this.#hand(delivery);
    }
  }

  #hand(delivery: AmqpDelivery): void {
    const { partition, topology, eventBytesMax, listener, logger } = this.#parts;
    const { partitions } = topology;
    const read = readEvent(delivery, { partition, partitions, eventBytesMax });
    if ('poison' in read) {
      logger.warn('event.poison', { partition, reason: read.poison });
      this.#deadLetter({ delivery, reason: read.poison });
      return;
    }
    let isAnswered = false;
    const answer = (act: () => void): void => {
      if (isAnswered || this.#reader.isClosed) return;
      isAnswered = true;
      act();
    };
    try {
      listener.onDelivery({
        partition,
        event: read.event,
        redelivered: delivery.redelivered,
        ack: () => answer(() => this.#settled(delivery)),
        deadLetter: (reason) => answer(() => this.#deadLetter({ delivery, reason })),
      });
    } catch (thrown) {
      // Our own bug. Left alone, later events would overtake this one.
      logger.error('partition.listener_failed', { partition, reason: messageOf(thrown) });
      this.#fail('the listener of the partition threw');
    }
  }

  #settled(delivery: AmqpDelivery): void {
    this.#handed -= 1;
    this.#acks.ack(delivery.tag);
  }

  #fail(message: string): void {
    this.#held = [];
    this.#reader.fail(message);
  }

  #deadLetter(letter: Letter): void {
    const { delivery, reason } = letter;
    this.#parts.deadLetters.publish(deadLetterMessage(delivery, reason)).then(
      () => {
        this.#backOff.reset();
        this.#settled(delivery);
      },
      (thrown: unknown) => this.#letterFailed(letter, thrown),
    );
  }

  #letterFailed(letter: Letter, thrown: unknown): void {
    const { clock, logger, partition } = this.#parts;
    if (this.#reader.isClosed) return;
    const code = thrown instanceof RingwayError ? thrown.code : 'unknown';
    if (this.#backOff.failures === 0) {
      logger.warn('partition.dead_letter_failed', { partition, code, reason: messageOf(thrown) });
    }
    const delayMs = this.#backOff.next();
    if (code === 'bus.returned') {
      // Whoever consumes next declares the queue of the dead letters again.
      this.#fail('the queue of the dead letters is gone');
      return;
    }
    const cancel = clock.after(delayMs, () => {
      this.#retries.delete(cancel);
      this.#deadLetter(letter);
    });
    this.#retries.add(cancel);
  }

  #closed(reason: RingwayError): void {
    const { listener, logger, onEnded, partition } = this.#parts;
    this.#clear();
    onEnded(this, reason);
    try {
      listener.onClosed();
    } catch (thrown) {
      logger.error('partition.listener_failed', { partition, reason: messageOf(thrown) });
    }
  }

  #clear(): void {
    this.#held = [];
    this.#cancelFlush?.();
    for (const cancel of this.#retries) cancel();
    this.#retries.clear();
  }
}
