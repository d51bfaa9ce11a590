/**
 * One event queue of the in-memory bus: a log with a cursor. Events stay in it until they are
 * acknowledged; the first consumer is the active one; when it goes, the cursor goes back to the
 * oldest unacknowledged event, so everything comes again in order, before anything newer.
 */
import type { Consumer, ConsumerListener } from './bus.ts';
import type { BusEvent } from './envelope.ts';

interface Stored {
  readonly event: BusEvent;
  wasDelivered: boolean;
}

interface Channel {
  readonly prefetch: number;
  readonly listener: ConsumerListener;
  readonly unacknowledged: Set<number>;
  isOpen: boolean;
  /** Closed by the consumer itself, who wants to hear nothing more. */
  isGivenUp: boolean;
}

export interface PartitionOptions {
  readonly partition: number;
  onDeadLetter(event: BusEvent, reason: string): void;
}

export class MemoryPartition {
  private readonly options: PartitionOptions;
  /** By place in the queue, oldest first. */
  private readonly log = new Map<number, Stored>();
  private nextPlace = 0;
  private cursor = 0;
  private readonly channels: Channel[] = [];
  private isRunning = true;
  private isPumpUnderWay = false;

  constructor(options: PartitionOptions) {
    this.options = options;
  }

  /** Events not acknowledged yet, delivered or not. */
  get size(): number {
    return this.log.size;
  }

  store(event: BusEvent): void {
    this.log.set(this.nextPlace, { event, wasDelivered: false });
    this.nextPlace += 1;
    this.pumpSoon();
  }

  consume(prefetch: number, listener: ConsumerListener): Consumer {
    const channel: Channel = {
      prefetch,
      listener,
      unacknowledged: new Set(),
      isOpen: true,
      isGivenUp: false,
    };
    this.channels.push(channel);
    this.pumpSoon();
    return {
      close: async () => {
        channel.isGivenUp = true;
        this.end(channel);
      },
    };
  }

  /** Ends all channels, as the broker or the network does; each consumer hears of it. */
  breakChannels(): void {
    for (const channel of [...this.channels]) {
      this.end(channel);
      queueMicrotask(() => {
        if (!channel.isGivenUp) channel.listener.onClosed();
      });
    }
  }

  /** While stopped nothing is delivered. */
  setRunning(isRunning: boolean): void {
    this.isRunning = isRunning;
    this.pumpSoon();
  }

  /** Ends all channels without telling anybody. */
  close(): void {
    for (const channel of [...this.channels]) this.end(channel);
  }

  private end(channel: Channel): void {
    if (!channel.isOpen) return;
    channel.isOpen = false;
    this.channels.splice(this.channels.indexOf(channel), 1);
    const [oldest] = channel.unacknowledged;
    if (oldest !== undefined) this.cursor = Math.min(this.cursor, oldest);
    this.pumpSoon();
  }

  /** Deliveries never happen inside a call of the consumer or the publisher. */
  private pumpSoon(): void {
    if (this.isPumpUnderWay) return;
    this.isPumpUnderWay = true;
    queueMicrotask(() => {
      this.isPumpUnderWay = false;
      this.pump();
    });
  }

  private pump(): void {
    const [active] = this.channels;
    if (active === undefined) return;
    while (
      this.isRunning &&
      active.isOpen &&
      this.cursor < this.nextPlace &&
      active.unacknowledged.size < active.prefetch
    ) {
      const place = this.cursor;
      this.cursor += 1;
      const stored = this.log.get(place);
      // Acknowledged before the cursor went back.
      if (stored !== undefined) this.deliver(active, place, stored);
    }
  }

  private deliver(channel: Channel, place: number, stored: Stored): void {
    const { event, wasDelivered } = stored;
    stored.wasDelivered = true;
    channel.unacknowledged.add(place);
    /** Whether this was the first answer, on an open channel. */
    const finish = (): boolean => {
      if (!channel.isOpen || !channel.unacknowledged.delete(place)) return false;
      this.log.delete(place);
      this.pumpSoon();
      return true;
    };
    channel.listener.onDelivery({
      partition: this.options.partition,
      event,
      redelivered: wasDelivered,
      ack: () => {
        finish();
      },
      deadLetter: (reason) => {
        if (finish()) this.options.onDeadLetter(event, reason);
      },
    });
  }
}
