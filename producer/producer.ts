/**
 * Publishes events and answers each when the broker has stored it, or with the reason why not.
 * Whatever happens to the connection, an event is sent again under its id until its confirm or
 * its deadline; Ringway drops the copies. Of one key one event is under way at a time (`lanes.ts`),
 * so the order of the calls is the order of the queue, refusals by the broker included.
 */
import { type Cancel, messageOf, RingwayError } from '../base/index.ts';
import { type BusEvent, eventMessage } from '../events/index.ts';
import { type Entry, mayBeStored, type Published } from './entry.ts';
import { ProducerError, type ProducerErrorCode } from './errors.ts';
import { eventOf, type PublishRequest } from './event.ts';
import { Gate, hindranceError, type ProducerConnection } from './gate.ts';
import { Lanes } from './lanes.ts';
import type { ProducerSettings } from './options.ts';

export interface Producer {
  /**
   * Resolves when the broker has stored the event: from then on it will be delivered. Events of
   * one key are stored in the order of the calls; one that fails does not hold up the later ones,
   * so await each whose failure must stop the next.
   * @throws ProducerError; publish again under the same `id` (and `source`) when it is `retryable`
   */
  publish(event: PublishRequest): Promise<Published>;
  /** Events without an answer yet. */
  readonly pending: number;
  /** For readiness: the code that says why nothing is sent now; undefined = all is well. */
  readonly trouble: ProducerErrorCode | undefined;
  /**
   * Takes no more events, waits up to `closeTimeoutMs` for the answers that are outstanding,
   * rejects the rest with `producer.unconfirmed`, and closes the connection. Never rejects.
   */
  close(): Promise<void>;
}

export class AmqpProducer implements Producer {
  readonly #settings: ProducerSettings;
  readonly #connection: ProducerConnection;
  readonly #gate: Gate;
  readonly #lanes = new Lanes<Entry>();
  readonly #unanswered = new Set<Entry>();
  #unansweredBytes = 0;
  #underWay = 0;
  #cancelPause: Cancel | undefined;
  #closing: Promise<void> | undefined;
  #onIdle: () => void = () => undefined;

  constructor(connection: ProducerConnection, settings: ProducerSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#gate = new Gate(connection, () => this.#gateChanged());
  }

  get pending(): number {
    return this.#unanswered.size;
  }

  get trouble(): ProducerErrorCode | undefined {
    return this.#closing === undefined ? this.#gate.hindrance?.code : 'producer.closed';
  }

  async publish(request: PublishRequest): Promise<Published> {
    if (this.#closing !== undefined) {
      throw new ProducerError('producer.closed', 'the producer is closed');
    }
    const event = eventOf(request, this.#settings);
    const hindrance = this.#gate.hindrance;
    if (hindrance?.isFinal === true) throw hindranceError(hindrance);
    this.#checkRoom(event.data.length);
    return await new Promise<Published>((resolve, reject) => {
      this.#add(event, { resolve, reject });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #checkRoom(bytes: number): void {
    const { pendingEventsMax, pendingBytesMax } = this.#settings;
    const count = this.#unanswered.size;
    if (count >= pendingEventsMax) {
      const message = `${count} events wait, as many as pendingEventsMax allows`;
      throw new ProducerError('producer.full', message);
    }
    // One event always fits an empty producer.
    if (count > 0 && this.#unansweredBytes + bytes > pendingBytesMax) {
      const sum = `${this.#unansweredBytes} bytes wait and ${bytes} more`;
      throw new ProducerError('producer.full', `${sum} exceed pendingBytesMax ${pendingBytesMax}`);
    }
  }

  #add(event: BusEvent, answer: Pick<Entry, 'resolve' | 'reject'>): void {
    const { clock, partitions, publishTimeoutMs } = this.#settings;
    const entry: Entry = {
      key: event.key,
      id: event.id,
      message: eventMessage(event, partitions),
      ...answer,
      cancelDeadline: clock.after(publishTimeoutMs, () => this.#expire(entry)),
      cancelDelay: undefined,
      isUnderWay: false,
      isAnswered: false,
      isInDoubt: false,
      nacks: 0,
    };
    this.#unanswered.add(entry);
    this.#unansweredBytes += event.data.length;
    this.#lanes.add(entry);
    this.#pump();
  }

  #gateChanged(): void {
    const hindrance = this.#gate.hindrance;
    if (hindrance === undefined) this.#pump();
    else if (hindrance.isFinal) {
      this.#refuseAll((mayBeStored) => hindranceError(hindrance, { mayBeStored }));
    }
  }

  #pump(): void {
    while (
      this.#gate.hindrance === undefined &&
      this.#cancelPause === undefined &&
      this.#underWay < this.#settings.unconfirmedMax
    ) {
      const entry = this.#lanes.take();
      if (entry === undefined) return;
      this.#send(entry);
    }
  }

  #send(entry: Entry): void {
    entry.isUnderWay = true;
    this.#underWay += 1;
    const settle = (task: () => void): void => {
      entry.isUnderWay = false;
      this.#underWay -= 1;
      task();
      this.#pump();
    };
    this.#connection.publish(entry.message).then(
      () => settle(() => this.#stored(entry)),
      (thrown: unknown) => settle(() => this.#failed(entry, thrown)),
    );
  }

  #stored(entry: Entry): void {
    this.#lanes.finish(entry);
    if (this.#answer(entry)) entry.resolve({ id: entry.id });
  }

  #failed(entry: Entry, thrown: unknown): void {
    const code = thrown instanceof RingwayError ? thrown.code : undefined;
    if (code === 'bus.unavailable') entry.isInDoubt = true;
    if (entry.isAnswered) this.#lanes.finish(entry);
    else if (code === 'bus.nacked') this.#nacked(entry);
    else if (code === 'bus.returned') this.#returned(entry);
    else if (code === undefined) this.#refuse(entry, thrown);
    else if (code === 'event.invalid') {
      this.#refuse(entry, new ProducerError(code, messageOf(thrown), { cause: thrown }));
    } else {
      this.#lanes.again(entry);
      this.#pause();
    }
  }

