/**
 * What the shell stands between: the step function, the links, membership. As small as the shell
 * needs them, so that tests put scripted ones in their place.
 */
import type { Clock, Logger, Random, Readiness, RingwayError } from '../base/index.ts';
import type { Contact, MembershipReport, MembershipRequest } from '../cluster/index.ts';
import type { Bus } from '../events/index.ts';
import type { LinkHost, LinkListener, ListenAddress } from '../link/index.ts';
import type { Application } from './application.ts';
import type { SlotReport, WorkerEffect, WorkerInput } from './core-types.ts';
import type { DrainEnd } from './drain.ts';
import type { FlapGuard } from './flaps.ts';
import type { Limits } from './limits.ts';
import type { MemoryReport } from './memory.ts';

/** The step function, as far as the shell knows it. */
export interface CorePort {
  step(input: WorkerInput, nowMs: number): readonly WorkerEffect[];
  /** Owns nothing and is no copy: a drained worker may exit. */
  isEmpty(): boolean;
  report(slot: number): SlotReport;
  memory(): MemoryReport;
  overdueKeys(): number;
}

/** The links of this process. */
export type HostPort = Pick<LinkHost, 'listen' | 'open' | 'setPeers' | 'send' | 'close'>;

/** Membership, bound to a coordinator. */
export interface MembershipPort {
  readonly contact: Contact;
  start(): void;
  input(request: MembershipRequest): void;
  /** Ends the session: this process's nodes go at once. */
  close(): Promise<void>;
  /** Stops without a word: the session is left to expire. */
  abandon(): void;
}

export interface MembershipListener {
  report(report: MembershipReport): void;
  /** The cluster is configured otherwise: this process must exit. */
  onRefused(error: RingwayError): void;
}

export interface ShellParts {
  readonly core: CorePort;
  host(listener: LinkListener): HostPort;
  membership(address: string, listener: MembershipListener): MembershipPort;
}

export interface ShellOptions {
  readonly id: string;
  readonly listen: ListenAddress;
  /** What others dial when it is not the bound address: `host` or `host:port`. */
  readonly advertise: string | undefined;
  readonly application: Application;
  readonly bus: Pick<Bus, 'publishEvent' | 'publishOut' | 'trouble'>;
  readonly limits: Limits;
  readonly flaps: FlapGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told the first time, and whenever it changes. */
  onReadiness(readiness: Readiness): void;
  /** The process must end: a younger boot of its id exists, or the cluster is configured otherwise. */
  onExit(error: RingwayError): void;
  /** A drain is over, whoever asked for it. */
  onDrained(end: DrainEnd): void;
}
