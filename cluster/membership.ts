/**
 * Runs the step function of membership over a coordinator and a clock: carries out its calls,
 * feeds back their answers, ticks, and reports the rest. It also makes the cluster's config
 * where there is none, and refuses one that this process was not configured for.
 */
import {
  type BootId,
  type Cancel,
  type Clock,
  ConfigError,
  type Random,
  RingwayError,
} from '../base/index.ts';
import type { Contact } from './contact.ts';
import type { ClusterConfig, Coordinator, Op, Reading } from './coordinator.ts';
import { createMembership, type Membership } from './membership-state.ts';
import type { MembershipEffect, MembershipInput, MembershipOptions } from './membership-types.ts';

/** What the process hears: inputs of its core, and notes for its log. */
export type MembershipReport = Exclude<
  MembershipEffect,
  { readonly kind: 'call.read' } | { readonly kind: 'call.multi' }
>;

/** What the process may ask. */
export type MembershipRequest = Extract<
  MembershipInput,
  { readonly kind: 'read' | 'table' | 'evict' | 'join' | 'leave' | 'drain' }
>;

export interface MembershipRunOptions {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly random: Random;
  readonly membership: MembershipOptions;
  /** Made if the cluster has none; if it has one, all but `cluster` and `first` must agree. */
  readonly config: ClusterConfig;
  /** How often deadlines are looked at. */
  readonly tickIntervalMs: number;
  report(report: MembershipReport): void;
  /**
   * The cluster is configured otherwise, or refused this process before its first reading:
   * nothing more is done; the process must exit. A refusal later is an outage: what this process
   * holds may be the last copy.
   */
  onRefused(error: RingwayError): void;
}

export interface RunningMembership {
  readonly boot: BootId | undefined;
  /** For readiness; nothing is decided by it. */
  readonly contact: Contact;
  start(): void;
  input(request: MembershipRequest): void;
  /** Ends the session: the process's nodes go at once. */
  close(): Promise<void>;
}

export function runMembership(options: MembershipRunOptions): RunningMembership {
  return new Runner(options);
}

class Runner implements RunningMembership {
  private readonly options: MembershipRunOptions;
  private readonly membership: Membership;
  private readonly inputs: MembershipInput[] = [];
  private isStepping = false;
  private isClosed = false;
  /** The cluster whose config was checked. */
  private cluster: string | undefined;
  private cancelTick: Cancel = () => undefined;
  private session: Contact['session'] = 'none';
  private confirmedAtMs: number | undefined;
  /** Apart, because ZooKeeper may refuse what is read and take what is written, or the reverse. */
  private readonly refusals: Record<'read' | 'multi', string | undefined> = {
    read: undefined,
    multi: undefined,
  };

  constructor(options: MembershipRunOptions) {
    this.options = options;
    this.membership = createMembership(options.membership);
  }

  get boot(): BootId | undefined {
    return this.membership.boot;
  }

  get contact(): Contact {
    const { session, confirmedAtMs, refusals } = this;
    const refusal = refusals.read ?? refusals.multi;
    return { session, isRegistered: this.membership.isRegistered, confirmedAtMs, refusal };
  }

  start(): void {
    const { clock, coordinator, tickIntervalMs } = this.options;
    this.cancelTick = clock.every(tickIntervalMs, () => this.take({ kind: 'tick' }));
    coordinator.open({
      onSession: (event) => {
        this.session = event;
        this.take({ kind: 'session', event });
      },
      onChange: () => this.take({ kind: 'changed' }),
    });
  }

  input(request: MembershipRequest): void {
    this.take(request);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelTick();
    await this.options.coordinator.close();
  }

  /** A report may lead to the next input: that one waits until the step is carried out. */
  private take(input: MembershipInput): void {
    this.inputs.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    try {
      for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
        if (this.isClosed) continue;
        const effects = this.membership.step(next, this.options.clock.nowMs());
        for (const effect of effects) this.carryOut(effect);
      }
    } finally {
      this.isStepping = false;
    }
  }

  private carryOut(effect: MembershipEffect): void {
    if (this.isClosed) return;
    if (effect.kind === 'confirmed') this.confirmedAtMs = effect.sentAtMs;
    if (effect.kind === 'call.read') void this.read(effect.call);
    else if (effect.kind === 'call.multi') void this.multi(effect.call, effect.ops);
    else this.options.report(effect);
  }

  private async read(call: number): Promise<void> {
    let input: MembershipInput;
    try {
      const reading = await this.readConfigured();
      if (!this.accepts(reading.config)) return;
      this.refusals.read = undefined;
      input = { kind: 'read.answered', call, reading };
    } catch (error) {
      if (this.cluster === undefined && isRefusal(error)) return this.refuse(error);
      input = this.failed('read', call, error);
    }
    this.take(input);
  }

  private async multi(call: number, ops: readonly Op[]): Promise<void> {
    let input: MembershipInput;
    try {
      const result = await this.options.coordinator.multi(ops);
      this.refusals.multi = undefined;
      input = { kind: 'multi.answered', call, result };
    } catch (error) {
      input = this.failed('multi', call, error);
    }
    this.take(input);
  }

  private async readConfigured(): Promise<Reading> {
    const { coordinator } = this.options;
    try {
      return await coordinator.read();
    } catch (error) {
      if (!(error instanceof RingwayError) || error.code !== 'coordinator.no_config') throw error;
    }
    await coordinator.configure(this.wantedConfig());
    return coordinator.read();
  }

  /** Who has seen a config before knows that this data replaces wiped data (rules W1, W4). */
  private wantedConfig(): ClusterConfig {
    const { config, random } = this.options;
    if (this.cluster === undefined) return config;
    return { ...config, cluster: random.hex(8), first: false };
  }

  private accepts(found: ClusterConfig): boolean {
    if (found.cluster === this.cluster) return true;
    const wanted = this.options.config;
    const problems = (['version', 'partitions', 'slotCount'] as const)
      .filter((name) => found[name] !== wanted[name])
      .map((name) => `${name} is ${found[name]} in this cluster, not ${wanted[name]}`);
    this.cluster = found.cluster;
    if (problems.length === 0) return true;
    this.refuse(new ConfigError(problems));
    return false;
  }

  /** Only what the coordinator reports as its failure is one; everything else is our bug. */
  private failed(kind: 'read' | 'multi', call: number, error: unknown): MembershipInput {
    if (!(error instanceof RingwayError)) throw error;
    if (isRefusal(error)) this.refusals[kind] = `${error.message} [${error.code}]`;
    return { kind: 'call.failed', call };
  }

  private refuse(error: RingwayError): void {
    if (this.isClosed) return;
    void this.close();
    this.options.onRefused(error);
  }
}

/** Trying again would not help: an operator has to. */
function isRefusal(error: unknown): error is RingwayError {
  return error instanceof RingwayError && !error.retryable;
}
