/**
 * A confirm channel to RabbitMQ that comes back by itself, for the tests' publisher: what was not
 * confirmed when it broke is sent again, oldest first, before anything newer.
 */
import { setTimeout as later } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';

export interface OutgoingEvent {
  readonly key: string;
  readonly id: string;
  readonly number: number;
}

export interface EventLinkOptions {
  readonly url: string;
  readonly partitions: number;
  readonly onConfirmed: (id: string) => void;
}

const exchange = 'ringway.events';
const connectTimeoutMs = 5000;
const retryMs = 200;
const heartbeatSeconds = 4;

export class EventLink {
  readonly #options: EventLinkOptions;
  /** Not confirmed, in the order of publishing. */
  readonly #outstanding = new Map<string, OutgoingEvent>();
  readonly #returned = new Set<string>();
  #model: ChannelModel | undefined;
  #channel: ConfirmChannel | undefined;
  #retry: NodeJS.Timeout | undefined;
  #connections = 0;
  #isBlocked = false;
  #isClosed = false;
  #lastEnd = '';

  constructor(options: EventLinkOptions) {
    this.#options = options;
    void this.#open();
  }

  get isUp(): boolean {
    return this.#channel !== undefined;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  counts() {
    return {
      outstanding: this.outstanding,
      returned: this.#returned.size,
      connections: this.#connections,
      isBlocked: this.#isBlocked,
      lastEnd: this.#lastEnd,
    };
  }

  publish(event: OutgoingEvent): void {
    this.#outstanding.set(event.id, event);
    this.#put(event);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#model?.close().catch(() => undefined);
  }

  async #open(): Promise<void> {
    try {
      const url = new URL(this.#options.url);
      url.searchParams.set('heartbeat', String(heartbeatSeconds));
      const model = await connected(url.href);
      model.on('error', (error) => this.#ended(model, error.message));
      model.on('close', () => this.#ended(model, 'closed'));
      model.on('blocked', () => this.#blocked(model, true));
      model.on('unblocked', () => this.#blocked(model, false));
      this.#model = model;
      const channel = await model.createConfirmChannel();
      channel.on('error', (error: Error) => this.#ended(model, error.message));
      channel.on('close', () => this.#ended(model, 'channel closed'));
      channel.on('return', ({ properties }) => {
        this.#returned.add(String(properties.messageId));
      });
      await channel.checkExchange(exchange);
      this.#connections += 1;
      this.#channel = channel;
      for (const event of this.#outstanding.values()) this.#put(event);
    } catch (error) {
      this.#ended(this.#model, error instanceof Error ? error.message : String(error));
    }
  }

  #put(event: OutgoingEvent): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    const { key, id, number } = event;
    const routingKey = String(crc32(key) % this.#options.partitions);
    const options = {
      ...{ messageId: id, type: 'test.event', contentType: 'application/json' },
      ...{ headers: { key }, persistent: true, mandatory: true },
    };
    channel.publish(exchange, routingKey, Buffer.from(`{"number":${number}}`), options, (error) => {
      if (channel !== this.#channel) return;
      if (error) return this.#ended(this.#model, 'not taken by the broker');
      // The broker confirms what it returned, too.
      if (this.#returned.has(id) || !this.#outstanding.delete(id)) return;
      this.#options.onConfirmed(id);
    });
  }

  #blocked(model: ChannelModel, isBlocked: boolean): void {
    if (model === this.#model) this.#isBlocked = isBlocked;
  }

  /** Of one connection, once: the rest of it is thrown away and a new one opened. */
  #ended(model: ChannelModel | undefined, why: string): void {
    if (model !== this.#model || this.#isClosed) return;
    this.#lastEnd = why;
    this.#model = undefined;
    this.#channel = undefined;
    this.#isBlocked = false;
    model?.close().catch(() => undefined);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), retryMs * (0.5 + Math.random()));
  }
}

/** The package's own time-out does not cover a broker that is silent after the TCP handshake. */
async function connected(url: string): Promise<ChannelModel> {
  const connecting = connect(url, { timeout: connectTimeoutMs });
  let isLate = false;
  const late = later(connectTimeoutMs, undefined, { ref: false }).then(() => {
    isLate = true;
    throw new Error(`no connection within ${connectTimeoutMs} ms`);
  });
  connecting.then(
    (model) => {
      if (isLate) model.close().catch(() => undefined);
    },
    () => undefined,
  );
  late.catch(() => undefined);
  return Promise.race([connecting, late]);
}
