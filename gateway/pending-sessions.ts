/**
 * Handshakes between `session.open` and `attached`: each ends by being taken (101), by its
 * deadline, or because the client hung up. Bounded by the connection limits, as each holds a place.
 */
import type { Clock } from '../base/index.ts';
import type { Admitted } from './admission.ts';
import type { Upgrade } from './sockets.ts';

export interface Pending {
  readonly session: string;
  readonly admitted: Admitted;
  readonly upgrade: Upgrade;
  readonly sinceMs: number;
}

export class PendingSessions {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<string, { readonly pending: Pending; readonly stop: () => void }>();

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#waiting.size;
  }

  all(): readonly Pending[] {
    return [...this.#waiting.values()].map(({ pending }) => pending);
  }

  get(session: string): Pending | undefined {
    return this.#waiting.get(session)?.pending;
  }

  /** Calls `onFailed` once, unless the session is taken before. */
  add(pending: Pending, onFailed: (why: 'attach.timeout' | 'aborted') => void): void {
    const { session, upgrade } = pending;
    const { socket } = upgrade;
    const fail = (why: 'attach.timeout' | 'aborted'): void => {
      if (this.take(session) === pending) onFailed(why);
    };
    const onClose = (): void => fail('aborted');
    const cancel = this.#clock.after(this.#timeoutMs, () => fail('attach.timeout'));
    socket.once('close', onClose);
    const stop = (): void => {
      cancel();
      socket.off('close', onClose);
    };
    this.#waiting.set(session, { pending, stop });
  }

  /** Ends the wait; undefined when nothing waits. */
  take(session: string): Pending | undefined {
    const entry = this.#waiting.get(session);
    this.#waiting.delete(session);
    entry?.stop();
    return entry?.pending;
  }
}
