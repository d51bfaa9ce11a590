/**
 * A worker: the core and its shell over real links and a given coordinator and bus. All that is
 * decided here is which parts are put together, and whether the options fit each other.
 */
import {
  type Clock,
  ConfigError,
  type Logger,
  type Random,
  type Readiness,
  type RingwayError,
  silentLogger,
  systemClock,
  systemRandom,
} from '../base/index.ts';
import { type ClusterConfig, type Coordinator, runMembership } from '../cluster/index.ts';
import type { Bus } from '../events/index.ts';
import { createLinkHost, type LinkLimits, parseLinkLimits } from '../link/index.ts';
import { slotCount, weightMax } from '../ring/index.ts';
import { type Application, handledKindsOf } from './application.ts';
import { builtInApplications } from './built-in/index.ts';
import { createWorkerCore } from './core.ts';
import type { DrainEnd } from './drain.ts';
import { createFlapGuard, type FlapGuard } from './flaps.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { checkWorkerId } from './names.ts';
import { limitsWith } from './options.ts';
import type { MembershipListener, MembershipPort, ShellParts } from './ports.ts';
import { Shell } from './shell.ts';
import type { WorkerStatus } from './status.ts';

/** A coordinator that may also go away without a word, as a killed process does. */
export type WorkerCoordinator = Coordinator & { kill?(): void };

export interface WorkerOptions {
  /** `[a-z0-9][a-z0-9-]{0,62}`, unique in the cluster. */
  readonly id: string;
  /** Relative capacity. Default 1. */
  readonly weight?: number;
  /** Default `forward`. */
  readonly application?: Application;
  /** This worker's own; closed with it. */
  readonly coordinator: WorkerCoordinator;
  /** For publishing outward; stays open. */
  readonly bus: Bus;
  /** Shared by all processes of the cluster. */
  readonly secret: string;
  /** Default 127.0.0.1, a free port. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** What others dial when it is not the bound address: `host` or `host:port`. */
  readonly advertise?: string;
  /** Those given; the others at their defaults. */
  readonly limits?: Partial<Limits>;
  readonly linkLimits?: Partial<LinkLimits>;
  /** Of a cluster that has no config yet: nobody can hold older data (rule W4). Default false. */
  readonly isFirst?: boolean;
  /** Shown in the live node. */
  readonly build?: string;
  /** Shared by successive workers of one process, so that their restarts are counted. */
  readonly flaps?: FlapGuard;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Its readiness changed; the first call tells the first one. */
  onReadiness?(readiness: Readiness): void;
  /** The worker has killed itself and the process must end, with this error. */
  onExit?(error: RingwayError): void;
  /** A drain is over, whoever asked for it; the worker still runs until `close`. */
  onDrained?(end: DrainEnd): void;
}

export interface Worker {
  /**
   * Resolves once registered and in the ring; waits for the coordinator for as long as it takes.
   * @throws RingwayError `worker.stopped`; LinkError `link.listen_failed`
   */
  start(): Promise<void>;
  /** Leaves the ring and resolves when nothing is owned or copied here, or after `drainTimeoutMs`. */
  drain(): Promise<DrainEnd>;
  /** Like `kill -9`, for tests and `up`: sockets destroyed, no goodbye, the session left to expire. */
  kill(): Promise<void>;
  /** Ends session and links at once; drain first to leave without a pause. */
  close(): Promise<void>;
  status(): WorkerStatus;
  readonly readiness: Readiness;
  /** The Prometheus text. */
  metrics(): Promise<string>;
}

/** @throws ConfigError `config.invalid`; RingwayError `name.invalid` for the id */
export function createWorker(options: WorkerOptions): Worker {
  const limits = checkedLimits(options);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const logger = (options.logger ?? silentLogger).with({ worker: options.id });
  const application = options.application ?? builtIn('forward');
  const surroundings = { limits, clock, random, logger };
  const shell = new Shell(
    {
      ...surroundings,
      id: checkWorkerId(options.id),
      listen: options.listen ?? { host: '127.0.0.1', port: 0 },
      advertise: options.advertise,
      application,
      bus: options.bus,
      flaps: options.flaps ?? createFlapGuard(limits, random),
      onReadiness: (readiness) => options.onReadiness?.(readiness),
      onExit: (error) => options.onExit?.(error),
      onDrained: (end) => options.onDrained?.(end),
    },
    partsOf(options, application, surroundings),
  );
  return {
    start: () => shell.start(),
    drain: () => shell.drain(),
    kill: () => shell.kill(),
    close: () => shell.close(),
    status: () => shell.status(),
    get readiness() {
      return shell.readiness;
    },
    metrics: () => shell.metrics.registry.metrics(),
  };
}

