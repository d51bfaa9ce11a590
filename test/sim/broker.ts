/**
 * A modelled RabbitMQ: partitions with prefetch and a single active consumer, whose
 * unacknowledged events go back to their places when its channel closes, and with them at a
 * fail-over those whose acknowledgement was lost; and an outward exchange with confirms and
 * outages.
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

interface Queued {
  /** Place in the queue, for ever. */
  readonly place: number;
  readonly publishedAtMs: number;
  readonly event: EventInput;
}

interface Partition {
  readonly waiting: Queued[];
  readonly unacknowledged: Map<number, Queued>;
  /** What was acknowledged last, oldest first. */
  readonly acknowledged: (Queued & { readonly atMs: number })[];
  readonly channels: Channel[];
  /** Between two leaders: what comes is kept, nothing is delivered. */
  isOut: boolean;
}

/** Told of every event that is dealt with. */
type Waited = (
  event: { readonly key: string; readonly partition: number },
  span: { readonly fromMs: number; readonly nowMs: number },
) => void;

/** Acknowledgements that a fail-over may lose. */
const acknowledgedMax = 16;

export class EventBroker {
  redeliveries = 0;
  acknowledged = 0;
  acknowledgementsLost = 0;
  readonly #partitions: readonly Partition[];
  readonly #prefetch: number;
  readonly #schedule: Schedule;
  readonly #waited: Waited;
  #lastRef = 0;
  #lastPlace = 0;

  constructor(
    options: { readonly partitions: number; readonly prefetch: number },
    schedule: Schedule,
    waited: Waited,
  ) {
    this.#prefetch = options.prefetch;
    this.#schedule = schedule;
    this.#waited = waited;
    this.#partitions = Array.from({ length: options.partitions }, () => ({
      waiting: [],
      unacknowledged: new Map(),
      acknowledged: [],
      channels: [],
      isOut: false,
    }));
  }

  /** Events not yet acknowledged, waiting or under way. */
  get backlog(): number {
    let sum = 0;
    for (const one of this.#partitions) sum += one.waiting.length + one.unacknowledged.size;
    return sum;
  }

  publish(partition: number, event: EventInput): void {
    this.#lastPlace += 1;
    this.#of(partition).waiting.push({
      place: this.#lastPlace,
      publishedAtMs: this.#schedule.nowMs,
      event,
    });
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
    if (at === 0) this.#putBack(partition, []);
    this.#pump(channel.partition);
  }

  /**
   * The queue's leader is gone: all channels are closed, the acknowledgements of the last
   * `unheardMs` were never heard, and nothing is delivered until `recover`.
   */
  failOver(number: number, unheardMs: number): void {
    const partition = this.#of(number);
    partition.isOut = true;
    const sinceMs = this.#schedule.nowMs - unheardMs;
    const unheard = partition.acknowledged.filter(({ atMs }) => atMs > sinceMs);
    partition.acknowledged.length = 0;
    this.acknowledgementsLost += unheard.length;
    for (const channel of partition.channels.splice(0)) channel.isOpen = false;
    this.#putBack(partition, unheard);
  }

  recover(number: number): void {
    this.#of(number).isOut = false;
    this.#pump(number);
  }

  acknowledge(channel: Channel, ref: number): void {
    if (!channel.isOpen) return;
    const { unacknowledged, acknowledged } = this.#of(channel.partition);
    const queued = unacknowledged.get(ref);
    if (queued !== undefined) {
      unacknowledged.delete(ref);
      this.acknowledged += 1;
      const { nowMs } = this.#schedule;
      acknowledged.push({ ...queued, atMs: nowMs });
      const { partition } = channel;
      this.#waited({ key: queued.event.key, partition }, { fromMs: queued.publishedAtMs, nowMs });
      if (acknowledged.length > acknowledgedMax) acknowledged.shift();
    }
    this.#pump(channel.partition);
  }

  #putBack(partition: Partition, others: readonly Queued[]): void {
    const back = [...partition.unacknowledged.values(), ...others];
    this.redeliveries += back.length;
    partition.unacknowledged.clear();
    partition.waiting.unshift(...back.sort((a, b) => a.place - b.place));
  }

  #of(partition: number): Partition {
    return this.#partitions[partition] as Partition;
  }

  #pump(number: number): void {
    const partition = this.#of(number);
    const channel = partition.channels[0];
    if (channel === undefined || partition.isOut) return;
    while (partition.unacknowledged.size < this.#prefetch) {
      const queued = partition.waiting.shift();
      if (queued === undefined) return;
      this.#lastRef += 1;
      partition.unacknowledged.set(this.#lastRef, queued);
      channel.deliver(queued.event, this.#lastRef);
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
