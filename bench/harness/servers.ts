/**
 * Real servers for a benchmark, those that the tests start: own ports on loopback, gone when the
 * benchmark's process is gone, whatever ends it. ZooKeeper does not flush to the disk.
 */

import { ask } from '../../test/support/servers/probes.ts';
import { type RabbitServer, startRabbit } from '../../test/support/servers/rabbit.ts';
import { startZooKeeper, type ZooKeeperServer } from '../../test/support/servers/zookeeper.ts';
import type { Kinds } from './cpu.ts';

export interface Servers {
  readonly zooKeeper: ZooKeeperServer;
  readonly rabbit: RabbitServer;
  /** Their processes, as the CPU meter takes them. */
  readonly kinds: Kinds;
  readonly versions: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const [zooKeeper, rabbit] = await Promise.all([startZooKeeper(), startRabbit()]);
  return {
    zooKeeper,
    rabbit,
    kinds: { rabbitmq: pidsOf(rabbit), zookeeper: pidsOf(zooKeeper) },
    versions: {
      rabbitmq: String(await rabbit.evaluate(rabbitVersion)),
      zookeeper: await zooKeeperVersion(zooKeeper.address),
    },
    async close() {
      await Promise.all([zooKeeper.close(), rabbit.close()]);
    },
  };
}

const rabbitVersion = 'list_to_binary(rabbit_misc:version())';

async function zooKeeperVersion(address: string): Promise<string> {
  const [host = '', port] = address.split(':');
  const answer = (await ask({ host, port: Number(port) }, 'srvr'))?.toString() ?? '';
  return /version: ([\d.]+)/.exec(answer)?.[1] ?? 'unknown';
}

function pidsOf({ pid }: { readonly pid: number | undefined }): readonly number[] {
  return pid === undefined ? [] : [pid];
}
