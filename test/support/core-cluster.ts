/**
 * A few worker cores on one virtual clock with an obedient ZooKeeper and perfect links, for
 * scenario tests: every message is delivered in order until nothing is left to say. A test plays
 * the gateway by hand and may keep back what one side says to the other.
 */
import type { BootId } from '../../base/index.ts';
import { emptyTable, type Node, type Table, type View, withChanges } from '../../cluster/index.ts';
import type { GatewayToWorker, LinkMessage, WorkerToGateway } from '../../link/index.ts';
import { createWorkerCore, type WorkerCore } from '../../worker/core.ts';
import type {
  HandledKinds,
  RunOutcome,
  WorkerEffect,
  WorkerInput,
  WorkerLimits,
} from '../../worker/core-types.ts';
import { workerLimits } from '../sim/limits.ts';

export const gateway: BootId = 'g-1@1';

export interface CoreClusterOptions {
  readonly workers: readonly string[];
  readonly handled?: Partial<HandledKinds>;
  readonly limits?: Partial<WorkerLimits>;
  /** Where workers differ. */
  readonly limitsOf?: (boot: BootId) => Partial<WorkerLimits>;
}

type Run = Extract<WorkerEffect, { kind: 'run' }>;

export class CoreCluster {
  readonly cores = new Map<BootId, WorkerCore>();
  /** What the gateway was sent, oldest first. */
  readonly toGateway: { readonly from: BootId; readonly message: WorkerToGateway }[] = [];
  readonly runs: { readonly by: BootId; readonly run: Run }[] = [];
  readonly published: { readonly id: string; readonly topic: string }[] = [];
  readonly notes: string[] = [];
  nowMs = 1000;
  isZooKeeperAway = false;
  /** Workers that are shown no new views. */
  readonly blind = new Set<BootId>();
  readonly #handled: HandledKinds;
  readonly #limitsOf: (boot: BootId) => WorkerLimits;
  readonly #ring = new Set<BootId>();
  readonly #live = new Set<BootId>();
  readonly #kept = new Map<string, (() => void)[]>();
  #table: Table = emptyTable(1);
  #version = 0;
  #queue: (() => void)[] = [];

  constructor({ workers, handled = {}, limits = {}, limitsOf }: CoreClusterOptions) {
    const none = { event: false, message: false, open: false, close: false, volatile: false };
    this.#handled = { ...none, ...handled };
    this.#limitsOf = (boot) => ({ ...workerLimits, ...limits, ...limitsOf?.(boot) });
    for (const boot of workers) this.join(boot);
    this.advance(100);
  }

  get entry() {
    const entry = this.#table.entries[0];
    if (entry === undefined) throw new Error('the table has no slot');
    return entry;
  }

  core(boot: BootId): WorkerCore {
    const core = this.cores.get(boot);
    if (core === undefined) throw new Error(`no worker ${boot}`);
    return core;
  }

  join(boot: BootId): void {
    const core = createWorkerCore({
      slotCount: 1,
      limits: this.#limitsOf(boot),
      handled: this.#handled,
      wallOffsetMs: 0,
    });
    this.cores.set(boot, core);
    this.#live.add(boot);
    this.#ring.add(boot);
    this.input(boot, {
      kind: 'registered',
      boot,
      cluster: 'c',
      tableVersion: this.#version,
    });
    this.input(boot, { kind: 'linked', peer: gateway, role: 'gateway', connection: 1 });
    for (const peer of this.cores.keys()) {
      if (peer === boot) continue;
      this.input(boot, { kind: 'linked', peer, role: 'worker', connection: 1 });
      this.input(peer, { kind: 'linked', peer: boot, role: 'worker', connection: 1 });
    }
    this.#views();
  }

