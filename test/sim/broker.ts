/**
 * A modelled RabbitMQ: partitions with prefetch and a single active consumer, whose
 * unacknowledged events go back to the front, in order, when its channel closes; and an outward
 * exchange with confirms and outages.
 */
import type { Random } from '../../base/index.ts';
import type { EventInput } from '../../gateway/core-types.ts';
import type { Outward } from '../../link/index.ts';
import { Lane, type Schedule } from './schedule.ts';

/** One channel of a gateway on one partition. */
export interface Channel {
  readonly partition: number;
  isOpen: boolean;
  deliver(event: EventInput, ref: number): void;
}

interface Partition {
  readonly waiting: EventInput[];
  readonly unacknowledged: Map<number, EventInput>;
  readonly channels: Channel[];
}

export class EventBroker {
  redeliveries = 0;
  acknowledged = 0;
  readonly #partitions: readonly Partition[];
  readonly #prefetch: number;
  #lastRef = 0;

  constructor(partitions: number, prefetch: number) {
    this.#prefetch = prefetch;
    this.#partitions = Array.from({ length: partitions }, () => ({
      waiting: [],
      unacknowledged: new Map(),
      channels: [],
    }));
  }

  /** Events not yet acknowledged, waiting or under way. */
  get backlog(): number {
    let sum = 0;
    for (const one of this.#partitions) sum += one.waiting.length + one.unacknowledged.size;
    return sum;
  }

  publish(partition: number, event: EventInput): void {
    this.#of(partition).waiting.push(event);
    this.#pump(partition);
  }

  /** Waits behind the consumers that came before. */
  consume(channel: Channel): void {
    this.#of(channel.partition).channels.push(channel);
    this.#pump(channel.partition);
  }

  /** All that the channel had not acknowledged comes again, to the next consumer. */
  close(channel: Channel): void {
    if (!channel.isOpen) return;
    channel.isOpen = false;
    const partition = this.#of(channel.partition);
    const at = partition.channels.indexOf(channel);
    partition.channels.splice(at, 1);
    if (at === 0) {
      this.redeliveries += partition.unacknowledged.size;
      partition.waiting.unshift(...partition.unacknowledged.values());
      partition.unacknowledged.clear();
    }
    this.#pump(channel.partition);
  }

  acknowledge(channel: Channel, ref: number): void {
    if (!channel.isOpen) return;
    if (this.#of(channel.partition).unacknowledged.delete(ref)) this.acknowledged += 1;
    this.#pump(channel.partition);
  }

  #of(partition: number): Partition {
    return this.#partitions[partition] as Partition;
  }

  #pump(number: number): void {
    const partition = this.#of(number);
    const channel = partition.channels[0];
    if (channel === undefined) return;
    while (partition.unacknowledged.size < this.#prefetch) {
      const event = partition.waiting.shift();
      if (event === undefined) return;
      this.#lastRef += 1;
      partition.unacknowledged.set(this.#lastRef, event);
      channel.deliver(event, this.#lastRef);
    }
  }
}

export interface Publication {
  readonly id: string;
  readonly outward: Outward;
}

/** One worker's publishing channel. */
export class OutChannel {
  readonly #broker: OutBroker;
  readonly #requests: Lane<{ readonly number: number; readonly publication: Publication }>;
  #isUsable = true;

  constructor(
    broker: OutBroker,
    schedule: Schedule,
    listener: { confirmed(publication: number): void; reset(reopen: () => void): void },
  ) {
    this.#broker = broker;
    const confirms = new Lane<number>(schedule, (number) => listener.confirmed(number));
    this.#requests = new Lane(schedule, ({ number, publication }) => {
      broker.store(publication);
      confirms.push(broker.delay(), number);
    });
    broker.channels.add({
      lose: () => {
        this.#isUsable = false;
        this.#requests.clear();
        confirms.clear();
      },
      reopen: () =>
        listener.reset(() => {
          this.#isUsable = true;
        }),
    });
  }

  publish(number: number, publication: Publication): void {
    // Until the process has noticed its new channel nothing leaves; the reset brings it again.
    if (this.#isUsable && !this.#broker.isOut)
      this.#requests.push(this.#broker.delay(), { number, publication });
  }
}

export class OutBroker {
  isOut = false;
  outages = 0;
  repeated = 0;
  /** Ids in the order of their first storing. */
  readonly first = new Map<string, Outward>();
  readonly channels = new Set<{ lose(): void; reopen(): void }>();
  readonly #random: Random;
  readonly #delayMaxMs: number;
  readonly #passOn: (publication: Publication) => void;

  constructor(random: Random, delayMaxMs: number, passOn: (publication: Publication) => void) {
    this.#random = random;
    this.#delayMaxMs = delayMaxMs;
    this.#passOn = passOn;
  }

  delay(): number {
    return 1 + this.#random.int(this.#delayMaxMs);
  }

  store(publication: Publication): void {
    if (this.first.has(publication.id)) this.repeated += 1;
    else this.first.set(publication.id, publication.outward);
    // A repeat too: it is for the key that it goes to, to know it (H2).
    if (publication.outward.to === 'event') this.#passOn(publication);
  }

  breakDown(): void {
    if (this.isOut) return;
    this.isOut = true;
    this.outages += 1;
    for (const channel of this.channels) channel.lose();
  }

  recover(): void {
    if (!this.isOut) return;
    this.isOut = false;
    for (const channel of this.channels) channel.reopen();
  }
}
