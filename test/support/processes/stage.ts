/** What most tests of separate processes begin with: real servers, a cluster on them, a load. */
import { join } from 'node:path';
import { freshChroot, type RabbitHost, sharedRabbit, sharedZooKeeper } from '../servers/index.ts';
import { ProcessCluster, type ProcessClusterOptions } from './cluster.ts';
import { ProcessLoad, type ProcessLoadOptions } from './load.ts';

type Servers = 'zooKeeper' | 'rabbitmq' | 'application';

export interface StageOptions {
  readonly cluster: Omit<ProcessClusterOptions, Servers>;
  readonly load: Omit<ProcessLoadOptions, 'rabbitmq'>;
  /** `host:port[,host:port…]`; default: the tests' shared one. */
  readonly zooKeeper?: string;
  /** Default: the tests' shared one. */
  readonly rabbit?: RabbitHost;
}

const application = join(import.meta.dirname, '../e2e/ledger-app.mjs');

export class Stage {
  readonly cluster: ProcessCluster;
  readonly load: ProcessLoad;
  /** `host:port[,host:port…]/chroot` */
  readonly zooKeeper: string;
  /** With its virtual host. */
  readonly rabbitmq: string;
  readonly #rabbit: RabbitHost;

  private constructor(options: StageOptions, servers: StageServers) {
    const { zooKeeper, rabbitmq, rabbit } = servers;
    this.zooKeeper = zooKeeper;
    this.rabbitmq = rabbitmq;
    this.#rabbit = rabbit;
    this.cluster = new ProcessCluster({ ...options.cluster, zooKeeper, rabbitmq, application });
    this.load = new ProcessLoad({ ...options.load, rabbitmq });
  }

  /** Resolves when every process is ready and every client has its welcome; nothing is said yet. */
  static async start(options: StageOptions): Promise<Stage> {
    const rabbit = options.rabbit ?? (await sharedRabbit());
    const zooKeeper = options.zooKeeper ?? (await sharedZooKeeper()).address;
    const servers = {
      ...{ rabbit, rabbitmq: await rabbit.createVhost() },
      zooKeeper: `${zooKeeper}${freshChroot()}`,
    };
    const stage = new Stage(options, servers);
    try {
      await stage.cluster.start();
      await stage.load.connect(stage.cluster.urls);
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  /**
   * @param keep the journals stay
   * @returns their folder
   */
  async close({ keep = false } = {}): Promise<string> {
    const folder = await this.load.close({ keep });
    await this.cluster.close();
    await this.#rabbit.deleteVhost(this.rabbitmq);
    return folder;
  }
}

interface StageServers {
  readonly zooKeeper: string;
  readonly rabbitmq: string;
  readonly rabbit: RabbitHost;
}
