/**
 * Modelled publishers: each event under an id of its own, some twice. With channels they send in
 * order and keep what is not confirmed; a lost channel has stored the beginning of what was under
 * way, and takes the confirms with it, so all unconfirmed events go out again, in order.
 */
import type { EventInput } from '../../gateway/core-types.ts';
import { hashKey } from '../../ring/index.ts';
import { bytesOf } from './application.ts';
import { worldLimits } from './limits.ts';
import { Lane } from './schedule.ts';
import type { Surroundings } from './surroundings.ts';

const publisherIds = ['p0', 'p1', 'p2'];
const delayMaxMs = 5;

export class Publishers {
  /** By publisher and key, how many. */
  readonly published = new Map<string, number>();
  readonly #world: Surroundings;
  readonly #keys: readonly string[];
  readonly #channels = new Map<string, PublisherChannel>();

  constructor(world: Surroundings, keys: readonly string[], hasChannels: boolean) {
    this.#world = world;
    this.#keys = keys;
    if (!hasChannels) return;
    for (const id of publisherIds) this.#channels.set(id, new PublisherChannel(world));
  }

  begin(isQuiet: () => boolean): void {
    const { schedule, random } = this.#world;
    for (const id of publisherIds) {
      const one = (): void => this.publish(id, this.#keys[random.int(this.#keys.length)] ?? '');
      schedule.every(15 + random.int(30), one, isQuiet);
    }
  }

  /** One event of each publisher for each key. */
  touchEverything(): void {
    for (const id of publisherIds) for (const key of this.#keys) this.publish(id, key);
  }

  publish(publisher: string, key: string): void {
    const { ledger, random, schedule } = this.#world;
    const stream = `${publisher}/${key}`;
    const sequence = (this.published.get(stream) ?? 0) + 1;
    this.published.set(stream, sequence);
    const id = `${stream}/${sequence}`;
    const data = bytesOf(id);
    const event = { id, key, type: 'tick', source: publisher, format: 'text', data } as const;
    ledger.stats.eventsPublished += 1;
    this.#send(publisher, event);
    if (random.int(12) > 0) return;
    ledger.stats.eventsRepeated += 1;
    schedule.after(random.int(150), () => this.#send(publisher, event));
  }

  /** Of all publishers; they come again after `backMs`. */
  loseChannels(backMs: number): void {
    for (const channel of this.#channels.values()) channel.lose(backMs);
  }

  /** Events that no confirm was heard for. */
  get unconfirmed(): number {
    let sum = 0;
    for (const channel of this.#channels.values()) sum += channel.unconfirmed.length;
    return sum;
  }

  #send(publisher: string, event: EventInput): void {
    const channel = this.#channels.get(publisher);
    if (channel === undefined) this.#world.events.publish(partitionOf(event.key), event);
    else channel.send(event);
  }
}

class PublisherChannel {
  readonly unconfirmed: EventInput[] = [];
  readonly #world: Surroundings;
  readonly #sent: Lane<EventInput>;
  readonly #confirms: Lane<EventInput>;
  #isOpen = true;

  constructor(world: Surroundings) {
    this.#world = world;
    this.#confirms = new Lane(world.schedule, () => this.unconfirmed.shift());
    this.#sent = new Lane(world.schedule, (event) => {
      world.events.publish(partitionOf(event.key), event);
      this.#confirms.push(this.#delay(), event);
    });
  }

  send(event: EventInput): void {
    this.unconfirmed.push(event);
    if (this.#isOpen) this.#sent.push(this.#delay(), event);
  }

  lose(backMs: number): void {
    this.#sent.clear();
    this.#confirms.clear();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#world.schedule.after(backMs, () => {
      this.#isOpen = true;
      this.#world.ledger.stats.publishedAgain += this.unconfirmed.length;
      for (const event of this.unconfirmed) this.#sent.push(this.#delay(), event);
    });
  }

  #delay(): number {
    return 1 + this.#world.random.int(delayMaxMs);
  }
}

export function partitionOf(key: string): number {
  return hashKey(key) % worldLimits.partitions;
}
