/** `ringway gateway` and `ringway worker` run in place, on ZooKeeper and RabbitMQ in memory. */
import { systemClock, systemRandom } from '../../../base/index.ts';
import { gatewayCommandOf } from '../../../cli/gateway.ts';
import { healthCommand } from '../../../cli/health.ts';
import type { CoordinatorWish, ProcessBus, ProcessParts } from '../../../cli/process-parts.ts';
import { run } from '../../../cli/run.ts';
import { statusCommand } from '../../../cli/status.ts';
import { workerCommandOf } from '../../../cli/worker.ts';
import {
  createMemoryZooKeeper,
  type MemoryCoordinator,
  type MemoryZooKeeper,
} from '../../../cluster/index.ts';
import { type BusTrouble, createMemoryBus, type MemoryBus } from '../../../events/index.ts';
import { eventually } from '../eventually.ts';
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts';

export const env = { RINGWAY_SECRET: 'a secret of many letters' };

export interface Ran {
  readonly terminal: FakeTerminal;
  readonly code: Promise<number>;
  /** Of a gateway or worker, once its ports are open. */
  adminUrl(): Promise<string>;
  /** What its log said under this name, newest last. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
}

export class ProcessStage {
  readonly zooKeeper: MemoryZooKeeper = createMemoryZooKeeper({ clock: systemClock });
  /** One for each process, in the order of their start. */
  readonly coordinators: MemoryCoordinator[] = [];
  /** What each of them was asked to be. */
  readonly wishes: CoordinatorWish[] = [];
  readonly #bus: MemoryBus = createMemoryBus({ partitions: 16 });
  readonly #running = new Set<Ran>();
  /** Of processes that are started from now on. */
  hostName = 'host-1';
  isZooKeeperAway = false;
  busRefusal: Error | undefined;
  busTrouble: BusTrouble | undefined;

  run(...args: readonly string[]): Ran {
    const terminal = fakeTerminal();
    const parts = this.#parts();
    const commands = [
      gatewayCommandOf(parts),
      workerCommandOf(parts),
      healthCommand,
      statusCommand,
    ];
    const code = run({ args, env, terminal, commands });
    const logged: Ran['logged'] = (event) => linesOf(terminal).filter(({ msg }) => msg === event);
    const ran: Ran = {
      terminal,
      code,
      logged,
      adminUrl: () =>
        eventually('its ports are open', () => {
          const [line] = [...logged('worker.listening'), ...logged('gateway.started')];
          return line === undefined ? undefined : String(line.adminUrl);
        }),
    };
    this.#running.add(ran);
    void code.finally(() => this.#running.delete(ran));
    return ran;
  }

  worker(id: string, ...args: readonly string[]): Ran {
    const fast = ['--admin-port', '0', '--first', '--settle-ms', '20', '--drain-alone-ms', '20'];
    return this.run('worker', '--id', id, ...fast, ...args);
  }

  gateway(id: string, ...args: readonly string[]): Ran {
    const fast = ['--port', '0', '--admin-port', '0', '--drain-window-ms', '0', '--first'];
    return this.run('gateway', '--id', id, ...fast, ...args);
  }

  /** Drains what still runs, all of it at once. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const { terminal } of running) terminal.signal('SIGTERM');
    await Promise.all(running.map(({ code }) => code));
    await this.#bus.close();
    this.zooKeeper.close();
  }

  #parts(): ProcessParts {
    return {
      clock: systemClock,
      random: systemRandom,
      hostName: () => this.hostName,
      createCoordinator: (wish) => {
        this.wishes.push(wish);
        const coordinator = this.zooKeeper.connect();
        if (this.isZooKeeperAway) coordinator.cut();
        this.coordinators.push(coordinator);
        return coordinator;
      },
      createBus: ({ partitions }) => this.#busOf(partitions),
    };
  }

  /** A process's own connection: closing it closes nobody else's. */
  #busOf(partitions: number): ProcessBus {
    const stage = this;
    const bus = this.#bus;
    return {
      partitions,
      get trouble() {
        return stage.busTrouble;
      },
      consume: (partition, prefetch, listener) => bus.consume(partition, prefetch, listener),
      publishEvent: (event) => bus.publishEvent(event),
      publishOut: (message) => bus.publishOut(message),
      subscribeOut: (listener) => bus.subscribeOut(listener),
      close: async () => undefined,
      ready: async () => {
        if (stage.busRefusal !== undefined) throw stage.busRefusal;
      },
    };
  }
}

function linesOf(terminal: FakeTerminal): Readonly<Record<string, unknown>>[] {
  return terminal.errors.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
