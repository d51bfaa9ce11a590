/**
 * Everything around the core: links, membership, handlers and publisher feed one drive loop,
 * which steps the core and performs its effects in order. No decision about ownership, commits,
 * bindings or duplicates is made here.
 *
 *   [idle] ─ start ─► [joining] ─ in the ring ─► [serving] ─ drain ─► [draining]
 *      any ─ close, kill, exit effect, refused by the cluster ─► [over]
 */
import {
  advertisedAddress,
  type BootId,
  type Cancel,
  createReadiness,
  type Readiness,
  RingwayError,
  unreachable,
} from '../base/index.ts';
import type { MembershipReport, View } from '../cluster/index.ts';
import { createDeferred } from './deferred.ts';
import { Drain, type DrainEnd } from './drain.ts';
import { createDrive, type Drive } from './drive.ts';
import { createHandlers, type Handlers } from './handlers.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { createNoteLog, type Note, type NoteLog } from './notes.ts';
import { createPeers, type Peers } from './peers.ts';
import { type Performers, perform } from './perform.ts';
import type { HostPort, MembershipPort, ShellOptions, ShellParts } from './ports.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { workerReasons } from './reasons.ts';
import { RingEntry } from './ring-entry.ts';
import { Standing } from './standing.ts';
import { countSlots, readinessPhase, type ShellPhase, type WorkerStatus } from './status.ts';

