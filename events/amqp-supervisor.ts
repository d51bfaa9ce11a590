/**
 * Keeps one connection to RabbitMQ up, over a list of addresses.
 *
 *   [dialing] ── logged in ──► [up] ── lost ──► [waiting] ── jittered back-off ──► [dialing]
 *       └────────── failed ──────────────────────► [waiting]              close: any ──► [closed]
 *
 * It never gives up: credentials may be put right while it tries. The first failure and the
 * recovery are logged, not each attempt. What lives on the connection is its owner's business.
 */
import { type Cancel, RingwayError } from '../base/index.ts';
import { type AmqpConnection, dial } from './amqp-connection.ts';
import type { AmqpAddress, AmqpContext } from './amqp-options.ts';
import { BackOff } from './back-off.ts';

export interface SupervisorOptions extends AmqpContext {
  /** What it is for, in logs and in RabbitMQ's management: `publish`. */
  readonly name: string;
  readonly addresses: readonly AmqpAddress[];
  onUp(connection: AmqpConnection): void;
  /** After each `onUp`, once; not for `close`. */
  onDown(reason: RingwayError): void;
  onBlocked(isBlocked: boolean): void;
  /** An attempt failed; `isDenied` = every address has now refused in a row (`bus.denied`). */
  onFailed(reason: RingwayError, isDenied: boolean): void;
}

type Phase =
  | { readonly kind: 'waiting'; readonly cancel: Cancel }
  | { readonly kind: 'dialing' }
  | { readonly kind: 'up'; readonly connection: AmqpConnection; readonly sinceMs: number }
  | { readonly kind: 'closed' };

export class AmqpSupervisor {
  readonly #options: SupervisorOptions;
  readonly #backOff: BackOff;
  #phase: Phase = { kind: 'dialing' };
  #nextAddress = 0;
  /** Refusals in a row, over all addresses. */
  #denials = 0;
  /** The code that was logged for the outage that lasts. */
  #loggedCode: string | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.limits, options.random);
  }

  /** Apart from the constructor, so that callbacks find their owner complete. */
  start(): void {
    void this.#dial();
  }

  /** Resolves within this time, whatever the broker does. */
  async close(deadlineMs: number): Promise<void> {
    const phase = this.#phase;
    this.#phase = { kind: 'closed' };
    if (phase.kind === 'waiting') phase.cancel();
    if (phase.kind === 'up') await phase.connection.close(deadlineMs);
  }

  async #dial(): Promise<void> {
    const { addresses, clock, limits, name, logger } = this.#options;
    const address = addresses[this.#nextAddress % addresses.length];
    if (address === undefined) return;
    this.#phase = { kind: 'dialing' };
    try {
      const connection = await dial(address, {
        name: `ringway ${name}`,
        clock,
        connectTimeoutMs: limits.connectTimeoutMs,
        operationTimeoutMs: limits.operationTimeoutMs,
        heartbeatSeconds: limits.heartbeatSeconds,
        onClosed: (reason) => this.#lost(connection, reason),
        onBlocked: (isBlocked) => this.#options.onBlocked(isBlocked),
      });
      if (this.#isClosed()) {
        await connection.close(limits.operationTimeoutMs);
        return;
      }
      logger.info('amqp.connected', { connection: name, broker: address.label });
      this.#loggedCode = undefined;
      this.#denials = 0;
      this.#phase = { kind: 'up', connection, sinceMs: clock.nowMs() };
      this.#options.onUp(connection);
    } catch (thrown) {
      if (thrown instanceof RingwayError) this.#failed(thrown);
      else throw thrown;
    }
  }

  #failed(reason: RingwayError): void {
    if (this.#isClosed()) return;
    const { addresses, logger, name } = this.#options;
    const isDenied = reason.code === 'bus.denied';
    this.#denials = isDenied ? this.#denials + 1 : 0;
    if (this.#loggedCode !== reason.code) {
      this.#loggedCode = reason.code;
      const fields = {
        connection: name,
        ...named(addresses),
        code: reason.code,
        reason: reason.message,
      };
      if (isDenied) logger.error('amqp.denied', fields);
      else logger.warn('amqp.unreachable', fields);
    }
    this.#nextAddress += 1;
    this.#wait();
    this.#options.onFailed(reason, this.#denials >= addresses.length);
  }

  #lost(connection: AmqpConnection, reason: RingwayError): void {
    if (this.#phase.kind !== 'up' || this.#phase.connection !== connection) return;
    const { addresses, clock, limits, logger, name } = this.#options;
    // One that does not live is as bad as none: the waits go on growing.
    const livedMs = clock.nowMs() - this.#phase.sinceMs;
    if (livedMs > limits.backOffMaxMs) this.#backOff.reset();
    logger.warn('amqp.lost', { connection: name, ...named(addresses), reason: reason.message });
    this.#loggedCode = reason.code;
    this.#nextAddress += 1;
    this.#wait();
    this.#options.onDown(reason);
  }

  #wait(): void {
    const cancel = this.#options.clock.after(this.#backOff.next(), () => void this.#dial());
    this.#phase = { kind: 'waiting', cancel };
  }

  #isClosed(): boolean {
    return this.#phase.kind === 'closed';
  }
}

/** Who is to be looked for, and which option says so: all of them, as any may take over. */
function named(addresses: readonly AmqpAddress[]): Record<string, string> {
  const brokers = addresses.map(({ label }) => label).join(',');
  return { brokers, option: addresses[0]?.option ?? '' };
}
