/** A shell between a scripted core, scripted links and a scripted membership. */
import { type Readiness, type RingwayError, seededRandom } from '../../../base/index.ts';
import {
  type Contact,
  emptyTable,
  type MembershipRequest,
  type View,
} from '../../../cluster/index.ts';
import type { BusTrouble } from '../../../events/index.ts';
import type { LinkListener } from '../../../link/index.ts';
import type { Application } from '../../../worker/application.ts';
import type { WorkerEffect, WorkerInput } from '../../../worker/core-types.ts';
import type { DrainEnd } from '../../../worker/drain.ts';
import { createFlapGuard } from '../../../worker/flaps.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import { type MemoryReport, newMemory } from '../../../worker/memory.ts';
import type { HostPort, MembershipListener } from '../../../worker/ports.ts';
import { Shell } from '../../../worker/shell.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type Line, recordingLogger } from './run-fixture.ts';

export const boot = 'w-1@4';

export class ShellStage {
  readonly clock = createFakeClock();
  readonly lines: Line[] = [];
  /** What the core was given, ticks left out. */
  readonly inputs: WorkerInput[] = [];
  /** What links, membership and bus were told. */
  readonly told: unknown[] = [];
  readonly requests: MembershipRequest[] = [];
  readonly exits: RingwayError[] = [];
  readonly drains: DrainEnd[] = [];
  readonly flaps = createFlapGuard(defaultLimits, seededRandom(1));
  readonly shell: Shell;
  /** The core's answer to an input. */
  answer: (input: WorkerInput) => readonly WorkerEffect[] = () => [];
  isEmpty = false;
  memory: MemoryReport = {
    ...{ heldBytes: 80, bytesMax: 100, isFull: false, ...newMemory().counts },
  };
  listenError: Error | undefined;
  publishError: Error | undefined;
  #host: LinkListener | undefined;
  #membership: MembershipListener | undefined;

  contact: Contact = {
    session: 'connected',
    isRegistered: true,
    confirmedAtMs: undefined,
    refusal: undefined,
  };
  readonly bus = {
    trouble: undefined as BusTrouble | undefined,
    publishEvent: (message: { id: string }) => this.#publish(message),
    publishOut: (message: { id: string }) => this.#publish(message),
  };
  readonly readinesses: Readiness[] = [];

  constructor(application: Application = {}) {
    this.shell = new Shell(
      {
        id: 'w-1',
        listen: { host: '127.0.0.1', port: 0 },
        advertise: undefined,
        application,
        bus: this.bus,
        limits: defaultLimits,
        flaps: this.flaps,
        clock: this.clock,
        random: seededRandom(1),
        logger: recordingLogger(this.lines),
        onReadiness: (readiness) => this.readinesses.push(readiness),
        onExit: (error) => this.exits.push(error),
        onDrained: (end) => this.drains.push(end),
      },
      {
        core: {
          step: (input) => {
            if (input.kind !== 'tick') this.inputs.push(input);
            return this.answer(input);
          },
          isEmpty: () => this.isEmpty,
          report: (slot) => ({
            slot,
            role: slot < 3 ? 'owner' : 'copy',
            phase: undefined,
            term: 1,
            epoch: 1,
            length: 0,
            commit: 0,
            keys: 2,
            sessions: slot < 3 ? 4 : 0,
            isSingle: false,
            bytes: 10,
          }),
          memory: () => this.memory,
          overdueKeys: () => 0,
        },
        host: (listener) => {
          this.#host = listener;
          return this.#hostPort();
        },
        membership: (address, listener) => {
          this.told.push(['membership', address]);
          this.#membership = listener;
          const stage = this;
          return {
            get contact() {
              return stage.contact;
            },
            start: () => this.told.push(['membership.start']),
            input: (request) => this.requests.push(request),
            close: async () => void this.told.push(['membership.close']),
            abandon: () => this.told.push(['membership.abandon']),
          };
        },
      },
    );
  }

  get host(): LinkListener {
    if (this.#host === undefined) throw new Error('the shell made no link host');
    return this.#host;
  }

  get membership(): MembershipListener {
    if (this.#membership === undefined) throw new Error('the shell made no membership');
    return this.#membership;
  }

  get kinds(): readonly string[] {
    return this.inputs.map(({ kind }) => kind);
  }

  /** Brings the worker up to `serving`. */
  async serve(): Promise<void> {
    const started = this.shell.start();
    await this.clock.run(0);
    this.register();
    this.see(['w-1@4'], ['w-1@4']);
    await started;
  }

  register(cluster = 'c1'): void {
    this.membership.report({ kind: 'registered', boot, cluster, tableVersion: 0 });
  }

  /** A view with these live workers and ring members. */
  see(live: readonly string[], ring: readonly string[]): void {
    this.membership.report({ kind: 'view', view: viewOf(live, ring) });
  }

  async #publish(message: { id: string }): Promise<void> {
    this.told.push(['publish', message.id]);
    if (this.publishError !== undefined) throw this.publishError;
  }

  #hostPort(): HostPort {
    return {
      listen: async () => {
        if (this.listenError !== undefined) throw this.listenError;
        return '127.0.0.1:7000';
      },
      open: (identity) => void this.told.push(['open', identity.boot, identity.cluster]),
      setPeers: (peers) => void this.told.push(['peers', ...peers.map((peer) => peer.boot)]),
      send: (peer, message) => void this.told.push(['send', peer, message.type]),
      close: async () => void this.told.push(['host.close']),
    };
  }
}

function viewOf(live: readonly string[], ring: readonly string[]): View {
  const nodes = (boots: readonly string[]) =>
    boots.map((each) => ({
      id: each.slice(0, each.indexOf('@')),
      boot: each,
      name: `${each.slice(0, each.indexOf('@'))}-0000000001`,
      address: '127.0.0.1:1',
    }));
  return {
    cluster: 'c1',
    isFirstData: true,
    tableVersion: 1,
    table: emptyTable(8),
    live: new Map(nodes(live).map((node) => [node.boot, node])),
    ring: new Map(nodes(ring).map((node) => [node.id, node])),
    gateways: new Map(),
  };
}
