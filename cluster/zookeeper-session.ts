/**
 * One ZooKeeper session across connections: dials server after server, goes on with the session
 * by its id and password, notices silence by its own clock, and starts a fresh session when the
 * servers say that the old one is over. It knows nothing of paths.
 *
 *   idle ──► dialing ──► ready        dialing: connect, handshake, authenticate, one answered probe
 *               ▲  └──────┬ drop      drop: closed, silent for 2T/3, not ready in time, expired
 *            waiting ◄────┘           closed is reached from everywhere
 */
import type { Cancel, Clock, Logger, Random } from '../base/index.ts';
import { type ContactLog, createContactLog } from './contact-log.ts';
import type { CoordinatorError, CoordinatorListener, SessionEvent } from './coordinator.ts';
import { oncePerTurn } from './once-per-turn.ts';
import { isServerError, ServerError, serverCodes } from './zookeeper-errors.ts';
import { addressText } from './zookeeper-options.ts';
import { backOffMs, readyDeadlineMs } from './zookeeper-patience.ts';
import { authenticationRefused, timeoutRefused, unavailable } from './zookeeper-refusals.ts';
import { Watched } from './zookeeper-watched.ts';
import type { Dial, ServerAddress, SessionKey, ZooKeeperConnection } from './zookeeper-wire.ts';

export interface SessionOptions {
  readonly addresses: readonly ServerAddress[];
  /** `user:password`. */
  readonly credentials: string;
  readonly sessionTimeoutMs: number;
  readonly callDeadlineMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly dial: Dial;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly cancel: Cancel }
  | { readonly kind: 'dialing'; readonly connection: ZooKeeperConnection; readonly sinceMs: number }
  | { readonly kind: 'ready'; readonly connection: ZooKeeperConnection }
  | { readonly kind: 'closed' };

const nothingWatched = new Watched();
/** Calls without an answer at one time. */
const pendingCallsMax = 10_000;

