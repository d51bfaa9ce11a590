/** The workers of an embedded cluster: started, added, drained and killed under numbered ids. */
import { type Clock, type Logger, type Random, RingwayError } from '../base/index.ts';
import type { MemoryZooKeeper } from '../cluster/index.ts';
import type { Bus } from '../events/index.ts';
import {
  type Application,
  createFlapGuard,
  createWorker,
  type Limits,
  limitsWith,
  type Worker,
} from '../worker/index.ts';

export interface Surroundings {
  readonly zooKeeper: MemoryZooKeeper;
  readonly bus: Bus;
  readonly secret: string;
  readonly build: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Most workers that `up` runs at once: beyond it one process shows nothing more. */
export const workersMax = 64;

export class EmbeddedWorkers {
  readonly #application: Application;
  readonly #limits: Partial<Limits>;
  readonly #around: Surroundings;
  readonly #running = new Map<string, Worker>();
  #lastNumber = 0;

  constructor(application: Application, limits: Partial<Limits>, around: Surroundings) {
    this.#application = application;
    this.#limits = limits;
    this.#around = around;
  }

  get ids(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** @throws RingwayError `worker.unknown` */
  get(id: string): Worker {
    const worker = this.#running.get(id);
    if (worker !== undefined) return worker;
    const known = this.ids.join(', ') || 'none';
    throw new RingwayError('worker.unknown', `no worker ${JSON.stringify(id)}; running: ${known}`);
  }

  /** Resolves with the id once the worker is in the ring. @throws RingwayError `worker.too_many` */
  async add(): Promise<string> {
    if (this.#running.size >= workersMax) {
      const message = `${workersMax} workers run already, the most of one process`;
      throw new RingwayError('worker.too_many', message);
    }
    this.#lastNumber += 1;
    const id = `w-${this.#lastNumber}`;
    const worker = this.#create(id);
    this.#running.set(id, worker);
    await worker.start();
    return id;
  }

  /** Resolves when its slots are elsewhere and it is gone. @throws RingwayError `worker.unknown` */
  async drain(id: string): Promise<void> {
    const worker = this.get(id);
    await worker.drain();
    await this.#close(id, worker);
  }

  /** Like `kill -9`. @throws RingwayError `worker.unknown` */
  async kill(id: string): Promise<void> {
    const worker = this.get(id);
    this.#running.delete(id);
    await worker.kill();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#running].map(([id, worker]) => this.#close(id, worker)));
  }

  /** Prometheus texts by worker id. */
  async metrics(): Promise<ReadonlyMap<string, string>> {
    const texts = [...this.#running].map(
      async ([id, worker]) => [id, await worker.metrics()] as const,
    );
    return new Map(await Promise.all(texts));
  }

  #create(id: string): Worker {
    const { zooKeeper, logger, ...around } = this.#around;
    const worker: Worker = createWorker({
      ...around,
      id,
      application: this.#application,
      coordinator: zooKeeper.connect(),
      limits: this.#limits,
      logger,
      isFirst: true,
      // Ids are never used twice here, so nothing could flap.
      flaps: createFlapGuard(limitsWith(this.#limits), around.random),
      onExit: (error) => {
        logger.error('worker.exited', { worker: id, error });
        this.#running.delete(id);
      },
      // Asked for through a gateway: nobody else would end it.
      onDrained: () => void this.#close(id, worker),
    });
    return worker;
  }

  /** Safe to call twice: a drain may be asked for from two sides. */
  async #close(id: string, worker: Worker): Promise<void> {
    if (this.#running.get(id) === worker) this.#running.delete(id);
    await worker.close();
  }
}
