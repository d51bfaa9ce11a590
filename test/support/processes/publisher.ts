/**
 * A backend in a process of its own (`Publisher` in rig.ts starts it), with `amqplib` and what
 * docs/events.md says, and nothing of Ringway: numbered events round robin over all users, each
 * mandatory and persistent, and sent again under its id, oldest first, until it is confirmed.
 */
import { serve } from './control.ts';
import { EventLink } from './event-link.ts';
import { Journal, machineMs } from './journal.ts';

export interface PublisherOptions {
  /** `amqp://…` */
  readonly url: string;
  readonly users: readonly string[];
  readonly eventsPerSecond: number;
  readonly partitions: number;
  readonly journal: string;
  /** Name in the history, and first part of the ids. */
  readonly name: string;
}

export interface PublisherCounts {
  readonly sent: number;
  readonly confirmed: number;
  readonly outstanding: number;
  /** Without a queue: must stay 0. */
  readonly returned: number;
  readonly connections: number;
  readonly isBlocked: boolean;
  /** For people: why the last connection ended. */
  readonly lastEnd: string;
}

/** Confirms that may be outstanding; then nothing new is made. */
const windowMax = 400;
const beatMs = 20;

class PublisherProcess {
  readonly #options: PublisherOptions;
  readonly #journal: Journal;
  readonly #link: EventLink;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #confirmed = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#journal = new Journal(options.journal);
    const { url, partitions } = options;
    this.#link = new EventLink({
      url,
      partitions,
      onConfirmed: (id) => {
        this.#confirmed += 1;
        this.#journal.write({ kind: 'event.confirmed', id });
      },
    });
  }

  start(): void {
    this.#isRunning = true;
    let lastMs = machineMs();
    let credit = 0;
    this.#timer ??= setInterval(() => {
      const nowMs = machineMs();
      // What could not be sent in time is not caught up with: no burst after an outage.
      credit = Math.min(20, credit + ((nowMs - lastMs) * this.#options.eventsPerSecond) / 1000);
      lastMs = nowMs;
      for (; credit >= 1 && this.#mayPublish(); credit -= 1) this.#publish();
    }, beatMs);
  }

  pause(): void {
    this.#isRunning = false;
  }

  counts(): PublisherCounts {
    this.#journal.flush();
    return { sent: this.#sent, confirmed: this.#confirmed, ...this.#link.counts() };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#journal.close();
    await this.#link.close();
  }

  #mayPublish(): boolean {
    const { outstanding, isUp, isBlocked } = this.#link;
    return this.#isRunning && isUp && !isBlocked && outstanding < windowMax;
  }

  #publish(): void {
    const { users, name } = this.#options;
    const user = users[this.#sent % users.length] ?? '';
    const number = Math.floor(this.#sent / users.length) + 1;
    const event = { key: `user:${user}`, id: `${name}/${user}/${number}`, number };
    this.#sent += 1;
    this.#journal.write({ kind: 'event.sent', publisher: name, key: event.key, id: event.id });
    this.#link.publish(event);
  }
}

let publisher: PublisherProcess | undefined;

const opened = (): PublisherProcess => {
  if (publisher === undefined) throw new Error('not opened');
  return publisher;
};

const commands = {
  open: (options: PublisherOptions) => {
    publisher = new PublisherProcess(options);
  },
  start: (_: null) => opened().start(),
  pause: (_: null) => opened().pause(),
  counts: (_: null) => opened().counts(),
  close: (_: null) => opened().close(),
};
export type PublisherCommands = typeof commands;
serve(commands);
