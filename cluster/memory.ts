/**
 * ZooKeeper in one process, for embedded mode and tests: one store, one `Coordinator` for each
 * process, and the faults that matter at will: expired sessions, cut connections, lost answers,
 * late notifications, vanished processes, wiped data. It decides nothing, like the real one.
 *
 * Every call takes two hops, there and back, and is in force after the first; a reading takes
 * the table in one step and the lists in a later one, as a real client would.
 */
import type { Cancel, Clock } from '../base/index.ts';
import {
  type ClusterConfig,
  type Coordinator,
  CoordinatorError,
  type CoordinatorListener,
  type MultiResult,
  type Op,
  type Reading,
  type SessionEvent,
} from './coordinator.ts';
import { MemoryStore } from './memory-store.ts';

export interface MemoryZooKeeperOptions {
  readonly clock: Clock;
  /** A session without contact for this long is over. Default 6000. */
  readonly sessionTimeoutMs?: number;
  /** Of each hop; 0 = the next microtask. Default 0. */
  readonly latencyMs?: number;
}

export interface MemoryZooKeeper {
  /** One for each process. */
  connect(): MemoryCoordinator;
  /** All data is gone, and all sessions with it; somebody must `configure` anew. */
  wipe(): void;
  /** Stops its timers; sessions that nobody ended stay as they are. */
  close(): void;
}

/** A coordinator, and what tests may do to its connection. */
export interface MemoryCoordinator extends Coordinator {
  /** The servers end the session now. */
  expire(): void;
  /** No contact: calls fail, and the session ends after its timeout. */
  cut(): void;
  heal(): void;
  /** The process is gone without a word: its session ends after its timeout. */
  kill(): void;
  /** While on, calls happen but their answers do not arrive. */
  loseAnswers(isOn: boolean): void;
  /** Hints arrive this much later. */
  delayNotifications(byMs: number): void;
}

export function createMemoryZooKeeper(options: MemoryZooKeeperOptions): MemoryZooKeeper {
  const connections = new Set<Connection>();
  const store = new MemoryStore(() => {
    for (const connection of connections) connection.onStoreChanged();
  });
  return {
    connect() {
      const connection = new Connection(store, options);
      connections.add(connection);
      return connection;
    },
    wipe() {
      store.wipe();
      for (const connection of connections) connection.onSessionEnded();
    },
    close() {
      for (const connection of connections) connection.stopTimers();
      connections.clear();
    },
  };
}

class Connection implements MemoryCoordinator {
  readonly sessionTimeoutMs: number;
  private readonly store: MemoryStore;
  private readonly clock: Clock;
  private readonly latencyMs: number;
  /** undefined before `open` and after `close` or `kill`. */
  private listener: CoordinatorListener | undefined;
  /** undefined until connected, and from the end of one to the start of the next. */
  private session: number | undefined;
  private isCut = false;
  private isLosingAnswers = false;
  private notificationDelayMs = 0;
  private isHintUnderWay = false;
  private cancelExpiry: Cancel = () => undefined;
  private cancelHint: Cancel = () => undefined;

  constructor(store: MemoryStore, options: MemoryZooKeeperOptions) {
    this.store = store;
    this.clock = options.clock;
    this.latencyMs = options.latencyMs ?? 0;
    this.sessionTimeoutMs = options.sessionTimeoutMs ?? 6000;
  }

  open(listener: CoordinatorListener): void {
    this.listener = listener;
    this.connectSoon();
  }

  async close(): Promise<void> {
    this.listener = undefined;
    this.cancelHint();
    // Servers that cannot be told notice it by the session's timeout.
    if (this.session !== undefined && !this.isCut) this.store.endSession(this.session);
    await this.hop();
  }

  configure(wanted: ClusterConfig): Promise<ClusterConfig> {
    return this.call(() => this.store.configure(wanted));
  }

  read(): Promise<Reading> {
    return this.call(async () => {
      const table = this.store.readTable();
      await this.hop();
      return { ...table, ...this.store.readLists() };
    });
  }

  multi(ops: readonly Op[]): Promise<MultiResult> {
    return this.call((session) => this.store.multi(session, ops));
  }

  expire(): void {
    if (this.session !== undefined) this.store.endSession(this.session);
    this.onSessionEnded();
  }

  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    this.expireLater();
    if (this.session !== undefined) this.announce('suspended');
  }

  heal(): void {
    if (!this.isCut) return;
    this.isCut = false;
    this.cancelExpiry();
    const { session } = this;
    if (session === undefined) this.connectSoon();
    else if (!this.store.isAlive(session)) this.onSessionEnded();
    else this.announce('connected');
  }

  kill(): void {
    this.listener = undefined;
    this.cancelHint();
    if (!this.isCut) this.expireLater();
  }

  loseAnswers(isOn: boolean): void {
    this.isLosingAnswers = isOn;
  }

  delayNotifications(byMs: number): void {
    this.notificationDelayMs = byMs;
  }

  /** Nobody may use the next session before hearing that this one is over. */
  onSessionEnded(): void {
    if (this.isCut || this.session === undefined) return;
    this.session = undefined;
    this.announce('lost');
    this.connectSoon();
  }

  /** Hints under way at once are one hint: it says "read again", not what changed. */
  onStoreChanged(): void {
    if (this.isHintUnderWay || this.listener === undefined) return;
    this.isHintUnderWay = true;
    const tell = (): void => {
      this.isHintUnderWay = false;
      if (!this.isCut && this.session !== undefined) this.listener?.onChange();
    };
    if (this.notificationDelayMs === 0) queueMicrotask(tell);
    else this.cancelHint = this.clock.after(this.notificationDelayMs, tell);
  }

  stopTimers(): void {
    this.cancelExpiry();
    this.cancelHint();
  }

  private expireLater(): void {
    const { session } = this;
    if (session === undefined) return;
    this.cancelExpiry();
    this.cancelExpiry = this.clock.after(this.sessionTimeoutMs, () =>
      this.store.endSession(session),
    );
  }

  private connectSoon(): void {
    void this.hop().then(() => {
      if (this.isCut || this.session !== undefined || this.listener === undefined) return;
      this.session = this.store.openSession();
      this.announce('connected');
    });
  }

  private announce(event: SessionEvent): void {
    queueMicrotask(() => {
      this.listener?.onSession(event);
      // What changed without contact was hinted at to nobody.
      if (event === 'connected') this.onStoreChanged();
    });
  }

  private async call<T>(happen: (session: number) => T | Promise<T>): Promise<T> {
    const { session } = this;
    await this.hop();
    if (session === undefined || !this.isReached(session)) throw this.unavailable();
    const answer = await happen(session);
    await this.hop();
    if (!this.isReached(session) || this.isLosingAnswers) throw this.unavailable();
    return answer;
  }

  private isReached(session: number): boolean {
    return this.listener !== undefined && !this.isCut && this.store.isAlive(session);
  }

  private unavailable(): CoordinatorError {
    const message = this.isCut ? 'no contact to the coordinator' : 'the answer did not arrive';
    return new CoordinatorError('coordinator.unavailable', message, { retryable: true });
  }

  private hop(): Promise<void> {
    if (this.latencyMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.clock.after(this.latencyMs, resolve));
  }
}