export class Shell {
  readonly #options: ShellOptions;
  readonly #parts: ShellParts;
  readonly #drive: Drive;
  readonly #handlers: Handlers;
  readonly #publisher: Publisher;
  readonly #peers: Peers;
  readonly #entry: RingEntry;
  readonly #drain: Drain;
  readonly #notes: NoteLog;
  readonly #joined = createDeferred<void>();
  readonly metrics: WorkerMetrics;
  #phase: ShellPhase = 'idle';
  readonly #standing: Standing;
  readonly #readiness = createReadiness(
    () => this.#situation(),
    (readiness) => this.#options.onReadiness(readiness),
  );
  #host: HostPort | undefined;
  #membership: MembershipPort | undefined;
  #address: string | undefined;
  #cancelTick: Cancel = () => undefined;

  constructor(options: ShellOptions, parts: ShellParts) {
    const { clock, logger, flaps, limits } = options;
    this.#options = options;
    this.#parts = parts;
    this.#standing = new Standing(options.id);
    this.#notes = createNoteLog(logger);
    const performers = this.#performers();
    this.#drive = createDrive({
      core: parts.core,
      clock,
      perform: (effect) => perform(effect, performers),
      onInput: (kind) => this.metrics.inputStepped(kind),
    });
    this.#peers = createPeers({
      logger,
      input: this.#drive.input,
      drain: () => void this.drain(),
      read: () => this.#membership?.input({ kind: 'read' }),
    });
    this.#entry = new RingEntry({
      ...{ flaps, clock, logger },
      join: () => this.#membership?.input({ kind: 'join' }),
      leave: () => this.#membership?.input({ kind: 'leave' }),
    });
    const { drainTimeoutMs: timeoutMs, drainAloneMs: aloneMs } = limits;
    this.#drain = new Drain({ clock, logger, timeoutMs, aloneMs, onEnd: options.onDrained });
    this.#handlers = this.#createHandlers();
    this.#publisher = this.#createPublisher();
    this.metrics = createWorkerMetrics({
      ...{ slots: () => this.#slots(), memory: parts.core.memory },
      ...{ links: () => this.#peers.counts(), runs: () => this.#handlers.running },
      ...{ overdueKeys: parts.core.overdueKeys, isInRing: () => this.#standing.isInRing },
      publicationsPending: () => this.#publisher.pending,
      readiness: () => this.readiness,
    });
  }

  /** @throws RingwayError `worker.stopped`; LinkError `link.listen_failed` */
  async start(): Promise<void> {
    if (this.#phase !== 'idle') {
      throw new RingwayError('worker.started', `start of a worker that is ${this.#phase}`);
    }
    this.#phase = 'joining';
    this.#entry.started();
    this.#host = this.#parts.host(this.#peers.listener);
    try {
      this.#address = advertisedAddress(
        await this.#host.listen(this.#options.listen),
        this.#options.advertise,
      );
    } catch (error) {
      await this.close();
      throw error;
    }
    if (!this.#isOver()) this.#startMembership(this.#address);
    await this.#joined.promise;
  }

  /** Leaves the ring and waits until the core holds nothing, at most `drainTimeoutMs`. */
  drain(): Promise<DrainEnd> {
    if (this.#phase === 'joining' || this.#phase === 'serving') {
      this.#phase = 'draining';
      this.#joined.reject(new RingwayError('worker.stopped', 'drained before it had joined'));
      this.#entry.cancel();
      this.#drain.begin();
      this.#membership?.input({ kind: 'drain' });
      this.#checkDrained();
    } else if (this.#phase === 'idle') this.#drain.end('empty');
    return this.#drain.ended;
  }

  /** Like `kill -9`: sockets are destroyed, the session is left to expire. */
  async kill(): Promise<void> {
    if (!this.#stop()) return;
    this.#membership?.abandon();
    await this.#host?.close();
  }

  async close(): Promise<void> {
    if (!this.#stop()) return;
    await Promise.all([this.#membership?.close(), this.#host?.close()]);
  }

  get readiness(): Readiness {
    return this.#readiness.now;
  }

  status(): WorkerStatus {
    const { boot, cluster, isInRing } = this.#standing;
    return {
      ...{ id: this.#options.id, phase: this.#phase, boot, cluster, isInRing },
      address: this.#address,
      ...{ slots: this.#slots(), memory: this.#parts.core.memory() },
      ...{ links: this.#peers.counts(), runs: this.#handlers.running },
      publisher: { isUp: this.#publisher.isUp, pending: this.#publisher.pending },
    };
  }

  #startMembership(address: string): void {
    const { clock, limits } = this.#options;
    this.#membership = this.#parts.membership(address, {
      report: (report) => this.#onMembership(report),
      onRefused: (error) => this.#exit(error),
    });
    this.#cancelTick = clock.every(limits.tickMs, () => this.#tick());
    this.#membership.start();
    // Asked to drain while it was not listening yet.
    if (this.#drain.isRunning) this.#membership.input({ kind: 'drain' });
  }

  #createHandlers(): Handlers {
    const { application, limits, clock, logger } = this.#options;
    return createHandlers({
      ...{ application, limits, clock, logger },
      onOutcome: (token, outcome) => this.#drive.input({ kind: 'ran', token, outcome }),
      onEnded: (handler, end, durationMs) => this.metrics.runEnded(handler, end, durationMs),
    });
  }

  #createPublisher(): Publisher {
    const { bus, limits, clock, random, logger } = this.#options;
    return createPublisher({
      ...{ bus, limits, clock, random, logger },
      onPublished: (publication) => this.#drive.input({ kind: 'published', publication }),
      onReset: () => {
        this.metrics.publishReset();
        this.#drive.input({ kind: 'publish.reset' });
      },
      onOutcome: (to, outcome) => this.metrics.published(to, outcome),
    });
  }

  #onMembership(report: MembershipReport): void {
    if (this.#isOver()) return;
    switch (report.kind) {
      case 'note':
        this.#note(report);
        return;
      case 'registered':
        this.#onRegistered(report);
        break;
      case 'view':
        this.#onView(report.view);
        break;
      case 'session.lost':
        this.metrics.sessionLost();
        this.#entry.sessionLost();
        this.#standing.leftRing();
        break;
      case 'confirmed':
      case 'table.answered':
        break;
      default:
        unreachable(report);
    }
    this.#drive.input(report);
    if (report.kind === 'registered') this.#entry.registered();
  }

  /** Links open only now: before, the cluster id was not known (rule W3). */
  #onRegistered({ boot, cluster }: { boot: BootId; cluster: string }): void {
    if (!this.#standing.registered(boot, cluster)) return;
    this.#host?.open({ boot, role: 'worker', cluster });
  }

  #onView(view: View): void {
    const problem = this.#standing.saw(view);
    if (problem !== undefined) return this.#exit(problem);
    this.#host?.setPeers(this.#standing.peers);
    if (!this.#standing.isInRing || this.#phase !== 'joining') return;
    this.#phase = 'serving';
    this.#options.logger.info('worker.serving', { boot: this.#standing.boot });
    this.#joined.resolve();
  }

  #performers(): Performers {
    return {
      send: (peer, message) => this.#host?.send(peer, message),
      request: (request) => this.#membership?.input(request),
      run: (effect) => this.#handlers.run(effect),
      revoke: (token) => this.#handlers.revoke(token),
      publish: (effect) => this.#publisher.publish(effect),
      exit: (error) => this.#exit(error),
      note: (note) => this.#note(note),
    };
  }

  #note(note: Note): void {
    this.metrics.noted(note.level, note.event);
    this.#notes.write(note);
  }

  #tick(): void {
    this.#drive.input({ kind: 'tick' });
    this.#notes.flush();
    this.#checkDrained();
    this.#readiness.look();
  }

  #checkDrained(): void {
    if (!this.#drain.isRunning || this.#standing.isInRing) return;
    const { boot, view } = this.#standing;
    this.#drain.look({
      // Who was never registered is in nobody's table.
      isEmpty: boot === undefined || this.#parts.core.isEmpty(),
      isAlone: view?.ring.size === 0 && this.#publisher.pending === 0,
    });
  }

  #exit(error: RingwayError): void {
    if (this.#isOver()) return;
    this.#options.logger.error('worker.exit', { code: error.code, reason: error.message });
    this.#joined.reject(error);
    void this.kill();
    this.#options.onExit(error);
  }

  /** False when it was over already. */
  #stop(): boolean {
    if (this.#isOver()) return false;
    this.#phase = 'over';
    this.#standing.leftRing();
    this.#cancelTick();
    this.#entry.cancel();
    this.#drive.stop();
    this.#notes.flush();
    this.#handlers.revokeAll();
    this.#publisher.close();
    this.#drain.end('stopped');
    this.#joined.reject(new RingwayError('worker.stopped', 'the worker was closed'));
    return true;
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #slots() {
    return countSlots(this.#standing.slotCount, (slot) => this.#parts.core.report(slot));
  }

  #situation() {
    const { bus, clock, limits } = this.#options;
    const reasons = workerReasons({
      ...{ standing: this.#standing, bus, nowMs: clock.nowMs(), leaseMs: limits.leaseMs },
      ...{ contact: this.#membership?.contact, memory: this.#parts.core.memory() },
      isLinked: this.#peers.isLinked,
    });
    return { phase: readinessPhase(this.#phase), reasons };
  }
}
