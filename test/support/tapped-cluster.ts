/** A cluster put together by hand: real workers behind link taps, a gateway, memory behind them. */
import { systemClock } from '../../base/index.ts';
import { createMemoryZooKeeper, type MemoryZooKeeper } from '../../cluster/index.ts';
import { createMemoryBus, type MemoryBus } from '../../events/index.ts';
import { createGateway, type GatewayAddresses } from '../../gateway/index.ts';
import { createWorker } from '../../worker/index.ts';
import { freePort, LinkTap } from './link-tap.ts';

const secret = 'a secret of the test, long enough';

export class TappedCluster {
  readonly taps: LinkTap[] = [];
  readonly #zooKeeper: MemoryZooKeeper = createMemoryZooKeeper({ clock: systemClock });
  readonly #bus: MemoryBus = createMemoryBus({ partitions: 16 });
  readonly #ends: (() => Promise<unknown>)[] = [];

  async addWorker(id: string): Promise<LinkTap> {
    const port = await freePort();
    const tap = await LinkTap.start(port);
    this.taps.push(tap);
    this.#ends.push(() => tap.close());
    const worker = createWorker({
      id,
      coordinator: this.#zooKeeper.connect(),
      bus: this.#bus,
      secret,
      listen: { host: '127.0.0.1', port },
      advertise: tap.address,
      isFirst: true,
    });
    this.#ends.push(() => worker.close());
    await worker.start();
    return tap;
  }

  async startGateway(): Promise<GatewayAddresses> {
    const gateway = createGateway({
      options: { id: 'g-1', port: 0, adminPort: 0, drainWindowMs: 0 },
      coordinator: this.#zooKeeper.connect(),
      bus: this.#bus,
      secret,
      isFirst: true,
    });
    this.#ends.push(() => gateway.close());
    return gateway.start();
  }

  /** Run before everything that was started here is ended. */
  onEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    await this.#bus.close();
    this.#zooKeeper.close();
  }
}