  /** The connection tells of its trouble itself; until it does, nothing must spin. */
  #pause(): void {
    const { clock } = this.#settings;
    this.#cancelPause ??= clock.after(this.#firstDelayMs(), () => {
      this.#cancelPause = undefined;
      this.#pump();
    });
  }

  #nacked(entry: Entry): void {
    const { clock, random, nackDelayMs, nacksMax } = this.#settings;
    entry.nacks += 1;
    if (entry.nacks >= nacksMax) {
      const message = `the broker refused event ${entry.id} ${entry.nacks} times (nacksMax)`;
      this.#refuse(
        entry,
        new ProducerError('producer.nacked', message, {
          mayBeStored: mayBeStored(entry),
        }),
      );
      return;
    }
    const ceilingMs = Math.min(nackDelayMs, this.#firstDelayMs() * 2 ** (entry.nacks - 1));
    entry.cancelDelay = clock.after(random.next() * ceilingMs, () => {
      entry.cancelDelay = undefined;
      this.#lanes.again(entry);
      this.#pump();
    });
  }

  #firstDelayMs(): number {
    return this.#settings.nackDelayMs / 16;
  }

  #returned(entry: Entry): void {
    const { partitions } = this.#settings;
    const { routingKey, exchange } = entry.message;
    const message =
      `no queue of ${exchange} takes routing key ${routingKey} (key ${entry.key}): its queue was ` +
      `deleted, or partitions ${partitions} is not what the cluster was started with`;
    this.#refuse(
      entry,
      new ProducerError('producer.unroutable', message, {
        mayBeStored: mayBeStored(entry),
      }),
    );
  }

  #expire(entry: Entry): void {
    const { publishTimeoutMs } = this.#settings;
    const hindrance = this.#gate.hindrance;
    const isUnknown = mayBeStored(entry);
    if (!isUnknown && hindrance !== undefined) {
      const message = `${hindrance.message}, for publishTimeoutMs ${publishTimeoutMs}`;
      this.#refuse(entry, hindranceError({ ...hindrance, message }));
      return;
    }
    const state = isUnknown ? 'not confirmed' : 'not sent';
    const message = `event ${entry.id} was ${state} within publishTimeoutMs ${publishTimeoutMs}`;
    const error = new ProducerError('producer.timed_out', message, { mayBeStored: isUnknown });
    this.#refuse(entry, error);
  }

  #refuseAll(errorOf: (mayBeStored: boolean, id: string) => ProducerError): void {
    for (const entry of [...this.#unanswered]) {
      this.#refuse(entry, errorOf(mayBeStored(entry), entry.id));
    }
  }

  #refuse(entry: Entry, error: unknown): void {
    // Under way it keeps its lane until the broker is done with it.
    if (!entry.isUnderWay) this.#lanes.finish(entry);
    if (this.#answer(entry)) entry.reject(error);
  }

  /** Whether there was none yet. */
  #answer(entry: Entry): boolean {
    if (entry.isAnswered) return false;
    entry.isAnswered = true;
    entry.cancelDeadline();
    entry.cancelDelay?.();
    this.#unanswered.delete(entry);
    this.#unansweredBytes -= entry.message.body.length;
    if (this.#unanswered.size === 0) this.#onIdle();
    return true;
  }

  async #close(): Promise<void> {
    const { clock, closeTimeoutMs, logger } = this.#settings;
    const endMs = clock.nowMs() + closeTimeoutMs;
    if (this.#unanswered.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(closeTimeoutMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#gate.close();
    this.#cancelPause?.();
    this.#refuseAll((mayBeStored, id) => {
      const message = `the producer was closed before event ${id} was confirmed`;
      return new ProducerError('producer.unconfirmed', message, { mayBeStored });
    });
    const remainingMs = Math.max(0, endMs - clock.nowMs());
    await this.#connection.close(remainingMs).catch((thrown: unknown) => {
      logger.warn('producer.close_failed', { reason: messageOf(thrown) });
    });
  }
}
