/**
 * Confirmed publishing over one connection of its own that comes back by itself.
 *
 *   [down] ── connected ──► [opening] ── channel open, prepared ──► [up]        close: any ──► [closed]
 *      ▲                      │  ▲ └─ failed: back-off ─┐             │
 *      └── connection lost ───┘  └──────────────────────┴── channel lost
 *
 * Nothing waits here: a message goes to the broker at once or is refused, and what is under way is
 * bounded by a window. So everything that the end of a channel leaves in doubt fails with it, at
 * once and in order. Each publication carries its number as `correlation-id`, for a returned
 * message tells nothing else that is surely unique; its return comes before its confirm.
 */
import { type Cancel, messageOf, RingwayError } from '../base/index.ts';
import { type AmqpChannel, ChannelClosed } from './amqp-channel.ts';
import type { AmqpConnection } from './amqp-connection.ts';
import {
  type AmqpContext,
  type AmqpContextOptions,
  amqpContext,
  parseAmqpUrls,
  urlsOptionDefault,
} from './amqp-options.ts';
import { AmqpSupervisor } from './amqp-supervisor.ts';
import type { AmqpMessage, AmqpPublisher } from './amqp-types.ts';
import { BackOff } from './back-off.ts';
import type { BusTrouble } from './bus.ts';
import { ConfirmWindow } from './confirm-window.ts';

export interface AmqpPublisherOptions extends AmqpContextOptions {
  /** Brokers of one cluster, tried in turn. */
  readonly urls: readonly string[];
  /** Where the addresses come from, for messages. Default `--rabbitmq (RINGWAY_RABBITMQ)`. */
  readonly urlsOption?: string;
  /** What it is for, in logs and in RabbitMQ's management. Default `publish`. */
  readonly name?: string;
  /**
   * Runs on each new channel before anything is published, for instance to declare queues. When it
   * throws, it runs again on another channel after a back-off. Further channels for what might
   * cost the channel come from the connection.
   */
  prepare?(channel: AmqpChannel, connection: AmqpConnection): Promise<void>;
}

export interface StartedPublisher extends AmqpPublisher {
  /**
   * Why it is not up, as the broker or `prepare` said it; undefined = it is up, blocked or not.
   * Listeners of `onChange` hear of another code here as well.
   */
  readonly failure: RingwayError | undefined;
  /**
   * Resolves once publishing works; fails only for what trying again cannot mend.
   * @throws RingwayError `bus.denied`, `bus.closed`, whatever `prepare` throws that is not retryable
   */
  ready(): Promise<void>;
  /** Runs `prepare` again, on a channel beside, when queues seem to be gone. Rejects as it does. */
  repair(): Promise<void>;
}

/** @throws ConfigError for addresses and limits; passwords are never in its message */
export function createAmqpPublisher(options: AmqpPublisherOptions): StartedPublisher {
  return new ConfirmedPublisher(options, amqpContext(options));
}

type Phase =
  | { readonly kind: 'down' }
  | { readonly kind: 'opening'; readonly connection: AmqpConnection; readonly cancel?: Cancel }
  | { readonly kind: 'up'; readonly connection: AmqpConnection; readonly channel: AmqpChannel }
  | { readonly kind: 'closed' };

class ConfirmedPublisher implements StartedPublisher {
  readonly #options: AmqpPublisherOptions;
  readonly #context: AmqpContext;
  readonly #supervisor: AmqpSupervisor;
  readonly #channelBackOff: BackOff;
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Set<{ resolve(): void; reject(reason: RingwayError): void }>();
  readonly #window: ConfirmWindow;
  #phase: Phase = { kind: 'down' };
  #isBlocked = false;
  /** Why it is not up, in the broker's words where there are any. */
  #failure = unavailable('not connected to RabbitMQ yet');
  #toldTrouble: BusTrouble | undefined = 'bus.unavailable';
  #toldFailure: string | undefined;

