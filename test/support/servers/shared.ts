/**
 * Servers that all test files of a process use together: started at their first use, closed after
 * the last test. Each file keeps to itself by a virtual host or a chroot of its own, and leaves the
 * server as it found it: running, not frozen, without alarms.
 */
import { after } from 'mocha';
import { systemRandom } from '../../../base/index.ts';
import { givenServers } from './find-servers.ts';
import { givenRabbit } from './given-rabbit.ts';
import { thisMachine } from './machine.ts';
import { type RabbitHost, type RabbitServer, startRabbit } from './rabbit.ts';
import { modeAt, startZooKeeper, type ZooKeeperServer } from './zookeeper.ts';

/** How long a hook that may start servers should be allowed to take (`this.timeout(…)`). */
export const serverStartTimeoutMs = 90_000;

/** A ZooKeeper that a test may use but not stop. */
export type ZooKeeperHost = Pick<ZooKeeperServer, 'address' | 'mode' | 'close'>;

const sharedServers = new Map<string, Promise<{ close(): Promise<void> }>>();

/** The ZooKeeper given by `RINGWAY_TEST_ZOOKEEPER`, else the one of `sharedZooKeeperServer()`. */
export function sharedZooKeeper(): Promise<ZooKeeperHost> {
  const given = givenServers(thisMachine).zookeeper;
  if (given === undefined) return sharedZooKeeperServer();
  return shared('given ZooKeeper', async () => givenZooKeeper(given));
}

/** The one ZooKeeper of this process that tests may stop, kill and freeze. */
export function sharedZooKeeperServer(): Promise<ZooKeeperServer> {
  return shared('ZooKeeper', () => startZooKeeper());
}

/** The broker given by `RINGWAY_TEST_RABBITMQ`, else the one of `sharedRabbitServer()`. */
export function sharedRabbit(): Promise<RabbitHost> {
  const { rabbitmq, rabbitmqManagement } = givenServers(thisMachine);
  if (rabbitmq === undefined) return sharedRabbitServer();
  return shared('given RabbitMQ', async () => givenRabbit(rabbitmq, rabbitmqManagement));
}

/** The one broker of this process that tests may stop, kill and freeze. */
export function sharedRabbitServer(): Promise<RabbitServer> {
  return shared('RabbitMQ', () => startRabbit());
}

/** A path that no other test uses, as the end of a ZooKeeper address (`${address}${chroot}`). */
export function freshChroot(): string {
  return `/ringway-test-${systemRandom.hex(6)}`;
}

function givenZooKeeper(address: string): ZooKeeperHost {
  const [host = '', port] = address.split(',')[0]?.split(':') ?? [];
  return { address, mode: () => modeAt(host, Number(port ?? 2181)), close: async () => undefined };
}

function shared<Server extends { close(): Promise<void> }>(
  name: string,
  start: () => Promise<Server>,
): Promise<Server> {
  let server = sharedServers.get(name) as Promise<Server> | undefined;
  if (server === undefined) {
    server = start();
    sharedServers.set(name, server);
  }
  return server;
}

// Outside mocha there is no "after the last test"; the watchdog of test-folder.ts remains.
if ('after' in globalThis) {
  after(async function closeSharedServers() {
    this.timeout(serverStartTimeoutMs);
    const all = await Promise.allSettled(sharedServers.values());
    sharedServers.clear();
    for (const server of all) if (server.status === 'fulfilled') await server.value.close();
  });
}
