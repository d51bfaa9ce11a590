/** Coordinators on a real ZooKeeper, each behind a proxy of its own, for the contract's faults. */
import { present } from '../../../base/index.ts';
import {
  type Coordinator,
  createZooKeeper,
  type ZooKeeperCoordinator,
  type ZooKeeperOptions,
} from '../../../cluster/index.ts';
import type { ServerAddress } from '../../../cluster/zookeeper-wire.ts';
import type { CoordinatorStore } from '../coordinator-stage.ts';
import { startProxy, type ZooKeeperProxy } from './proxy.ts';
import { openRaw } from './raw.ts';

export interface ProxiedStore extends CoordinatorStore {
  connect(): ZooKeeperCoordinator;
  proxyOf(coordinator: Coordinator): ZooKeeperProxy;
}

export interface ProxiedOptions extends Partial<ZooKeeperOptions> {
  /** `host:port`. */
  readonly target: string;
  /** '' or `/a/b`. */
  readonly chroot: string;
  /** How many coordinators at most. */
  readonly proxies?: number;
}

export const testSecret = 'a secret for tests only';

export async function createProxiedStore(options: ProxiedOptions): Promise<ProxiedStore> {
  const { target, chroot, proxies = 8, sessionTimeoutMs = 2000, ...rest } = options;
  const free = await Promise.all(
    Array.from({ length: proxies }, () => startProxy(addressOf(target))),
  );
  const all = [...free];
  const used = new Map<Coordinator, ZooKeeperProxy>();
  const proxyOf = (one: Coordinator): ZooKeeperProxy => present(used.get(one), 'proxy');
  return {
    sessionTimeoutMs,
    proxyOf,
    connect() {
      const proxy = present(free.pop(), 'a free proxy');
      const servers = `${proxy.text}${chroot}`;
      const one = createZooKeeper({ secret: testSecret, ...rest, servers, sessionTimeoutMs });
      used.set(one, proxy);
      return one;
    },
    async expire(one) {
      const proxy = proxyOf(one);
      proxy.cut();
      const raw = await openRaw({
        address: addressOf(target),
        session: present(proxy.session, 'session'),
      });
      if (raw === 'expired') throw new Error('there was no session to end');
      await raw.close();
      proxy.heal();
    },
    cut: (one) => proxyOf(one).cut(),
    heal: (one) => proxyOf(one).heal(),
    async close() {
      await Promise.all(all.map((proxy) => proxy.close()));
    },
  };
}

/** `host:port` as the parts that a connection wants. */
export function addressOf(text: string): ServerAddress {
  const cut = text.lastIndexOf(':');
  return { host: text.slice(0, cut), port: Number(text.slice(cut + 1)) };
}
