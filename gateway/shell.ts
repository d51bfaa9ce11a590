/**
 * The core's surroundings without the two ports: links, membership, partitions and the loop.
 * `drive` steps the core with one input and runs the effects in order; what an effect causes in
 * turn waits until the step is carried out, so the core is never re-entered.
 */
import {
  type BootId,
  type Cancel,
  type Clock,
  createReadiness,
  type Logger,
  memberIdOf,
  type Random,
  type Readiness,
  type RingwayError,
} from '../base/index.ts';
import {
  type Coordinator,
  clusterDefaults,
  type MembershipReport,
  type RunningMembership,
  runMembership,
  type View,
} from '../cluster/index.ts';
import type { Bus } from '../events/index.ts';
import { createLinkHost, type LinkHost, type LinkLimits } from '../link/index.ts';
import { slotCount } from '../ring/index.ts';
import { createGatewayCore, type GatewayCore } from './core.ts';
import type { GatewayEffect, GatewayInput } from './core-types.ts';
import type { EdgeEffect } from './edge.ts';
import type { GatewayMetrics } from './metrics.ts';
import { dialable, mustExit } from './namesakes.ts';
import type { GatewayOptions } from './options.ts';
import { Partitions, partitionsFor } from './partitions.ts';
import { gatewayReasons } from './reasons.ts';

export interface ShellParts {
  readonly options: GatewayOptions;
  readonly coordinator: Coordinator;
  readonly bus: Bus;
  readonly secret: string;
  readonly linkLimits: Partial<LinkLimits>;
  readonly isFirst: boolean;
  readonly build: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly toClients: (effect: EdgeEffect) => void;
  readonly onReadiness: (readiness: Readiness) => void;
  readonly onExit: (error: RingwayError) => void;
}

/** What the live page counts. */
export interface GatewayNumbers {
  readonly connections: number;
  readonly links: number;
  readonly partitions: number;
  readonly eventsInFlight: number;
  readonly heldInputs: number;
  /** Since the start. */
  readonly eventsTotal: number;
}

