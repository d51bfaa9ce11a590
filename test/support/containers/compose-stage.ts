/**
 * docker/compose.yaml brought up on this machine: ZooKeeper and RabbitMQ are real servers at the
 * addresses that their names stand for, HAProxy is the real one, gateways and workers are
 * containers in the sense of `container.ts`. The test decides when each service starts.
 */
import { cpSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, resolve } from 'node:path';
import { startRabbit, startZooKeeper } from '../servers/index.ts';
import {
  type ComposeFile,
  composePath,
  exampleVariables,
  readComposeFile,
  type Service,
} from './compose-file.ts';
import { Container } from './container.ts';
import { startHaproxy } from './haproxy.ts';
import { type Image, ourImage } from './image.ts';
import { Network, type Place } from './network.ts';

const variables = {
  ...exampleVariables,
  // What the network of the file is here.
  RINGWAY_EDGE_SUBNET: '127.0.0.0/8',
  // Of the folder that the file mounts there.
  RINGWAY_APP: '/srv/app/todo.mjs',
};

export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

export class ComposeStage {
  readonly compose: ComposeFile = readComposeFile(variables);
  readonly network = new Network();
  readonly #image: Image = ourImage();
  readonly #servers: { close(): Promise<void> }[] = [];
  readonly #containers = new Map<Container, { readonly service: string; readonly place: Place }>();

  /** Where HAProxy's published ports are, once it is up. */
  get publicUrl(): string {
    return `ws://${this.only('haproxy').address}:8080/ws`;
  }

  service(name: string): Service {
    const service = this.compose.services[name];
    if (service === undefined) throw new Error(`docker/compose.yaml has no service ${name}`);
    return service;
  }

  containersOf(service: string): readonly Container[] {
    return [...this.#containers].flatMap(([container, is]) =>
      is.service === service && container.isRunning ? [container] : [],
    );
  }

  only(service: string): Container {
    const [container] = this.containersOf(service);
    if (container === undefined) throw new Error(`no container of ${service} runs`);
    return container;
  }

  /** ZooKeeper and RabbitMQ, real ones, where the file has them and with its account. */
  async startServers(): Promise<void> {
    const { RABBITMQ_DEFAULT_USER: user, RABBITMQ_DEFAULT_PASS: password } =
      this.service('rabbitmq').environment ?? {};
    const zookeeper = this.network.join('zookeeper');
    const rabbitmq = this.network.join('rabbitmq', this.service('rabbitmq').hostname);
    const configuration = [
      `listeners.tcp.2 = ${rabbitmq.address}:5672`,
      `default_user = ${user}`,
      `default_pass = ${password}`,
    ];
    const starting = [
      startZooKeeper({ host: zookeeper.address, port: 2181 }),
      startRabbit({ configuration }),
    ];
    // Also when one of them fails, the other one is this stage's to close.
    const started = await Promise.allSettled(starting);
    for (const each of started) if (each.status === 'fulfilled') this.#servers.push(each.value);
    for (const each of started) if (each.status === 'rejected') throw each.reason;
  }

  /** `docker compose up --scale <service>=<count>`: starts those that are missing. */
  scale(name: string, count: number): readonly Container[] {
    const missing = count - this.containersOf(name).length;
    return Array.from({ length: missing }, () => this.#start(name));
  }

  /** As many as the file says. */
  up(name: string): readonly Container[] {
    return this.scale(name, this.service(name).scale ?? 1);
  }

  /** `docker stop`; its name is gone with it. */
  async stop(container: Container): Promise<number | null> {
    const { code } = await container.stop();
    this.#forget(container);
    return code;
  }

  /** HAProxy's admin port, as a browser on this machine asks it. */
  admin(path: string): Promise<Answer> {
    const { address } = this.only('haproxy');
    return new Promise((resolve, reject) => {
      const headers = { host: '127.0.0.1:8081' };
      const asked = request({ host: address, port: 8081, path, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          body += part;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
      asked.on('error', reject).end();
    });
  }

  /** Everything that is still there, at once. */
  async end(): Promise<void> {
    await Promise.all([...this.#containers.keys()].map((container) => container.kill()));
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.network.stop();
  }

  /** What the containers said, for the message of a test that failed. */
  get output(): string {
    return [...this.#containers]
      .map(([{ hostName, output }, { service }]) => `--- ${service} ${hostName}\n${output}`)
      .join('\n');
  }

  #start(name: string): Container {
    const service = this.service(name);
    if (name === 'haproxy') {
      const haproxy = startHaproxy(this.compose, this.network);
      this.#containers.set(haproxy, { service: name, place: haproxy });
      return haproxy;
    }
    this.#mount(service);
    const place = this.network.join(name, service.hostname);
    const { hostsFile } = this.network;
    const container = new Container({ service, image: this.#image, hostsFile, ...place });
    this.#containers.set(container, { service: name, place });
    return container;
  }

  /** Folders of this machine; read-only in the file, so a copy is as good. */
  #mount({ volumes = [] }: Service): void {
    for (const volume of volumes) {
      const [source = '', target = ''] = volume.split(':');
      const folder = resolve(dirname(composePath), source);
      cpSync(folder, this.#image.inFolder(target), { recursive: true });
    }
  }

  #forget(container: Container): void {
    const is = this.#containers.get(container);
    if (is !== undefined) this.network.leave(is.service, is.place);
  }
}