export class ZooKeeperSession {
  private readonly options: SessionOptions;
  private readonly servers: string;
  private readonly contact: ContactLog;
  private listener: CoordinatorListener | undefined;
  private state: State = { kind: 'idle' };
  /** undefined = the next connection starts a new session. */
  private key: SessionKey | undefined;
  /** Newest transaction seen in this session: a server that is behind it is not listened to. */
  private seenZxid = 0n;
  /** What the listener heard last of this session. */
  private announced: 'nothing' | 'connected' | 'suspended' = 'nothing';
  /** Why the servers, though they answer, are of no use. */
  private refusal: CoordinatorError | undefined;
  private sessions = 0;
  private next: number;
  private failures = 0;
  /** Servers in a row that were given up because they were not ready in time. */
  private lateServers = 0;
  private lastReason = 'not connected yet';
  private bytesAtMs = 0;
  private probeAtMs = 0;
  private cancelTick: Cancel = () => undefined;
  private closing: Promise<void> | undefined;
  private readonly hint = oncePerTurn(() => this.listener?.onChange());
  private onEnded: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.servers = options.addresses.map(addressText).join(',');
    this.contact = createContactLog(this.servers, options);
    this.next = options.random.int(options.addresses.length);
  }

  /** Of the session in use; what was learned in another one may not hold. */
  get number(): number {
    return this.sessions;
  }

  open(listener: CoordinatorListener): void {
    if (this.state.kind !== 'idle') return;
    this.listener = listener;
    const periodMs = Math.max(10, Math.floor(this.options.sessionTimeoutMs / 20));
    this.cancelTick = this.options.clock.every(periodMs, () => this.tick());
    this.dial();
  }

  /** Ends the session at the servers, if they can be reached. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** Vanishes: the session ends after its timeout. */
  kill(): void {
    this.stop()?.abandon();
  }

  /** On this connection. */
  get watched(): Watched {
    return this.state.kind === 'ready' ? this.state.connection.watched : nothingWatched;
  }

  /** One operation or several in a row on one connection, each with a deadline of its own.
   * @throws CoordinatorError `coordinator.unavailable`, or why the servers are of no use
   * @throws ServerError what a server answered */
  async call<T>(operate: (connection: ZooKeeperConnection) => Promise<T>): Promise<T> {
    this.dropIfOverdue();
    const { state } = this;
    if (state.kind !== 'ready') throw unavailable(this.servers, this.lastReason);
    if (this.refusal !== undefined) throw this.refusal;
    if (state.connection.pendingCalls >= pendingCallsMax) {
      throw unavailable(this.servers, `${pendingCallsMax} calls wait for answers`);
    }
    try {
      return await this.withDeadline(operate(state.connection));
    } catch (error) {
      if (isServerError(error, serverCodes.connectionLoss)) {
        throw unavailable(this.servers, this.lastReason, error);
      }
      throw error;
    }
  }

  private withDeadline<T>(answer: Promise<T>): Promise<T> {
    const { clock, callDeadlineMs } = this.options;
    return new Promise<T>((resolve, reject) => {
      const cancel = clock.after(callDeadlineMs, () =>
        reject(unavailable(this.servers, `no answer within callDeadlineMs ${callDeadlineMs}`)),
      );
      answer.then(resolve, reject).finally(cancel);
    });
  }

  private get address(): ServerAddress {
    const { addresses } = this.options;
    return addresses[this.next % addresses.length] ?? { host: '', port: 0 };
  }

  private dial(): void {
    const { sessionTimeoutMs, credentials, clock } = this.options;
    const { address, key } = this;
    // A failure cannot come before `dial` returns, so this is the one in use when it comes.
    const isCurrent = (): boolean => this.connection === connection;
    const connection: ZooKeeperConnection = this.options.dial(
      { address, sessionTimeoutMs, credentials, ...(key && { session: key }) },
      {
        onBytes: () => isCurrent() && this.onBytes(),
        onEstablished: (found, grantedMs) => isCurrent() && this.onEstablished(found, grantedMs),
        onAuthenticated: (err) => isCurrent() && this.onAuthenticated(connection, err),
        onExpired: () => isCurrent() && this.onExpired(),
        onNotification: () => isCurrent() && this.hint(),
        onClosed: (reason) => (isCurrent() ? this.drop(reason) : this.onEnded()),
      },
    );
    this.bytesAtMs = clock.nowMs();
    this.state = { kind: 'dialing', connection, sinceMs: this.bytesAtMs };
  }

  private get connection(): ZooKeeperConnection | undefined {
    const { state } = this;
    return state.kind === 'dialing' || state.kind === 'ready' ? state.connection : undefined;
  }

  private onBytes(): void {
    // Bytes that waited while this process did not run say nothing about the server now.
    this.dropIfOverdue();
    this.bytesAtMs = this.options.clock.nowMs();
  }

  private onEstablished(key: SessionKey, grantedMs: number): void {
    const { sessionTimeoutMs } = this.options;
    if (this.key === undefined) {
      this.sessions += 1;
      this.seenZxid = 0n;
    }
    this.key = key;
    this.refusal =
      grantedMs === sessionTimeoutMs ? undefined : timeoutRefused(sessionTimeoutMs, grantedMs);
  }

  /** Only from here on may requests be sent: before, access lists would refuse them. */
  private onAuthenticated(connection: ZooKeeperConnection, err: number): void {
    if (err === 0) return this.firstProbe(connection);
    this.refusal = authenticationRefused(err);
    // The first time it is worth a session, so that whoever starts hears from its calls why.
    if (this.announced === 'nothing') this.becomeReady(connection);
    else this.drop(this.refusal.message);
  }

  /** Its answer shows how far this server is: one that lags behind what was seen is left. */
  private firstProbe(connection: ZooKeeperConnection): void {
    const onAnswer = (error?: unknown): void => {
      if (this.connection !== connection) return;
      const isFit = error === undefined || isServerError(error, serverCodes.noAuth);
      if (!isFit) this.drop(error instanceof Error ? error.message : String(error));
      else if (connection.lastZxid < this.seenZxid) this.drop('the server lags behind');
      else this.becomeReady(connection);
    };
    connection.exists('/').then(() => onAnswer(), onAnswer);
  }

  private becomeReady(connection: ZooKeeperConnection): void {
    this.state = { kind: 'ready', connection };
    this.lateServers = 0;
    this.probeAtMs = this.options.clock.nowMs();
    this.contact.answered(this.address, this.refusal);
    if (this.refusal === undefined) this.failures = 0;
    this.announced = 'connected';
    this.announce('connected');
    // What changed without contact was hinted at to nobody.
    this.hint();
  }

  private onExpired(): void {
    this.key = undefined;
    if (this.announced !== 'nothing') this.announce('lost');
    this.announced = 'nothing';
    this.options.logger.warn('zookeeper.session_expired', { server: addressText(this.address) });
    this.drop('the session expired');
  }

  private tick(): void {
    this.dropIfOverdue();
    const { state } = this;
    if (state.kind !== 'ready') return;
    const nowMs = this.options.clock.nowMs();
    if (nowMs - this.probeAtMs < this.options.sessionTimeoutMs / 4) return;
    this.probeAtMs = nowMs;
    // A write on the wire keeps the session, whatever comes in; the answer's bytes do the rest.
    state.connection.exists('/').catch(ignoreServerError);
  }

  private dropIfOverdue(): void {
    const { state } = this;
    const { sessionTimeoutMs, clock, addresses } = this.options;
    const nowMs = clock.nowMs();
    const dialingMaxMs = readyDeadlineMs(sessionTimeoutMs, this.lateServers, addresses.length);
    if (state.kind === 'dialing' && nowMs - state.sinceMs > dialingMaxMs) {
      this.lateServers += 1;
      this.drop(`not ready after ${Math.round(nowMs - state.sinceMs)} ms`);
    } else if (state.kind === 'ready' && nowMs - this.bytesAtMs > (sessionTimeoutMs * 2) / 3) {
      this.drop(`silent for ${Math.round(nowMs - this.bytesAtMs)} ms`);
    }
  }

  /** Leaves this connection and takes the next server; calls under way fail. */
  private drop(reason: string): void {
    const { connection } = this;
    if (connection === undefined) return;
    this.contact.failed(this.address, reason);
    this.lastReason = reason;
    if (this.key !== undefined && connection.lastZxid > this.seenZxid) {
      this.seenZxid = connection.lastZxid;
    }
    this.next += 1;
    const { sessionTimeoutMs, random, clock } = this.options;
    const delayMs = backOffMs(sessionTimeoutMs, this.failures, random.next());
    this.failures += 1;
    const cancel = clock.after(delayMs, () => this.dial());
    this.state = { kind: 'waiting', cancel };
    connection.abandon();
    if (this.announced !== 'connected') return;
    this.announced = 'suspended';
    this.announce('suspended');
  }

  /** Later, so that no listener runs inside a call, and none inside the parser. */
  private announce(event: SessionEvent): void {
    queueMicrotask(() => this.listener?.onSession(event));
  }

  private async end(): Promise<void> {
    const connection = this.stop();
    if (connection === undefined) return;
    const ended = new Promise<void>((resolve) => {
      this.onEnded = resolve;
    });
    if (connection.closeSession()) await this.withDeadline(ended).catch(() => undefined);
    connection.abandon();
  }

  /** Nothing is said or done from here on. */
  private stop(): ZooKeeperConnection | undefined {
    const { connection, state } = this;
    this.listener = undefined;
    this.cancelTick();
    if (state.kind === 'waiting') state.cancel();
    this.state = { kind: 'closed' };
    return connection;
  }
}

function ignoreServerError(error: unknown): void {
  if (!(error instanceof ServerError)) throw error;
}
