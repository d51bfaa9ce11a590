/**
 * The one file that knows amqplib: one connection, one life, and its channels.
 *
 * The library has no deadlines, forgets listeners at its peril and hangs in `close`; so every wait
 * has a deadline here, listeners are there from the first moment, and the socket can be destroyed
 * at any time (`drop`). A connection counts as made only once a channel could be opened on it:
 * one that was lost during the login would otherwise be adopted dead. The library's own recovery is
 * not used; `amqp-supervisor.ts` makes the next connection.
 */
import { type ChannelModel, connect } from 'amqplib';
import { type Clock, messageOf, RingwayError } from '../base/index.ts';
import { type AmqpChannel, type ChannelListener, LibraryChannel } from './amqp-channel.ts';
import type { AmqpAddress } from './amqp-options.ts';
import { within } from './deadline.ts';

export interface DialOptions {
  /** Shown by RabbitMQ's management. */
  readonly name: string;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number;
  readonly heartbeatSeconds: number;
  /** Once, unless `close` was called; nothing of this connection works any more. */
  onClosed(reason: RingwayError): void;
  /** The broker has begun or ceased to take nothing, for lack of memory or disk. */
  onBlocked(isBlocked: boolean): void;
}

export interface AmqpConnection {
  readonly isOpen: boolean;
  /** @throws RingwayError `bus.unavailable`; then the connection is being dropped too. */
  openChannel(kind: 'plain' | 'confirm', listener: ChannelListener): Promise<AmqpChannel>;
  /** Ends it at once, without a farewell. */
  drop(reason: RingwayError): void;
  /** Resolves within this time, whatever the broker does. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws RingwayError `bus.unavailable` (retryable), `bus.denied` (login or virtual host refused) */
export async function dial(address: AmqpAddress, options: DialOptions): Promise<AmqpConnection> {
  const { clock, connectTimeoutMs, heartbeatSeconds, name } = options;
  const url = new URL(address.url);
  url.searchParams.set('heartbeat', String(heartbeatSeconds));
  const abort = new AbortController();
  const socketOptions = {
    noDelay: true,
    keepAlive: true,
    signal: abort.signal,
    clientProperties: { connection_name: name },
  };
  const deadline = { clock, timeoutMs: connectTimeoutMs, what: 'login (connectTimeoutMs)' };
  try {
    return await within(login(url.href, socketOptions, abort, options), deadline);
  } catch (thrown) {
    abort.abort();
    throw refusal(thrown, address);
  }
}

async function login(
  url: string,
  socketOptions: Parameters<typeof connect>[1],
  abort: AbortController,
  options: DialOptions,
): Promise<AmqpConnection> {
  const model = await connect(url, socketOptions);
  const connection = new LibraryConnection(model, abort, options);
  await connection.probe();
  return connection;
}

class LibraryConnection implements AmqpConnection {
  readonly #model: ChannelModel;
  readonly #abort: AbortController;
  readonly #options: DialOptions;
  readonly #ended: Promise<void>;
  /** What the library said before it closed. */
  #lastError: unknown;
  /** `opening`: nobody is told of it but the one who dials. */
  #phase: 'opening' | 'open' | 'closing' | 'closed' = 'opening';

  constructor(model: ChannelModel, abort: AbortController, options: DialOptions) {
    this.#model = model;
    this.#abort = abort;
    this.#options = options;
    const keep = (error: unknown): void => {
      this.#lastError ??= error;
    };
    model.on('error', keep);
    model.on('handler-error', keep);
    model.on('blocked', () => this.#blocked(true));
    model.on('unblocked', () => this.#blocked(false));
    this.#ended = new Promise((resolve) => {
      model.on('close', (error) => {
        this.#closed(unavailable(this.#lastError ?? error ?? 'the connection was closed'));
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  async probe(): Promise<void> {
    const probe = await this.#model.createChannel();
    probe.on('error', () => undefined);
    await Promise.race([probe.close(), this.#ended]);
    if (this.#phase !== 'opening') throw unavailable(this.#lastError ?? 'lost during the login');
    this.#phase = 'open';
  }

  async openChannel(kind: 'plain' | 'confirm', listener: ChannelListener): Promise<AmqpChannel> {
    if (this.#phase !== 'open') throw unavailable('the connection is gone');
    const { clock, operationTimeoutMs: timeoutMs } = this.#options;
    const opening =
      kind === 'confirm' ? this.#model.createConfirmChannel() : this.#model.createChannel();
    const what = `opening a channel (operationTimeoutMs)`;
    try {
      const channel = await within(opening, { clock, timeoutMs, what });
      const drop = (reason: RingwayError): void => this.drop(reason);
      return new LibraryChannel({ channel, listener, clock, operationTimeoutMs: timeoutMs, drop });
    } catch (thrown) {
      // The library rejects for ever on a connection that it has not noticed to be dead.
      const reason = unavailable(thrown);
      this.drop(reason);
      throw reason;
    }
  }

  drop(reason: RingwayError): void {
    this.#lastError = reason;
    this.#abort.abort();
    this.#closed(reason);
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#phase === 'closed') return;
    this.#phase = 'closing';
    this.#model.close().catch(() => undefined);
    const { clock } = this.#options;
    const what = 'closing the connection';
    await within(this.#ended, { clock, timeoutMs: deadlineMs, what }).catch(() => undefined);
    this.#closed(unavailable('closed'));
  }

  #blocked(isBlocked: boolean): void {
    if (this.#phase === 'open') this.#options.onBlocked(isBlocked);
  }

  /** The library leaves the socket half open towards a broker that is frozen. */
  #closed(reason: RingwayError): void {
    const wasOpen = this.#phase === 'open';
    this.#phase = 'closed';
    this.#abort.abort();
    if (wasOpen) this.#options.onClosed(reason);
  }
}

/**
 * A refused login is told by its text alone. The answer to a virtual host that does not exist, or
 * that the user may not use, is told by its type alone, for the library keeps the text to itself.
 */
function refusal(thrown: unknown, address: AmqpAddress): RingwayError {
  const text = messageOf(thrown);
  const where = `${address.label} as user ${JSON.stringify(address.user)}`;
  if (/ACCESS[-_]REFUSED/.test(text)) {
    const message = `RabbitMQ refused the login at ${where}: check ${address.option}`;
    return new RingwayError('bus.denied', message);
  }
  if (/Expected ConnectionOpenOk; got <ConnectionClose/.test(text)) {
    const why = 'it does not exist, or is not for this user';
    const message = `RabbitMQ refused the virtual host of ${where}: ${why}; check ${address.option}`;
    return new RingwayError('bus.denied', message);
  }
  return unavailable(thrown, ` (${address.label})`);
}

function unavailable(thrown: unknown, suffix = ''): RingwayError {
  if (thrown instanceof RingwayError && suffix === '') return thrown;
  const options = { retryable: true, cause: thrown };
  return new RingwayError('bus.unavailable', `${messageOf(thrown)}${suffix}`, options);
}