export class GatewayShell {
  /** Set once, when the gateway starts to leave. */
  isDraining = false;
  /** The newest view; undefined before the first. */
  view: View | undefined;
  readonly #parts: ShellParts;
  readonly #core: GatewayCore;
  readonly #links: LinkHost;
  readonly #partitions: Partitions;
  readonly #linked = new Set<BootId>();
  readonly #inputs: GatewayInput[] = [];
  #membership: RunningMembership | undefined;
  #stopTicks: Cancel = () => undefined;
  /** The cluster that the links are open for. */
  #linkCluster: string | undefined;
  #isStepping = false;
  #isClosing = false;
  #isClosed = false;
  #eventsTotal = 0;
  readonly #readiness = createReadiness(
    () => this.#situation(),
    (readiness) => {
      this.#parts.metrics.readiness(readiness);
      this.#parts.onReadiness(readiness);
    },
  );

  constructor(parts: ShellParts) {
    this.#parts = parts;
    const { options, bus, clock, logger, metrics } = parts;
    this.#core = createGatewayCore({ slotCount, limits: options });
    this.#partitions = new Partitions({
      ...{ bus, clock, logger, metrics, prefetch: options.prefetch },
      emit: (input) => this.drive(input),
    });
    this.#links = this.#linkHost();
  }

  /** Registers and starts to tick. */
  start(adminAddress: string): void {
    const { clock, options } = this.#parts;
    this.#membership = this.#membershipOf(adminAddress);
    this.#membership.start();
    this.#stopTicks = clock.every(options.tickIntervalMs, () => this.#tick());
  }

  /** Steps the core; returns when the effects of this input and of all it caused have run. */
  drive(input: GatewayInput): void {
    this.#inputs.push(input);
    if (this.#isStepping || this.#isClosed) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const effects = this.#core.step(next, this.#parts.clock.nowMs());
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#isStepping = false;
    }
  }

  /** Why a worker's drain cannot be asked for, or undefined when it was. */
  drainWorker(id: string): 'worker.unknown' | 'worker.failed' | undefined {
    const boots = [...(this.view?.live.keys() ?? [])].filter((boot) => memberIdOf(boot) === id);
    const boot = boots.at(-1);
    if (boot === undefined) return 'worker.unknown';
    if (!this.#linked.has(boot)) return 'worker.failed';
    this.#links.send(boot, { type: 'DRAIN' });
    return undefined;
  }

  get readiness(): Readiness {
    return this.#readiness.now;
  }

  numbers(connections: number): GatewayNumbers {
    return {
      connections,
      links: this.#linked.size,
      partitions: this.#partitions.consumed,
      eventsInFlight: this.#partitions.inFlight,
      heldInputs: this.#core.heldCount(),
      eventsTotal: this.#eventsTotal,
    };
  }

  giveUpPartitions(): Promise<void> {
    return this.#partitions.close();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#stopTicks();
    await this.#partitions.close();
    await this.#links.close();
    await (this.#membership?.close() ?? this.#parts.coordinator.close());
    this.#isClosed = true;
  }

  #situation() {
    const { clock, coordinator, bus } = this.#parts;
    const contact = this.#membership?.contact;
    const leaseMs = (coordinator.sessionTimeoutMs * 2) / 3;
    const here = { view: this.view, linked: this.#linked, bus };
    const phase = this.view === undefined ? 'starting' : 'serving';
    return {
      phase: this.isDraining ? 'draining' : phase,
      reasons: gatewayReasons({ ...here, contact, leaseMs, nowMs: clock.nowMs() }),
    } as const;
  }

  #tick(): void {
    this.drive({ kind: 'tick' });
    this.#readiness.look();
    if (!this.isDraining) this.#partitions.renew();
    this.#partitions.look();
    this.#parts.metrics.shell({
      links: this.#linked.size,
      partitions: this.#partitions.consumed,
      eventsInFlight: this.#partitions.inFlight,
      oldestEventMs: this.#partitions.oldestMs,
      tableVersion: this.view?.tableVersion ?? 0,
    });
  }

  #perform(effect: GatewayEffect): void {
    switch (effect.kind) {
      case 'send':
        return this.#links.send(effect.peer, effect.message);
      case 'read':
        return this.#membership?.input({ kind: 'read' });
      case 'event.done':
        this.#eventsTotal += 1;
        return this.#partitions.done(effect.ref, effect.failure);
      case 'note':
        this.#parts.metrics.noted(effect.event);
        return this.#parts.logger[effect.level](effect.event, effect.fields);
      default:
        return this.#parts.toClients(effect);
    }
  }

  #report(report: MembershipReport): void {
    // A reading that was under way may still be answered, when the links are closed already.
    if (this.#isClosing) return;
    switch (report.kind) {
      case 'registered': {
        const { boot, cluster } = report;
        this.#linkCluster = cluster;
        this.#links.open({ boot, cluster, role: 'gateway' });
        return this.#dialWorkers();
      }
      case 'view':
        return this.#takeView(report.view);
      case 'confirmed':
        return this.drive({ kind: 'confirmed', sentAtMs: report.sentAtMs });
      case 'session.lost':
        // Sockets, links and partitions stay: nothing they do depends on being registered.
        return this.#parts.logger.warn('session.lost');
      case 'table.answered':
        // A gateway proposes nothing.
        return undefined;
      case 'note':
        return this.#parts.logger[report.level](report.event);
    }
  }

  #takeView(view: View): void {
    const { options, bus, onExit } = this.#parts;
    const self = { id: options.id, boot: this.#membership?.boot, isNew: this.view === undefined };
    const exit = this.isDraining ? undefined : mustExit(view, self);
    if (exit !== undefined) return onExit(exit);
    this.view = view;
    this.drive({ kind: 'view', view });
    this.#dialWorkers();
    if (!this.isDraining) this.#partitions.want(partitionsFor(options.id, view, bus.partitions));
  }

  /** Rule W3: only as a registered member of the cluster that the view is of. */
  #dialWorkers(): void {
    if (this.view === undefined || this.view.cluster !== this.#linkCluster) return;
    const workers = dialable(this.view, this.#parts.options.id);
    this.#links.setPeers(workers);
  }

  #linkHost(): LinkHost {
    const { secret, linkLimits, clock, random, logger, options } = this.#parts;
    return createLinkHost({
      ...{ secret, clock, random, logger },
      limits: { heartbeatIntervalMs: options.pingIntervalMs, ...linkLimits },
      listener: {
        onUp: (peer, _role, connection) => {
          this.#linked.add(peer);
          this.drive({ kind: 'linked', peer, connection });
        },
        onDown: (peer, connection) => {
          this.#linked.delete(peer);
          this.drive({ kind: 'unlinked', peer, connection });
        },
        onMessage: (peer, connection, message) =>
          this.drive({ kind: 'message', peer, connection, message }),
        // Workers judge who is gone (C11, C11'); a gateway only reads the outcome, soon.
        onRefused: () => this.#membership?.input({ kind: 'read' }),
        onForeignCluster: () => this.#membership?.input({ kind: 'read' }),
        onSuperseded: () => this.#membership?.input({ kind: 'read' }),
      },
    });
  }

  #membershipOf(address: string): RunningMembership {
    const { coordinator, clock, random, options, build, bus, isFirst, onExit } = this.#parts;
    const { renewIntervalMs, callDeadlineMs, tickIntervalMs } = clusterDefaults;
    return runMembership({
      ...{ coordinator, clock, random, tickIntervalMs },
      membership: {
        ...{ role: 'gateway', id: options.id, address, build, weight: 1 },
        ...{ nonce: random.hex(8), renewIntervalMs, callDeadlineMs },
      },
      config: {
        ...{ version: 1, partitions: bus.partitions, slotCount },
        ...{ cluster: random.hex(8), first: isFirst },
      },
      report: (report) => this.#report(report),
      onRefused: onExit,
    });
  }
}
