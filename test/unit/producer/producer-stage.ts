/** A producer on a connection that does what the test says, with a clock that stands still. */
import { RingwayError, seededRandom } from '../../../base/index.ts';
import type { AmqpMessage, AmqpPublisher } from '../../../events/index.ts';
import type { ProducerError, Published } from '../../../producer/index.ts';
import { type ProducerOptions, parseProducerOptions } from '../../../producer/options.ts';
import { AmqpProducer } from '../../../producer/producer.ts';
import { createFakeClock, type FakeClock, settled } from '../../support/fake-clock.ts';

export interface Sent {
  readonly message: AmqpMessage;
  confirm(): void;
  fail(code: string): void;
}

export class FakeConnection {
  /** In the order of the calls, answered or not. */
  readonly sent: Sent[] = [];
  trouble: AmqpPublisher['trouble'];
  failure: RingwayError | undefined;
  closedWithinMs: number | undefined;
  readonly #unanswered = new Set<(error: RingwayError) => void>();
  readonly #listeners = new Set<() => void>();

  publish(message: AmqpMessage): Promise<void> {
    if (this.trouble !== undefined) return Promise.reject(broken(this.trouble));
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject);
      const answer = (): void => void this.#unanswered.delete(reject);
      this.sent.push({
        message,
        confirm() {
          answer();
          resolve();
        },
        fail(code) {
          answer();
          reject(broken(code));
        },
      });
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(deadlineMs: number): Promise<void> {
    this.closedWithinMs = deadlineMs;
    this.#failAll('bus.closed');
  }

  set(trouble: AmqpPublisher['trouble'], failure?: RingwayError): void {
    this.trouble = trouble;
    this.failure = failure ?? (trouble === 'bus.unavailable' ? broken(trouble) : undefined);
    if (trouble === 'bus.unavailable') this.#failAll(trouble);
    for (const listener of [...this.#listeners]) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Ids of what was sent, those of the earliest left out. */
  ids(from = 0): readonly string[] {
    return this.sent.slice(from).map(({ message }) => message.messageId);
  }

  #failAll(code: string): void {
    for (const reject of [...this.#unanswered]) reject(broken(code));
    this.#unanswered.clear();
  }
}

export function broken(code: string): RingwayError {
  return new RingwayError(code, `the fake says ${code}`, { retryable: code !== 'bus.denied' });
}

export interface Stage {
  readonly producer: AmqpProducer;
  readonly connection: FakeConnection;
  readonly clock: FakeClock;
  /** Publishes an event of this id for user `alice`, or another one. */
  publish(id: string, user?: string): Promise<Published>;
}

/** `trouble`: of the connection when the producer gets it. */
export function stage(
  options: Partial<ProducerOptions> = {},
  trouble?: AmqpPublisher['trouble'],
): Stage {
  const connection = new FakeConnection();
  connection.set(trouble);
  const clock = createFakeClock();
  const random = seededRandom(1);
  const url = 'amqp://127.0.0.1';
  const settings = parseProducerOptions({ url, clock, random, ...options });
  const producer = new AmqpProducer(connection, settings);
  const publish = (id: string, user = 'alice'): Promise<Published> => {
    const published = producer.publish({ user, type: 'note', id });
    // Whether it fails is looked at later.
    published.catch(() => undefined);
    return published;
  };
  return { producer, connection, clock, publish };
}

/** The error that `promise` rejects with, or what it resolves with. */
export async function outcomeOf(promise: Promise<Published>): Promise<string | ProducerError> {
  return await promise.then(
    ({ id }) => id,
    (error: ProducerError) => error,
  );
}

/** `code` or `code, may be stored` of the rejection; the id of what was stored. */
export async function answerOf(promise: Promise<Published>): Promise<string> {
  const outcome = await outcomeOf(promise);
  if (typeof outcome === 'string') return outcome;
  return outcome.mayBeStored ? `${outcome.code}, may be stored` : outcome.code;
}

/** Confirms everything that is sent, until nothing more comes. */
export async function confirmAll(connection: FakeConnection, from = 0): Promise<void> {
  for (let next = from; next < connection.sent.length; next += 1) {
    connection.sent[next]?.confirm();
    await settled();
  }
}
