/** The gateways of an embedded cluster; the first takes the ports that were asked for. */
import { RingwayError } from '../base/index.ts';
import { createGateway, type Gateway, type GatewayAddresses } from '../gateway/index.ts';
import type { EmbeddedOptions } from './embedded.ts';
import type { EmbeddedWorkers, Surroundings } from './embedded-workers.ts';

export class EmbeddedGateways {
  readonly #options: EmbeddedOptions;
  readonly #workers: EmbeddedWorkers;
  readonly #around: Surroundings;
  readonly #running = new Map<string, { gateway: Gateway; addresses: GatewayAddresses }>();
  #lastNumber = 0;

  constructor(options: EmbeddedOptions, workers: EmbeddedWorkers, around: Surroundings) {
    this.#options = options;
    this.#workers = workers;
    this.#around = around;
  }

  get addresses(): readonly GatewayAddresses[] {
    return [...this.#running.values()].map(({ addresses }) => addresses);
  }

  /** @throws ConfigError; RingwayError `gateway.address_in_use` */
  async add(): Promise<GatewayAddresses> {
    const isFirst = this.#lastNumber === 0;
    this.#lastNumber += 1;
    const id = `g-${this.#lastNumber}`;
    const gateway = this.#create(id, isFirst);
    const addresses = await gateway.start().catch(async (error: unknown) => {
      await gateway.close();
      throw error;
    });
    this.#running.set(id, { gateway, addresses });
    return addresses;
  }

  /** @throws RingwayError `gateway.unknown` */
  async drain(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) {
      const known = [...this.#running.keys()].join(', ');
      throw new RingwayError('gateway.unknown', `no gateway ${id}; running: ${known || 'none'}`);
    }
    this.#running.delete(id);
    await running.gateway.drain();
  }

  /** In order: clients are told to come back, and nothing new comes in meanwhile. */
  async drainAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.drain(id)));
  }

  #create(id: string, isFirst: boolean): Gateway {
    const { zooKeeper, ...around } = this.#around;
    const { consoleFolder, gateway: options = {} } = this.#options;
    // A second gateway cannot have the first one's ports.
    const ports = isFirst ? {} : { port: 0, adminPort: 0 };
    return createGateway({
      ...around,
      options: { port: 0, adminPort: 0, ...options, ...ports, id },
      coordinator: zooKeeper.connect(),
      isFirst: true,
      workers: {
        add: () => this.#workers.add(),
        kill: (worker) => this.#workers.kill(worker),
        // By one gateway only: whoever sums over all of them counts each worker once.
        ...(isFirst && { metrics: () => this.#workers.metrics() }),
      },
      ...(consoleFolder === undefined ? {} : { consoleFolder }),
      onExit: (error) => {
        around.logger.error('gateway.exited', { gateway: id, error });
        this.#running.delete(id);
      },
    });
  }
}
