/**
 * A steady load on a running cluster: clients of many users, a message a second from each user,
 * events spread over all users; and the verdict over what they all wrote down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../history.ts';
import type { Verdict } from '../history-verdict.ts';
import { type AdminClient, RecordingPublisher } from './admin.ts';
import { createRecorder, type Recorder, RecordingClient } from './recording-client.ts';

export interface LoadOptions {
  readonly url: string;
  readonly admin: AdminClient;
  readonly users: number;
  /** Spread over the users in turn, half of them raw, half `ringway.v1`. */
  readonly clients: number;
  readonly eventsPerSecond: number;
}

const beatMs = 50;

export class Load {
  readonly recorder: Recorder = createRecorder();
  readonly users: readonly string[];
  readonly clients: readonly RecordingClient[];
  readonly #options: LoadOptions;
  readonly #publisher: RecordingPublisher;
  #isRunning = false;
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.users = Array.from({ length: options.users }, (_, n) => `u${n}`);
    this.#publisher = new RecordingPublisher(options.admin, this.recorder, 'p');
    this.clients = Array.from({ length: options.clients }, (_, n) => {
      const user = this.users[n % options.users] ?? '';
      // Both kinds among the clients of each user.
      const protocol = (n + Math.floor(n / options.users)) % 2 === 0 ? 'raw' : 'ringway.v1';
      const { url } = options;
      return new RecordingClient({ url, user, name: `c${n}`, protocol, recorder: this.recorder });
    });
  }

  get published(): number {
    return this.#publisher.published;
  }

  async connect(): Promise<void> {
    const batch = 25;
    for (let from = 0; from < this.clients.length; from += batch) {
      await Promise.all(this.clients.slice(from, from + batch).map((client) => client.connect()));
    }
  }

  start(): void {
    this.#isRunning = true;
    this.#done = Promise.all([this.#publish(), this.#talk()]);
  }

  /** Stops sending and waits until all that was sent has arrived, or the deadline has passed. */
  async stop(deadlineMs = 20_000): Promise<void> {
    this.#isRunning = false;
    await this.#done;
    // Past the deadline the verdict says what is missing.
    const endMs = performance.now() + deadlineMs;
    while (!this.#isComplete() && performance.now() < endMs) await sleep(300);
  }

  verdict(window: { fromMs?: number; toMs?: number; keys?: ReadonlySet<string> } = {}): Verdict {
    const { keys, ...options } = window;
    if (keys === undefined) return checkHistory(this.recorder.entries, options);
    const names = new Set(this.clients.filter((c) => keys.has(c.key)).map((c) => c.name));
    const entries = this.recorder.entries.filter((entry) =>
      'client' in entry ? names.has(entry.client) : !('key' in entry) || keys.has(entry.key),
    );
    const known = new Set(entries.flatMap((e) => (e.kind === 'event.sent' ? [e.id] : [])));
    const kept = entries.filter((e) => e.kind !== 'event.confirmed' || known.has(e.id));
    return checkHistory(kept, options);
  }

  async close(): Promise<void> {
    this.#isRunning = false;
    await this.#done.catch(() => undefined);
    await Promise.all(this.clients.map((client) => client.close()));
  }

  async #publish(): Promise<void> {
    const perBeat = (this.#options.eventsPerSecond * beatMs) / 1000;
    let next = 0;
    while (this.#isRunning) {
      const due = performance.now() + beatMs;
      const batch = Array.from({ length: perBeat }, (_, n) => {
        return this.users[(next + n) % this.users.length] ?? '';
      });
      next += perBeat;
      await this.#publisher.publish(batch);
      await sleep(Math.max(0, due - performance.now()));
    }
  }

  /** A message a second from each user, from one after the other of its clients. */
  async #talk(): Promise<void> {
    const perBeat = Math.ceil((this.users.length * beatMs) / 1000);
    let next = 0;
    while (this.#isRunning) {
      const due = performance.now() + beatMs;
      for (let n = 0; n < perBeat; n += 1, next += 1) this.#speaker(next).send();
      await sleep(Math.max(0, due - performance.now()));
    }
  }

  #speaker(turn: number): RecordingClient {
    const { users } = this.#options;
    const round = Math.floor(turn / users);
    const tabs = Math.max(1, Math.floor(this.clients.length / users));
    const client = this.clients[(turn % users) + (round % tabs) * users];
    if (client === undefined) throw new Error(`no client for turn ${turn}`);
    return client;
  }

  #isComplete(): boolean {
    const { faults } = checkHistory(this.recorder.entries);
    return !faults.some(({ kind }) => kind === 'loss');
  }
}
