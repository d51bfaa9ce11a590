/** Starts that must fail, and ends that must leave nothing behind. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ConfigError, RingwayError, systemClock } from '../../../base/index.ts';
import { createMemoryZooKeeper, type MemoryZooKeeper } from '../../../cluster/index.ts';
import { createMemoryBus } from '../../../events/index.ts';
import { createGateway, type Gateway, type GatewayConfig } from '../../../gateway/index.ts';
import { eventually } from '../../support/eventually.ts';

describe('the life of a gateway', () => {
  let zooKeeper: MemoryZooKeeper;
  const gateways: Gateway[] = [];
  beforeEach(() => {
    zooKeeper = createMemoryZooKeeper({ clock: systemClock });
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
    zooKeeper.close();
  });

  function gatewayWith(config: Partial<GatewayConfig> = {}, partitions = 4): Gateway {
    const gateway = createGateway({
      ...{ coordinator: zooKeeper.connect(), bus: createMemoryBus({ partitions }) },
      ...{ secret: 'a secret shared by the processes', isFirst: true },
      ...config,
      options: { port: 0, adminPort: 0, ...config.options },
    });
    gateways.push(gateway);
    return gateway;
  }

  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('is refused without authentication beyond loopback', () => {
    expect(() => gatewayWith({ options: { host: '0.0.0.0' } })).to.throw(ConfigError, 'jwt-secret');
    expect(() => gatewayWith({ options: { adminHost: '::' } })).to.throw(
      ConfigError,
      'admin-token',
    );
  });

  it('is refused with a key file that cannot be read or is no key', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ringway-'));
    try {
      const jwtKeyFile = join(folder, 'key.pem');
      expect(await failure(gatewayWith({ options: { jwtKeyFile } }).start())).instanceOf(
        ConfigError,
      );
      await writeFile(jwtKeyFile, 'nonsense');
      expect(await failure(gatewayWith({ options: { jwtKeyFile } }).start())).instanceOf(
        ConfigError,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names a port that is taken, and closes cleanly after that', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    for (const options of [{ port }, { adminPort: port }]) {
      const error = await failure(gatewayWith({ options }).start());
      expect(error).instanceOf(RingwayError);
      expect(error).to.include({ code: 'gateway.address_in_use' });
    }
    for (const gateway of gateways.splice(0)) await gateway.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it('is ready with the first view, degraded without workers, and gone after close', async () => {
    const gateway = gatewayWith();
    const { adminUrl } = await gateway.start();
    const text = await eventually('readiness', async () => {
      const response = await fetch(`${adminUrl}/readyz`);
      return response.ok && response.text();
    });
    const reasons = [{ code: 'workers.none', message: 'no live worker' }];
    expect(JSON.parse(text)).to.deep.equal({ status: 'degraded', reasons });
    await gateway.close();
    await gateway.close();
    expect(await failure(fetch(`${adminUrl}/healthz`))).instanceOf(TypeError);
  });

  it('ends with an error in a cluster that is configured otherwise', async () => {
    await gatewayWith().start();
    let exit: RingwayError | undefined;
    const onExit = (error: RingwayError): void => {
      exit = error;
    };
    const other = gatewayWith({ onExit, options: { id: 'g-2' } }, 8);
    await other.start();
    await eventually('the exit', () => exit);
    expect(exit).instanceOf(ConfigError);
    expect(exit?.message).to.include('partitions is 4 in this cluster, not 8');
  });
});
