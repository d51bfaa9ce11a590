/** The admin API as an operator's or a backend's program would use it, over HTTP. */
import type { Recorder } from './recording-client.ts';

export interface Where {
  readonly key: string;
  readonly slot: number;
  readonly owner: string;
  readonly term: number;
  readonly copies: readonly string[];
}

export class AdminClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  get(path: string): Promise<unknown> {
    return this.#call('GET', path);
  }

  post(path: string, body?: unknown): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  async where(key: string): Promise<Where> {
    return (await this.get(`/v1/where?key=${encodeURIComponent(key)}`)) as Where;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const init =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${this.#url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

/** Publishes one batch after the other, so that the order of its events per key is known. */
export class RecordingPublisher {
  readonly #admin: AdminClient;
  readonly #recorder: Recorder;
  readonly #name: string;
  #count = 0;

  constructor(admin: AdminClient, recorder: Recorder, name: string) {
    this.#admin = admin;
    this.#recorder = recorder;
    this.#name = name;
  }

  get published(): number {
    return this.#count;
  }

  async publish(users: readonly string[]): Promise<void> {
    const batch = users.map((user) => {
      this.#count += 1;
      return { user, id: `${this.#name}-${this.#count}` };
    });
    const atMs = this.#recorder.nowMs();
    for (const { user, id } of batch) {
      const key = `user:${user}`;
      this.#recorder.entries.push({ kind: 'event.sent', atMs, publisher: this.#name, key, id });
    }
    const events = batch.map(({ user, id }) => ({
      specversion: '1.0',
      type: 'test.event',
      source: `/test/${this.#name}`,
      id,
      user,
      data: { is: 'event', id },
    }));
    await this.#admin.post('/v1/events', events);
    const confirmedAtMs = this.#recorder.nowMs();
    for (const { id } of batch) {
      this.#recorder.entries.push({ kind: 'event.confirmed', atMs: confirmedAtMs, id });
    }
  }
}
