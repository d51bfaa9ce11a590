/**
 * A backend of a benchmark in a process of its own: events round robin over all users, as
 * docs/events.md says, mandatory and persistent, with confirms. Either so many per second, or as
 * many as it is allowed: whoever measures allows what has arrived and a window more.
 */
import { crc32 } from 'node:zlib';
import { type ConfirmChannel, connect } from 'amqplib';
import { serve } from '../../test/support/processes/control.ts';
import { machineUs } from './machine-time.ts';

export interface PublisherOptions {
  /** `amqp://…/vhost` */
  readonly url: string;
  readonly users: readonly string[];
  readonly partitions: number;
}

const beatMs = 2;
const unconfirmedMax = 2000;

class Publisher {
  readonly #channel: ConfirmChannel;
  readonly #targets: readonly { readonly key: string; readonly routingKey: string }[];
  #sent = 0;
  #unconfirmed = 0;
  #returned = 0;
  #allowed = 0;
  #beat: NodeJS.Timeout | undefined;

  constructor(channel: ConfirmChannel, { users, partitions }: PublisherOptions) {
    this.#channel = channel;
    this.#targets = users.map((user) => {
      const key = `user:${user}`;
      return { key, routingKey: String(crc32(key) % partitions) };
    });
    channel.on('return', () => {
      this.#returned += 1;
    });
  }

  get sent(): number {
    if (this.#returned > 0) throw new Error(`${this.#returned} events were returned`);
    return this.#sent;
  }

  rate(perSecond: number): void {
    const startUs = machineUs();
    const before = this.#sent;
    this.#beat = setInterval(() => {
      this.#upTo(before + Math.floor(((machineUs() - startUs) / 1e6) * perSecond));
    }, beatMs);
  }

  /** @param count of events ever sent */
  allow(count: number): void {
    this.#allowed = count;
    this.#upTo(count);
  }

  stop(): void {
    clearInterval(this.#beat);
    this.#allowed = 0;
  }

  #upTo(count: number): void {
    while (this.#sent < count && this.#unconfirmed < unconfirmedMax) this.#publish();
  }

  #publish(): void {
    const target = this.#targets[this.#sent % this.#targets.length];
    if (target === undefined) return;
    const { key, routingKey } = target;
    this.#sent += 1;
    this.#unconfirmed += 1;
    const messageId = `b${this.#sent}`;
    const body = `{"at":${machineUs()},"order":${this.#sent},"text":"sixty-four bytes or so"}`;
    const options = {
      ...{ messageId, type: 'bench.event', contentType: 'application/json' },
      ...{ headers: { key, source: '/bench' }, persistent: true, mandatory: true },
    };
    this.#channel.publish('ringway.events', routingKey, Buffer.from(body), options, () => {
      this.#unconfirmed -= 1;
      this.#upTo(this.#allowed);
    });
  }
}

let publisher: Publisher | undefined;

const opened = (): Publisher => {
  if (publisher === undefined) throw new Error('not opened');
  return publisher;
};

const commands = {
  open: async (options: PublisherOptions) => {
    const connection = await connect(options.url);
    const channel = await connection.createConfirmChannel();
    publisher = new Publisher(channel, options);
  },
  rate: (perSecond: number) => opened().rate(perSecond),
  allow: (count: number) => opened().allow(count),
  stop: (_: null) => opened().stop(),
  sent: (_: null) => opened().sent,
};
export type PublisherCommands = typeof commands;
serve(commands);