  constructor(options: AmqpPublisherOptions, context: AmqpContext) {
    this.#options = options;
    this.#context = context;
    this.#channelBackOff = new BackOff(context.limits, context.random);
    this.#window = new ConfirmWindow({
      ...context.limits,
      clock: context.clock,
      onExpired: () => this.#expired(),
    });
    this.#supervisor = new AmqpSupervisor({
      ...context,
      name: options.name ?? 'publish',
      addresses: parseAmqpUrls(options.urls, options.urlsOption ?? urlsOptionDefault),
      onUp: (connection) => void this.#open(connection),
      onDown: (reason) => this.#down(reason),
      onBlocked: (isBlocked) => this.#blocked(isBlocked),
      onFailed: (reason, isDenied) => this.#failed(reason, isDenied),
    });
    this.#supervisor.start();
  }

  get trouble(): BusTrouble | undefined {
    if (this.#phase.kind === 'closed') return 'bus.closed';
    if (this.#phase.kind !== 'up') return 'bus.unavailable';
    return this.#isBlocked ? 'bus.blocked' : undefined;
  }

  get failure(): RingwayError | undefined {
    return this.trouble === undefined || this.trouble === 'bus.blocked' ? undefined : this.#failure;
  }

  onChange(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  ready(): Promise<void> {
    if (this.#phase.kind === 'up') return Promise.resolve();
    if (this.#phase.kind === 'closed') return Promise.reject(closed());
    return new Promise((resolve, reject) => this.#waiting.add({ resolve, reject }));
  }

  async repair(): Promise<void> {
    if (this.#phase.kind !== 'up' || this.#isBlocked) return;
    const listener = { onClosed: (): void => undefined };
    const { connection } = this.#phase;
    const channel = await connection.openChannel('plain', listener);
    await this.#prepare(channel, connection);
    await channel.close();
  }

  publish(message: AmqpMessage): Promise<void> {
    const phase = this.#phase;
    if (phase.kind === 'closed') return Promise.reject(closed());
    if (phase.kind !== 'up') return Promise.reject(this.#failure);
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    const { channel } = phase;
    return this.#window.add((sequence) => {
      try {
        channel.publish(message, sequence, (isStored) => {
          this.#channelBackOff.reset();
          this.#window.confirmed(sequence, isStored);
        });
      } catch (thrown) {
        // The library notices the end of a channel before it tells anybody.
        throw channel.isOpen ? unencodable(thrown) : unavailable(messageOf(thrown), thrown);
      }
    });
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#phase.kind === 'closed') return;
    const phase = this.#phase;
    if (phase.kind === 'opening') phase.cancel?.();
    this.#phase = { kind: 'closed' };
    this.#tell();
    for (const waiting of this.#takeWaiting()) waiting.reject(closed());
    const { clock } = this.#context;
    const endMs = clock.nowMs() + deadlineMs;
    await this.#window.idle(deadlineMs);
    this.#window.failAll(closed());
    await this.#supervisor.close(Math.max(1, endMs - clock.nowMs()));
  }

  /** undefined = a message may go out now. */
  #refusal(): RingwayError | undefined {
    const { confirmWindowMax } = this.#context.limits;
    if (this.#isBlocked) {
      const message = 'RabbitMQ takes nothing at present for lack of memory or disk';
      return new RingwayError('bus.blocked', message, { retryable: true });
    }
    if (!this.#window.isFull) return undefined;
    const message = `${confirmWindowMax} messages wait for their confirm, as many as confirmWindowMax allows`;
    return new RingwayError('bus.full', message, { retryable: true });
  }

  async #open(connection: AmqpConnection): Promise<void> {
    this.#phase = { kind: 'opening', connection };
    try {
      const channel = await connection.openChannel('confirm', {
        onClosed: (reason) => this.#channelLost(connection, reason),
        onReturned: (sequence) => this.#window.returned(sequence),
      });
      await this.#prepare(channel, connection);
      if (!this.#isOpening(connection)) return;
      // Closed by the broker in the very moment: `onClosed` came before anybody was interested.
      if (!channel.isOpen) throw unavailable('the channel was closed at once');
      this.#phase = { kind: 'up', connection, channel };
      for (const waiting of this.#takeWaiting()) waiting.resolve();
      this.#tell();
    } catch (thrown) {
      if (!(thrown instanceof RingwayError)) throw thrown;
      if (this.#isOpening(connection)) this.#reopen(connection, thrown);
    }
  }

  /** A channel that it refused is closed: nobody else would. */
  async #prepare(channel: AmqpChannel, connection: AmqpConnection): Promise<void> {
    try {
      await this.#options.prepare?.(channel, connection);
    } catch (thrown) {
      await channel.close();
      throw thrown;
    }
  }

  #isOpening(connection: AmqpConnection): boolean {
    return this.#phase.kind === 'opening' && this.#phase.connection === connection;
  }

  #channelLost(connection: AmqpConnection, reason: ChannelClosed): void {
    if (this.#phase.kind === 'closed') {
      this.#window.failAll(closed());
      return;
    }
    if (this.#phase.kind !== 'up' || this.#phase.connection !== connection) return;
    this.#reopen(connection, reason);
    this.#window.failAll(reason);
  }

  /** A connection that is gone as well reports so by itself, and ends the wait. */
  #reopen(connection: AmqpConnection, reason: RingwayError): void {
    const { clock, logger } = this.#context;
    if (this.#failure.message !== reason.message) {
      logger.warn('amqp.channel_lost', { reason: reason.message, code: reason.code });
    }
    this.#failure = reason;
    const cancel = clock.after(this.#channelBackOff.next(), () => void this.#open(connection));
    this.#phase = { kind: 'opening', connection, cancel };
    if (!reason.retryable) for (const waiting of this.#takeWaiting()) waiting.reject(reason);
    this.#tell();
  }

  #down(reason: RingwayError): void {
    if (this.#phase.kind === 'opening') this.#phase.cancel?.();
    if (this.#phase.kind !== 'closed') this.#phase = { kind: 'down' };
    this.#failure = reason;
    this.#isBlocked = false;
    this.#window.setPaused(false);
    this.#window.failAll(reason);
    this.#tell();
  }

  #failed(reason: RingwayError, isDenied: boolean): void {
    this.#failure = reason;
    this.#tell();
    if (isDenied) for (const waiting of this.#takeWaiting()) waiting.reject(reason);
  }

  #blocked(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
    this.#window.setPaused(isBlocked);
    this.#context.logger.warn(isBlocked ? 'amqp.blocked' : 'amqp.unblocked');
    this.#tell();
  }

  #expired(): void {
    if (this.#phase.kind !== 'up') return;
    const { confirmTimeoutMs } = this.#context.limits;
    const message = `RabbitMQ did not confirm within confirmTimeoutMs ${confirmTimeoutMs}`;
    this.#phase.channel.fail(new ChannelClosed(message, undefined));
  }

  #takeWaiting(): readonly { resolve(): void; reject(reason: RingwayError): void }[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  #tell(): void {
    const { trouble } = this;
    const failure = this.failure?.code;
    if (trouble === this.#toldTrouble && failure === this.#toldFailure) return;
    this.#toldTrouble = trouble;
    this.#toldFailure = failure;
    for (const listener of [...this.#listeners]) listener();
  }
}

function unavailable(message: string, cause?: unknown): RingwayError {
  return new RingwayError('bus.unavailable', message, { retryable: true, cause });
}

function closed(): RingwayError {
  return new RingwayError('bus.closed', 'the publisher was closed');
}

function unencodable(thrown: unknown): RingwayError {
  const message = `the message cannot be sent as AMQP: ${messageOf(thrown)}`;
  return new RingwayError('event.invalid', message, { cause: thrown });
}
