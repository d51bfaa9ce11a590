/**
 * The load on a cluster of processes: a fleet of clients and a publisher, each in a process of
 * its own with a history of its own, and the verdict over both histories.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import type { HistoryOptions, Verdict } from '../history-verdict.ts';
import { Helper } from './control.ts';
import type { FleetCommands, FleetCounts } from './fleet.ts';
import { HistoryWatch } from './history-watch.ts';
import { type JudgeOptions, judgeJournals } from './judge.ts';
import type { PublisherCommands, PublisherCounts } from './publisher.ts';

export interface ProcessLoadOptions {
  readonly rabbitmq: string;
  /** Each has two clients. */
  readonly users: number;
  readonly eventsPerSecond: number;
  readonly plainEvery?: number;
  /** From all clients together; default: one for each user. */
  readonly messagesPerSecond?: number;
  readonly partitions?: number;
}

/** Nothing more comes when nothing came for this long, and nothing is waited for. */
const quietMs = 1500;

export class ProcessLoad {
  readonly users: readonly string[];
  readonly keys: readonly string[];
  readonly #options: ProcessLoadOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringway-load-'));
  readonly #fleet = new Helper<FleetCommands>('fleet', join(import.meta.dirname, 'fleet.ts'));
  readonly #publisher = new Helper<PublisherCommands>(
    'publisher',
    join(import.meta.dirname, 'publisher.ts'),
  );

  constructor(options: ProcessLoadOptions) {
    this.#options = options;
    this.users = Array.from({ length: options.users }, (_, n) => `u${n}`);
    this.keys = this.users.map((user) => `user:${user}`);
  }

  /**
   * Resolves when every client has its welcome and the publisher its channel.
   * @param urls of all gateways
   */
  async connect(urls: readonly string[]): Promise<void> {
    const { rabbitmq, plainEvery = 0, partitions = 16, eventsPerSecond } = this.#options;
    const { users } = this;
    const { messagesPerSecond = users.length } = this.#options;
    await this.#fleet.ask('start', {
      ...{ urls, users, plainEvery, messagesPerSecond },
      journal: this.#journal('fleet'),
    });
    await this.#publisher.ask('open', {
      ...{ url: rabbitmq, users, eventsPerSecond, partitions, name: 'p' },
      journal: this.#journal('publisher'),
    });
    await this.untilFleet('all clients welcome', ({ clients, welcome }) => clients === welcome);
    await this.untilPublisher('a channel', ({ connections }) => connections > 0);
  }

  async start(): Promise<void> {
    await this.#fleet.ask('talk', null);
    await this.#publisher.ask('start', null);
  }

  fleet(): Promise<FleetCounts> {
    return this.#fleet.ask('counts', null);
  }

  publisher(): Promise<PublisherCounts> {
    return this.#publisher.ask('counts', null);
  }

  untilFleet(what: string, is: (counts: FleetCounts) => boolean, deadlineMs = 60_000) {
    return until(what, () => this.fleet(), is, deadlineMs);
  }

  untilPublisher(what: string, is: (counts: PublisherCounts) => boolean, deadlineMs = 60_000) {
    return until(what, () => this.publisher(), is, deadlineMs);
  }

  /** Resolves when that many more events are confirmed, whether they arrive or not. */
  async moreConfirmed(events: number, deadlineMs = 60_000): Promise<void> {
    const { confirmed } = await this.publisher();
    const isMore = (counts: PublisherCounts) => counts.confirmed >= confirmed + events;
    await this.untilPublisher(`${events} more events confirmed`, isMore, deadlineMs);
  }

  /** Load for this long: that many more events confirmed and frames received. */
  async more(events: number, deadlineMs = 60_000): Promise<void> {
    const { received } = await this.fleet();
    await this.moreConfirmed(events, deadlineMs);
    await this.untilFleet('more received', (c) => c.received >= received + events, deadlineMs);
  }

  /** Ends sending. */
  async quiet(): Promise<void> {
    await this.#publisher.ask('pause', null);
    await this.#fleet.ask('hush', null);
  }

  /** Ends sending, and waits until all has arrived or the deadline has passed: the verdict says. */
  async stop(deadlineMs = 30_000): Promise<void> {
    await this.quiet();
    await this.untilPublisher('all confirmed', ({ outstanding }) => outstanding === 0, deadlineMs);
    const endMs = performance.now() + deadlineMs;
    for (;;) {
      const counts = await this.fleet();
      const isQuiet = counts.quietMs > quietMs;
      if (isQuiet && counts.unanswered === 0 && !(await this.#hasLoss())) return;
      if (isQuiet && performance.now() > endMs) return;
      await sleep(500);
    }
  }

  async verdict(options: JudgeOptions = {}): Promise<Verdict> {
    // Asking makes both write down what they have.
    await Promise.all([this.fleet(), this.publisher()]);
    const journals = [this.#journal('publisher'), this.#journal('fleet')];
    return judgeJournals(journals, options);
  }

  /** Judges the history while it is written. */
  watch(options: HistoryOptions): HistoryWatch {
    const journals = [this.#journal('publisher'), this.#journal('fleet')];
    const flush = () => Promise.all([this.fleet(), this.publisher()]);
    return new HistoryWatch({ journals, flush, options });
  }

  /** @param keep the journals stay, in the folder that this resolves with */
  async close({ keep = false } = {}): Promise<string> {
    await Promise.all([this.#fleet.close(), this.#publisher.close()]);
    if (!keep) rmSync(this.#folder, { recursive: true, force: true });
    return this.#folder;
  }

  async #hasLoss(): Promise<boolean> {
    return (await this.verdict()).faults.some(({ kind }) => kind === 'loss');
  }

  #journal(name: string): string {
    return join(this.#folder, `${name}.jsonl`);
  }
}

/** Resolves with the counts once they are so; its error shows the last ones. */
async function until<T>(
  what: string,
  ask: () => Promise<T>,
  is: (counts: T) => boolean,
  deadlineMs: number,
): Promise<T> {
  let last: T | undefined;
  const probe = async (): Promise<T | undefined> => {
    if (last !== undefined) await sleep(50);
    last = await ask();
    return is(last) ? last : undefined;
  };
  return eventually(what, probe, deadlineMs).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}`);
  });
}
