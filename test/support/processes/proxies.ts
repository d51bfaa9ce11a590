/** The test's end of the chaos proxies: those in front of workers, ZooKeeper and RabbitMQ. */
import { join } from 'node:path';
import type { Suffered, Trouble } from '../chaos-proxy.ts';
import type { ChaosProxyCommands, SaidWish } from './chaos-proxies.ts';
import type { Environment } from './cluster.ts';
import { Helper } from './control.ts';

/** Whose connections to what: links are named by who listens. */
export type ProxyKind = 'links' | 'zookeeper' | 'rabbitmq';

export class Proxies {
  readonly #helper = new Helper<ChaosProxyCommands>(
    'proxies',
    join(import.meta.dirname, 'chaos-proxies.ts'),
  );
  /** Names of the proxies of each process and kind: one for each address behind. */
  readonly #names = new Map<string, string[]>();

  /** For `advertised` of a cluster. */
  readonly advertised = async (id: string, port: number): Promise<string> =>
    this.#front(id, 'links', `127.0.0.1:${port}`);

  /** For `onGone` of a cluster: a proxy that went on listening would hide that nobody does. */
  readonly onGone = async (id: string): Promise<void> => {
    for (const name of this.#names.get(`${id} links`) ?? []) await this.#helper.ask('close', name);
  };

  /** For `advertised` of a cluster, instead: relays that read what is said on the links. */
  readonly tapped = (id: string, target: number): Promise<string> =>
    this.#helper.ask('tap', { name: id, target });

  /** For `onGone` of a cluster with these. */
  readonly untapped = (id: string): Promise<void> => this.#helper.ask('untap', id);

  /** Keeps what is said on the links from now on. @returns this moment, on the clock of `said` */
  watchLinks(): Promise<number> {
    return this.#helper.ask('watch', null);
  }

  /** This moment, on the clock of `said`. */
  now(): Promise<number> {
    return this.#helper.ask('now', null);
  }

  /** How many messages of these types about these slots under exactly these terms. */
  said(wish: SaidWish): Promise<number> {
    return this.#helper.ask('said', wish);
  }

  /** For `environmentOf` of a cluster: each process has proxies of its own to all servers. */
  readonly environmentOf = async (id: string, env: Environment): Promise<Environment> => {
    const { RINGWAY_ZOOKEEPER: zooKeeper = '', RINGWAY_RABBITMQ: rabbitmq = '' } = env;
    const [addresses = ''] = zooKeeper.split('/', 1);
    const fronts: string[] = [];
    for (const address of addresses.split(',')) {
      fronts.push(await this.#front(id, 'zookeeper', address));
    }
    const url = new URL(rabbitmq);
    url.host = await this.#front(id, 'rabbitmq', url.host);
    const chroot = zooKeeper.slice(addresses.length);
    return {
      ...env,
      RINGWAY_ZOOKEEPER: `${fronts.join()}${chroot}`,
      RINGWAY_RABBITMQ: url.href,
    };
  };

  /** @param dialler only its connections; default: all */
  async begin(id: string, kind: ProxyKind, trouble: Trouble, dialler?: string): Promise<void> {
    for (const name of this.#of(id, kind)) {
      await this.#helper.ask('trouble', { name, at: { trouble, dialler } });
    }
  }

  async end(id: string, kind: ProxyKind): Promise<void> {
    for (const name of this.#of(id, kind)) await this.#helper.ask('trouble', { name });
  }

  /** Who has a link to it that he dialled. */
  async diallers(id: string): Promise<readonly string[]> {
    const all: string[] = [];
    for (const name of this.#of(id, 'links'))
      all.push(...(await this.#helper.ask('diallers', name)));
    return all;
  }

  /** Since the trouble began. */
  async suffered(id: string, kind: ProxyKind): Promise<Suffered> {
    let hit = 0;
    let bytesHeld = 0;
    for (const name of this.#of(id, kind)) {
      const one = await this.#helper.ask('suffered', name);
      hit += one.hit;
      bytesHeld += one.bytesHeld;
    }
    return { hit, bytesHeld };
  }

  close(): Promise<void> {
    return this.#helper.close();
  }

  async #front(id: string, kind: ProxyKind, address: string): Promise<string> {
    const owner = `${id} ${kind}`;
    const name = `${owner} ${address}`;
    const names = this.#names.get(owner) ?? [];
    if (!names.includes(name)) this.#names.set(owner, [...names, name]);
    await this.#helper.ask('close', name);
    const target = Number(address.split(':')[1]);
    return `127.0.0.1:${await this.#helper.ask('open', { name, target })}`;
  }

  #of(id: string, kind: ProxyKind): readonly string[] {
    const names = this.#names.get(`${id} ${kind}`);
    if (names === undefined) throw new Error(`${id} has no proxies of its ${kind}`);
    return names;
  }
}
