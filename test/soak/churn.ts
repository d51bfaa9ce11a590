/**
 * A cluster in this process, real sockets and links, whose users never come back: each visit has a
 * new key, sees one event and leaves; half of them leave events behind. Some stay for the whole
 * time. Workers join and leave now and then.
 */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../../base/index.ts';
import { type EmbeddedCluster, startEmbedded } from '../../cli/embedded.ts';
import { slotOf } from '../../ring/index.ts';
import type { Application } from '../../worker/index.ts';
import { ClusterClient } from '../support/cluster-client.ts';
import { eventually } from '../support/eventually.ts';
import type { Sample } from './samples.ts';

export interface ChurnOptions {
  readonly visitorsAtOnce: number;
  readonly memoryBytesMax: number;
  readonly retentionMs: number;
  readonly changeEveryMs: number;
}

const slotsUsed = 64;

/** Counts, so that there is state, and shows the event. */
const application: Application = {
  onEvent(ctx) {
    ctx.key.state = Number(ctx.key.state ?? 0) + 1;
    ctx.key.push(ctx.event);
  },
};

/** A new slot costs changes of the table, which is not what a soak is about. */
function nameInFewSlots(name: string): string {
  for (let n = 0; ; n += 1) if (slotOf(`user:${name}-${n}`) < slotsUsed) return `${name}-${n}`;
}

export class Churn {
  visits = 0;
  /** Visits that failed, by what they said. */
  readonly failures = new Map<string, number>();
  readonly #cluster: EmbeddedCluster;
  readonly #options: ChurnOptions;
  readonly #startedAtMs = performance.now();
  #isOver = false;
  #tasks: Promise<void>[] = [];
  #evicted = { idle: 0, early: 0 };

  private constructor(cluster: EmbeddedCluster, options: ChurnOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  static async start(options: ChurnOptions): Promise<Churn> {
    const { memoryBytesMax, retentionMs } = options;
    const cluster = await startEmbedded({
      workers: 3,
      application,
      gateway: {
        ...{ handshakesPerSecond: 100_000, handshakesBurst: 100_000 },
        ...{ handshakesPerSecondPerAddress: 100_000, handshakesBurstPerAddress: 100_000 },
      },
      limits: { memoryBytesMax, retentionMs, gatewayGoneMs: 1_000 },
    });
    const churn = new Churn(cluster, options);
    const visitors = Array.from({ length: options.visitorsAtOnce }, (_, at) => churn.#visitor(at));
    churn.#tasks = [...visitors, churn.#changeWorkers()];
    return churn;
  }

  sample(): Sample {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    const workers = this.#cluster.workers.ids.map((id) => this.#cluster.workers.get(id).status());
    const sum = (of: (status: (typeof workers)[number]) => number): number =>
      workers.reduce((total, status) => total + of(status), 0);
    return {
      atMs: performance.now() - this.#startedAtMs,
      heapBytes: heapUsed + external,
      residentBytes: rss,
      heldBytes: sum(({ memory }) => memory.heldBytes),
      keys: sum(({ slots }) => slots.keys),
      visits: this.visits,
      forgottenIdle: this.#evicted.idle + sum(({ memory }) => memory.evictedIdle),
      forgottenEarly: this.#evicted.early + sum(({ memory }) => memory.evictedForMemory),
      workers: workers.length,
    };
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#tasks);
    await this.#cluster.close();
  }

  async #visitor(at: number): Promise<void> {
    for (let n = 0; !this.#isOver; n += 1) {
      const user = nameInFewSlots(`v${at}-${n}`);
      try {
        await this.#visit(user);
        this.visits += 1;
      } catch (thrown) {
        const why = messageOf(thrown).replaceAll(user, 'somebody');
        this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
      }
    }
  }

  async #visit(user: string): Promise<void> {
    const [gateway] = this.#cluster.gateways;
    const client = await ClusterClient.open(gateway?.publicUrl ?? '', `?user=${user}`);
    try {
      await this.#publish(user);
      await eventually(`an event for ${user}`, () => client.events.length > 0);
    } finally {
      client.cut();
    }
    if (this.visits % 2 === 0) await this.#publish(user);
  }

  #publish(user: string): Promise<void> {
    const data = new TextEncoder().encode(JSON.stringify({ text: 'x'.repeat(600) }));
    const about = { type: 'tick', source: 'soak', format: 'json' } as const;
    return this.#cluster.bus.publishEvent({
      key: `user:${user}`,
      id: randomUUID(),
      ...about,
      data,
    });
  }

  /** One more, then one less: the oldest goes. */
  async #changeWorkers(): Promise<void> {
    for (let more = true; !this.#isOver; more = !more) {
      const untilMs = performance.now() + this.#options.changeEveryMs;
      while (!this.#isOver && performance.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      if (this.#isOver) return;
      if (more) await this.#cluster.addWorker();
      else await this.#drainOldest();
    }
  }

  async #drainOldest(): Promise<void> {
    const [id = ''] = this.#cluster.workers.ids;
    const worker = this.#cluster.workers.get(id);
    await this.#cluster.drainWorker(id);
    const { memory } = worker.status();
    this.#evicted = {
      idle: this.#evicted.idle + memory.evictedIdle,
      early: this.#evicted.early + memory.evictedForMemory,
    };
  }
}