  /** A new session for the same process: its registration raises the table's version (Z6). */
  reregister(boot: BootId): void {
    this.#version += 1;
    this.input(boot, { kind: 'registered', boot, cluster: 'c', tableVersion: this.#version });
    this.#views();
  }

  leaveRing(boot: BootId): void {
    this.#ring.delete(boot);
    this.#views();
  }

  /** Process and session are gone at once. */
  crash(boot: BootId): void {
    this.cores.delete(boot);
    this.#live.delete(boot);
    this.#ring.delete(boot);
    for (const peer of this.cores.keys()) {
      this.input(peer, { kind: 'unlinked', peer: boot, connection: 1 });
    }
    this.#views();
  }

  /** Says something as the gateway, and lets everybody finish talking. */
  say(to: BootId, message: GatewayToWorker): void {
    this.#send(gateway, to, message);
    this.settle();
  }

  ran(index: number, outcome: Partial<Extract<RunOutcome, { kind: 'returned' }>> = {}): void {
    const { by, run } = this.runs[index] ?? this.#missing(`run ${index}`);
    const nothing = { pushes: [], replies: [], state: undefined, outward: [] };
    const full = { kind: 'returned', ...nothing, ...outcome } as const;
    this.input(by, { kind: 'ran', token: run.token, outcome: full });
  }

  input(boot: BootId, input: WorkerInput): void {
    this.#queue.push(() => this.#step(boot, input));
    this.settle();
  }

  /** Keeps back what `from` says to `to` until `release`. */
  keepBack(from: BootId, to: BootId): void {
    this.#kept.set(`${from}>${to}`, []);
  }

  release(from: BootId, to: BootId): void {
    const kept = this.#kept.get(`${from}>${to}`) ?? [];
    this.#kept.delete(`${from}>${to}`);
    this.#queue.push(...kept);
    this.settle();
  }

  advance(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs += 10;
      for (const boot of [...this.cores.keys()]) {
        if (!this.isZooKeeperAway) {
          this.input(boot, { kind: 'confirmed', sentAtMs: this.nowMs });
        }
        this.input(boot, { kind: 'tick' });
      }
    }
  }

  settle(): void {
    while (this.#queue.length > 0) this.#queue.shift()?.();
  }

  heard<T extends WorkerToGateway['type']>(type: T): Extract<WorkerToGateway, { type: T }>[] {
    return this.toGateway.flatMap(({ message }) =>
      message.type === type ? [message as Extract<WorkerToGateway, { type: T }>] : [],
    );
  }

  #step(boot: BootId, input: WorkerInput): void {
    const core = this.cores.get(boot);
    if (core === undefined) return;
    const effects = core.step(input, this.nowMs);
    core.checkInvariants();
    for (const effect of effects) this.#perform(boot, effect);
  }

  #perform(boot: BootId, effect: WorkerEffect): void {
    if (effect.kind === 'send') this.#send(boot, effect.peer, effect.message);
    if (effect.kind === 'run') this.runs.push({ by: boot, run: effect });
    if (effect.kind === 'note') this.notes.push(effect.event);
    if (effect.kind === 'publish') {
      this.published.push({ id: effect.id, topic: effect.outward.topic });
      const { publication } = effect;
      this.#queue.push(() => this.#step(boot, { kind: 'published', publication }));
    }
    if (effect.kind !== 'table' || this.isZooKeeperAway) return;
    const isWon = effect.base === this.#version;
    if (isWon) {
      this.#table = withChanges(this.#table, effect.changes);
      this.#version += 1;
    }
    const outcome = isWon ? 'done' : 'refused';
    this.#queue.push(() => this.#step(boot, { kind: 'table.answered', outcome }));
    this.#views();
  }

  #send(from: BootId, to: BootId, message: LinkMessage): void {
    const deliver = (): void => this.#deliver(from, to, message);
    const kept = this.#kept.get(`${from}>${to}`);
    if (kept === undefined) this.#queue.push(deliver);
    else kept.push(deliver);
  }

  #deliver(from: BootId, to: BootId, message: LinkMessage): void {
    if (to !== gateway)
      return this.#step(to, { kind: 'message', peer: from, connection: 1, message });
    if (message.type === 'PING') {
      const { sentAtMs } = message;
      const pong = { type: 'PONG', sentAtMs, confirmationAgeMs: -1, shed: 0 } as const;
      this.#step(from, { kind: 'message', peer: gateway, connection: 1, message: pong });
    } else if (message.type !== 'PONG') {
      this.toGateway.push({ from, message: message as WorkerToGateway });
    }
  }

  #views(): void {
    if (this.isZooKeeperAway) return;
    const view = this.#view();
    for (const boot of this.cores.keys()) {
      if (this.blind.has(boot)) continue;
      this.#queue.push(() => this.#step(boot, { kind: 'view', view }));
    }
    this.settle();
  }

  #view(): View {
    const node = (boot: BootId): Node => {
      const id = boot.slice(0, boot.indexOf('@'));
      return { id, boot, name: boot, weight: 1 };
    };
    return {
      cluster: 'c',
      isFirstData: true,
      tableVersion: this.#version,
      table: this.#table,
      live: new Map([...this.#live].map((boot) => [boot, node(boot)])),
      ring: new Map([...this.#ring].map((boot) => [node(boot).id, node(boot)])),
      gateways: new Map([[gateway, node(gateway)]]),
    };
  }

  #missing(what: string): never {
    throw new Error(`there is no ${what}`);
  }
}
