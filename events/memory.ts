/**
 * RabbitMQ in one process, for embedded mode and tests: the same acknowledging, requeueing and
 * confirming, bounded queues, and faults at will. Nothing survives the process.
 */
import { assert, type Clock, present, RingwayError } from '../base/index.ts';
import type { Bus, BusTrouble, Consumer, ConsumerListener } from './bus.ts';
import {
  type BusEvent,
  checkEvent,
  eventBytesMaxDefault,
  type OutMessage,
  partitionOf,
} from './envelope.ts';
import { MemoryPartition } from './memory-partition.ts';

export interface MemoryBusOptions {
  readonly partitions: number;
  /** Needed for a latency only. */
  readonly clock?: Clock;
  /** From publishing to storing, and from storing to the confirm. Default 0: microtasks. */
  readonly latencyMs?: number;
  /** Unacknowledged events of one partition; more are refused. Default 100000. */
  readonly queueEventsMax?: number;
  /** Longest data of an event, in bytes. Default 262144. */
  readonly eventBytesMax?: number;
  /** Dead letters kept; the oldest give way. Default 1000. */
  readonly deadLettersMax?: number;
  /** Outward messages kept for a look; the oldest give way. Default 1000. */
  readonly recentOutMax?: number;
}

export interface DeadLetter {
  readonly event: BusEvent;
  readonly reason: string;
}

/** A bus, what tests may do to it, and what the console may look at. */
export interface MemoryBus extends Bus {
  /** All channels are gone; their unacknowledged deliveries come again. */
  breakChannels(): void;
  /** While on, channels are gone, nothing is delivered, and publishing fails. */
  setOutage(isOn: boolean): void;
  /** Not acknowledged yet, delivered or not. */
  depth(partition: number): number;
  readonly deadLetters: readonly DeadLetter[];
  readonly recentOut: readonly OutMessage[];
}

export function createMemoryBus(options: MemoryBusOptions): MemoryBus {
  return new Broker(options);
}

class Broker implements MemoryBus {
  readonly partitions: number;
  readonly deadLetters: DeadLetter[] = [];
  readonly recentOut: OutMessage[] = [];
  private readonly queues: readonly MemoryPartition[];
  private readonly subscribers = new Set<(message: OutMessage) => void>();
  private readonly queueEventsMax: number;
  private readonly eventBytesMax: number;
  private readonly recentOutMax: number;
  private readonly hop: () => Promise<void>;
  private isOut = false;
  private isClosed = false;

  constructor(options: MemoryBusOptions) {
    const { partitions, clock, latencyMs = 0, deadLettersMax = 1000 } = options;
    assert(latencyMs === 0 || clock !== undefined, 'a latency needs a clock');
    this.partitions = partitions;
    this.queueEventsMax = options.queueEventsMax ?? 100_000;
    this.eventBytesMax = options.eventBytesMax ?? eventBytesMaxDefault;
    this.recentOutMax = options.recentOutMax ?? 1000;
    this.hop =
      clock === undefined || latencyMs === 0
        ? () => Promise.resolve()
        : () => new Promise((resolve) => clock.after(latencyMs, resolve));
    this.queues = Array.from({ length: partitions }, (_, partition) => {
      const onDeadLetter = (event: BusEvent, reason: string): void =>
        keep(this.deadLetters, { event, reason }, deadLettersMax);
      return new MemoryPartition({ partition, onDeadLetter });
    });
  }

  get trouble(): BusTrouble | undefined {
    if (this.isClosed) return 'bus.closed';
    return this.isOut ? 'bus.unavailable' : undefined;
  }

  consume(partition: number, prefetch: number, listener: ConsumerListener): Consumer {
    assert(!this.isClosed, 'consume on a closed bus');
    assert(Number.isInteger(prefetch) && prefetch > 0, `prefetch of ${prefetch}`);
    return this.queue(partition).consume(prefetch, listener);
  }

  async publishEvent(event: BusEvent): Promise<void> {
    checkEvent(event, this.eventBytesMax);
    const partition = partitionOf(event.key, this.partitions);
    await this.deliver(() => {
      const queue = this.queue(partition);
      if (queue.size >= this.queueEventsMax) throw full(partition, this.queueEventsMax);
      queue.store(event);
    });
  }

  async publishOut(message: OutMessage): Promise<void> {
    await this.deliver(() => {
      keep(this.recentOut, message, this.recentOutMax);
      for (const subscriber of [...this.subscribers]) subscriber(message);
    });
  }

  subscribeOut(listener: (message: OutMessage) => void): () => void {
    const subscriber = (message: OutMessage): void => listener(message);
    this.subscribers.add(subscriber);
    return () => this.subscribers.delete(subscriber);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.subscribers.clear();
    for (const queue of this.queues) queue.close();
  }

  breakChannels(): void {
    for (const queue of this.queues) queue.breakChannels();
  }

  setOutage(isOn: boolean): void {
    this.isOut = isOn;
    for (const queue of this.queues) queue.setRunning(!isOn);
    if (isOn) this.breakChannels();
  }

  depth(partition: number): number {
    return this.queue(partition).size;
  }

  private queue(partition: number): MemoryPartition {
    return present(this.queues[partition], `partition ${partition} of ${this.partitions}`);
  }

  /** There, and back with the confirm; either way may break. */
  private async deliver(store: () => void): Promise<void> {
    await this.hop();
    this.checkAvailable();
    store();
    await this.hop();
    this.checkAvailable();
  }

  private checkAvailable(): void {
    if (!this.isOut && !this.isClosed) return;
    const message = this.isClosed ? 'the bus is closed' : 'the broker did not confirm';
    throw new RingwayError('bus.unavailable', message, { retryable: true });
  }
}

function full(partition: number, queueEventsMax: number): RingwayError {
  return new RingwayError(
    'bus.full',
    `partition ${partition} holds ${queueEventsMax} events, as many as queueEventsMax allows`,
    { retryable: true },
  );
}

function keep<T>(list: T[], item: T, max: number): void {
  list.push(item);
  if (list.length > max) list.shift();
}
