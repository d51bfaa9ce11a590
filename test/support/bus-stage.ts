/** One test's bus with its faults, consumers that write down what they get, and events. */
import {
  type Bus,
  type BusEvent,
  type ConsumerListener,
  type DeadLetter,
  type Delivery,
  partitionOf,
} from '../../events/index.ts';

export interface BusStage {
  /** With at least four partitions, all empty. */
  readonly bus: Bus;
  readonly eventBytesMax: number;
  breakChannels(): void | Promise<void>;
  setOutage(isOn: boolean): void | Promise<void>;
  deadLetters(): readonly DeadLetter[] | Promise<readonly DeadLetter[]>;
  /** Resolves when a delivery that is wrongly under way would have arrived. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** A consumer's listener, and all it heard. */
export interface Reader extends ConsumerListener {
  readonly deliveries: Delivery[];
  closings: number;
}

export function listener(): Reader {
  const deliveries: Delivery[] = [];
  return {
    deliveries,
    closings: 0,
    onDelivery(delivery) {
      deliveries.push(delivery);
    },
    onClosed() {
      this.closings += 1;
    },
  };
}

/** Acknowledges each delivery at once. */
export function acknowledging(): Reader {
  const reader = listener();
  return {
    ...reader,
    onDelivery(delivery) {
      reader.deliveries.push(delivery);
      delivery.ack();
    },
  };
}

export function idsOf(reader: Reader): string[] {
  return reader.deliveries.map(({ event }) => event.id);
}

export function eventOf(key: string, id: string): BusEvent {
  const data = Buffer.from(JSON.stringify({ id }));
  return { key, id, type: 'test.made', source: '/test', format: 'json', data };
}

/** Some key of this partition. */
export function keyIn(partition: number, partitions: number): string {
  for (let i = 0; ; i += 1) {
    if (partitionOf(`user:${i}`, partitions) === partition) return `user:${i}`;
  }
}
