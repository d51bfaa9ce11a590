/**
 * What chaos happens to: an ensemble of three ZooKeeper servers, a RabbitMQ, gateways, workers, a
 * publisher and a fleet of clients, all of them processes on loopback; and what watches them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../support/history-verdict.ts';
import { clusterSecret } from '../support/processes/cluster.ts';
import { machineMs } from '../support/processes/journal.ts';
import { type Placement, PlacementReader } from '../support/processes/placement.ts';
import { Proxies } from '../support/processes/proxies.ts';
import { Stage } from '../support/processes/stage.ts';
import {
  type RabbitServer,
  startEnsemble,
  startRabbit,
  type ZooKeeperEnsemble,
} from '../support/servers/index.ts';
import { ChaosHistory } from './history.ts';
import { LogWatch } from './log-watch.ts';

export interface ChaosOptions {
  readonly gateways: number;
  readonly workers: number;
  /** Each has two clients, at different gateways. */
  readonly users: number;
  readonly eventsPerSecond: number;
  /** From all clients together. */
  readonly messagesPerSecond: number;
  /** The second client of each n-th user is a plain one; 0 = none is. */
  readonly plainEvery: number;
  /** A supervisor starts again what was killed after this time. */
  readonly restartAfterMs: number;
  /**
   * `proxies`: links and connections to servers can be cut; `taps`: what is said on links is read.
   * All of it goes through another process then.
   */
  readonly between: 'nothing' | 'proxies' | 'taps';
  /** Whether one ZooKeeper server has a disk that can be filled; needs root. */
  readonly hasSmallDisk: boolean;
}

export const chaosDefaults: ChaosOptions = {
  gateways: 2,
  workers: 4,
  users: 100,
  eventsPerSecond: 120,
  messagesPerSecond: 40,
  plainEvery: 10,
  restartAfterMs: 1000,
  between: 'nothing',
  hasSmallDisk: false,
};

/** A cluster that has nothing to do but to recover and needs longer hangs. */
const healthyDeadlineMs = 90_000;
const pollMs = 200;

export class ChaosStage {
  readonly options: ChaosOptions;
  readonly ensemble: ZooKeeperEnsemble;
  readonly rabbit: RabbitServer;
  readonly stage: Stage;
  readonly logs: LogWatch;
  readonly placement: PlacementReader;
  /** What `between` says. */
  readonly proxies: Proxies;
  readonly history: ChaosHistory;
  readonly #starting = new Set<string>();
  /** Workers that should be in the ring. */
  readonly workers = new Set<string>();

  private constructor(options: ChaosOptions, parts: StageParts) {
    this.options = options;
    this.ensemble = parts.ensemble;
    this.rabbit = parts.rabbit;
    this.stage = parts.stage;
    this.logs = parts.logs;
    this.proxies = parts.proxies;
    const { load, zooKeeper: servers } = parts.stage;
    this.placement = new PlacementReader({ servers, secret: clusterSecret, keys: load.keys });
    this.history = new ChaosHistory(load);
    for (const id of named('w', options.workers)) this.workers.add(id);
  }

  /** Resolves when everything runs under load, and every key has two copies. */
  static async start(options: ChaosOptions): Promise<ChaosStage> {
    const chaos = new ChaosStage(options, await startParts(options));
    try {
      await chaos.load.start();
      await chaos.untilHealthy();
      await chaos.load.more(options.users * 2);
      await chaos.rabbit.settle();
      return chaos;
    } catch (error) {
      await chaos.close();
      throw error;
    }
  }

  get cluster() {
    return this.stage.cluster;
  }

  get load() {
    return this.stage.load;
  }

  /** Every worker in the ring, every key where it belongs with two copies, every client welcome. */
  async untilHealthy(): Promise<Placement> {
    const { load } = this.stage;
    const wanted = [...this.workers].sort().join();
    const placement = await this.untilPlaced(`settled on ${wanted}`, (now) => {
      return now.ring.join() === wanted && now.isSettled;
    });
    await load.untilFleet('all clients welcome', ({ clients, welcome }) => clients === welcome);
    return placement;
  }