interface Surroundings {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

function partsOf(
  options: WorkerOptions,
  application: Application,
  { limits, clock, random, logger }: Surroundings,
): ShellParts {
  return {
    core: createWorkerCore({
      slotCount,
      limits,
      handled: handledKindsOf(application),
      wallOffsetMs: clock.wallMs() - clock.nowMs(),
    }),
    host: (listener) =>
      createLinkHost({
        secret: options.secret,
        limits: linkLimitsOf(options, limits),
        clock,
        random,
        logger,
        listener,
      }),
    membership: (address, listener) =>
      membershipOf(options, { limits, clock, random, logger }, address, listener),
  };
}

function membershipOf(
  options: WorkerOptions,
  { limits, clock, random }: Surroundings,
  address: string,
  listener: MembershipListener,
): MembershipPort {
  const coordinator = killable(options.coordinator);
  const membership = runMembership({
    coordinator,
    clock,
    random,
    membership: {
      role: 'worker',
      id: options.id,
      address,
      build: options.build ?? '',
      nonce: random.hex(8),
      weight: options.weight ?? 1,
      renewIntervalMs: limits.renewIntervalMs,
      callDeadlineMs: limits.callDeadlineMs,
    },
    config: configOf(options, random),
    tickIntervalMs: limits.tickMs,
    report: listener.report,
    onRefused: listener.onRefused,
  });
  return {
    get contact() {
      return membership.contact;
    },
    start: () => membership.start(),
    input: (request) => membership.input(request),
    close: () => membership.close(),
    abandon() {
      coordinator.kill();
      void membership.close();
    },
  };
}

/** After `kill` nothing is said any more, not even goodbye. */
function killable(coordinator: WorkerCoordinator): Coordinator & { kill(): void } {
  let isKilled = false;
  return {
    sessionTimeoutMs: coordinator.sessionTimeoutMs,
    open: (listener) => coordinator.open(listener),
    configure: (wanted) => coordinator.configure(wanted),
    read: () => coordinator.read(),
    multi: (ops) => coordinator.multi(ops),
    close: () => (isKilled ? Promise.resolve() : coordinator.close()),
    kill() {
      isKilled = true;
      coordinator.kill?.();
    },
  };
}

function configOf({ bus, isFirst }: WorkerOptions, random: Random): ClusterConfig {
  return {
    version: 1,
    partitions: bus.partitions,
    slotCount,
    cluster: random.hex(8),
    first: isFirst ?? false,
  };
}

/** The worker's heartbeats are its core's pings: one number for both. */
function linkLimitsOf(options: WorkerOptions, limits: Limits): Partial<LinkLimits> {
  return { heartbeatIntervalMs: limits.pingIntervalMs, ...options.linkLimits };
}

/** Why `createWorker` would refuse these limits; empty when it would not. */
export function limitProblems(changes: Partial<Limits>): readonly string[] {
  const { frameBytesMax } = parseLinkLimits();
  const problems = frameProblems({ ...defaultLimits, ...changes }, frameBytesMax);
  try {
    limitsWith(changes);
    return problems;
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems, ...problems];
    throw error;
  }
}

/** A record travels in one frame, beside names and numbers. */
const frameMarginBytes = 64 * 1024;

function checkedLimits(options: WorkerOptions): Limits {
  const { sessionTimeoutMs } = options.coordinator;
  const limits = limitsWith({ sessionTimeoutMs, ...options.limits });
  const { frameBytesMax } = parseLinkLimits(linkLimitsOf(options, limits));
  const weight = options.weight ?? 1;
  const problems = [...frameProblems(limits, frameBytesMax)];
  if (limits.sessionTimeoutMs !== sessionTimeoutMs) {
    const given = `sessionTimeoutMs ${limits.sessionTimeoutMs}`;
    problems.push(`${given} is not the coordinator's ${sessionTimeoutMs}`);
  }
  if (!(weight > 0 && weight <= weightMax)) {
    problems.push(`weight ${weight} is not above 0 and at most ${weightMax}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return limits;
}

function frameProblems(limits: Limits, frameBytesMax: number): readonly string[] {
  return (['recordBytesMax', 'copyBatchBytesMax'] as const)
    .filter((name) => limits[name] + frameMarginBytes > frameBytesMax)
    .map((name) => {
      const given = `${name} ${limits[name]} + ${frameMarginBytes}`;
      return `${given} exceeds frameBytesMax ${frameBytesMax}`;
    });
}

function builtIn(name: string): Application {
  return builtInApplications.get(name) ?? {};
}