  /** Workers that run, and are not about to begin. */
  readonly runningWorkers = (): readonly string[] => {
    const running = this.cluster.services.filter(({ kind }) => kind === 'worker');
    return running.map(({ id }) => id).filter((id) => !this.#starting.has(id));
  };

  /** A further one, or one that was drained. */
  async startWorker(id: string, flags: readonly string[] = []): Promise<void> {
    await this.cluster.addWorker(id, flags);
    this.workers.add(id);
  }

  /** SIGTERM; resolves when it has given all away. */
  async drainWorker(id: string): Promise<void> {
    this.workers.delete(id);
    await this.cluster.drain(id);
  }

  /** As its supervisor would do. Resolves when it is ready again. */
  restartLater(id: string): Promise<unknown> {
    this.#starting.add(id);
    const restarted = sleep(this.options.restartAfterMs)
      .then(() => this.cluster.restart(id))
      .finally(() => this.#starting.delete(id));
    // Whoever waits for it hears of a failure; until then nobody may be waiting.
    restarted.catch(() => undefined);
    return restarted;
  }

  /** Polls the placement, which is a reading of ZooKeeper; a failed one is not the end. */
  async untilPlaced(what: string, is: (now: Placement) => boolean): Promise<Placement> {
    const endMs = machineMs() + healthyDeadlineMs;
    let last = '';
    while (machineMs() < endMs) {
      try {
        const now = await this.placement.read();
        if (is(now)) return now;
        last = `ring ${now.ring.join()}, not settled ${now.unsettled}`;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      await sleep(pollMs);
    }
    throw new Error(`not within ${healthyDeadlineMs} ms: ${what}: ${last}`);
  }

  /** Ends the load, waits for what is under way, and judges all of it. */
  async verdict(): Promise<Verdict> {
    await this.load.quiet();
    await this.history.missing(machineMs());
    await this.load
      .untilFleet('all answered', ({ unanswered }) => unanswered === 0, 30_000)
      .catch(() => undefined);
    return this.history.verdict();
  }

  /** @returns the folder with journals and logs, if they are kept */
  async close({ keep = false } = {}): Promise<string> {
    this.history.close();
    const folder = await this.stage.close({ keep });
    if (keep) this.logs.save(folder);
    await this.placement.close().catch(() => undefined);
    await Promise.all([this.ensemble.close(), this.rabbit.close(), this.proxies.close()]);
    return folder;
  }
}

interface StageParts {
  readonly ensemble: ZooKeeperEnsemble;
  readonly rabbit: RabbitServer;
  readonly stage: Stage;
  readonly logs: LogWatch;
  readonly proxies: Proxies;
}

function named(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${letter}-${n + 1}`);
}

async function startParts(options: ChaosOptions): Promise<StageParts> {
  const logs = new LogWatch();
  const ensemble = await startEnsemble(3, (number) => ({
    heapMegabytes: 96,
    // One of them, if its disk is to be filled.
    ...(options.hasSmallDisk && number === 1 && { diskMegabytes: 16 }),
  }));
  const proxies = new Proxies();
  const ends: (() => Promise<void>)[] = [() => proxies.close(), () => ensemble.close()];
  try {
    const rabbit = await startRabbit();
    ends.push(() => rabbit.close());
    const { users, eventsPerSecond, messagesPerSecond, plainEvery } = options;
    const stage = await Stage.start({
      cluster: {
        gateways: named('g', options.gateways),
        workers: named('w', options.workers),
        onLog: logs.take,
        startsGently: true,
        ...betweenProcesses(options, proxies),
      },
      load: { users, eventsPerSecond, messagesPerSecond, plainEvery },
      zooKeeper: ensemble.connect,
      rabbit,
    });
    return { ensemble, rabbit, stage, logs, proxies };
  } catch (error) {
    await Promise.all(ends.map((end) => end()));
    throw error;
  }
}

function betweenProcesses({ between }: ChaosOptions, proxies: Proxies) {
  const { advertised, onGone, environmentOf, tapped, untapped } = proxies;
  if (between === 'proxies') return { advertised, onGone, environmentOf };
  return between === 'taps' ? { advertised: tapped, onGone: untapped } : {};
}
