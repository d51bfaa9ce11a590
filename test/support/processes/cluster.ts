/**
 * A cluster of separate processes on a real ZooKeeper and a real RabbitMQ: started, added to,
 * drained, redeployed under the same id, killed, stopped and continued.
 */
import { AdminClient } from '../e2e/admin.ts';
import { LinkTap, type TappedMessage } from '../link-tap.ts';
import { freePort } from '../servers/index.ts';
import { builtCommand } from './build.ts';
import { Service, type ServiceOptions } from './service.ts';

export interface ProcessClusterOptions {
  /** `host:port[,host:port…]/chroot` */
  readonly zooKeeper: string;
  /** `amqp://…/vhost` */
  readonly rabbitmq: string;
  readonly gateways: readonly string[];
  readonly workers: readonly string[];
  /** Path of the workers' application. */
  readonly application: string;
  readonly gatewayFlags?: readonly string[];
  readonly workerFlags?: readonly string[];
  readonly workerEnv?: Readonly<Record<string, string>>;
  /**
   * A process that starts leaves the cores to those that serve, until it is ready: on a machine of
   * its own it would not take them. Where that cannot be (`mayStartGently`) it is not so.
   */
  readonly startsGently?: boolean;
  /** Hears what is said on the workers' links; without it there are no relays. */
  readonly onLinkMessage?: (message: TappedMessage) => void;
  /** Hears each line of each process's log. */
  readonly onLog?: (id: string, line: string) => void;
  /** Where others reach the link port of a worker, if not at the port itself: through a proxy. */
  readonly advertised?: (id: string, port: number) => Promise<string>;
  /** Nobody is behind that address any more. */
  readonly onGone?: (id: string) => Promise<void>;
  /** What a process finds in its environment instead of what all find. */
  readonly environmentOf?: (id: string, env: Environment) => Promise<Environment>;
}

export type Environment = Readonly<Record<string, string>>;

export const clusterSecret = 'a secret of the tests, long enough';

/** Needs Linux, and root for the way back. */
export const mayStartGently = process.platform === 'linux' && process.getuid?.() === 0;

/** All clients come from one address. */
const noAddressLimits = [
  ...['--connections-per-address-max', '20000'],
  ...['--handshakes-per-second-per-address', '2000'],
  ...['--handshakes-burst-per-address', '4000'],
];

export class ProcessCluster {
  readonly #options: ProcessClusterOptions;
  readonly #specs = new Map<string, ServiceOptions>();
  readonly #running = new Map<string, Service>();
  readonly #taps = new Map<string, LinkTap>();
  #isClosed = false;
  /** Of gateways where clients connect, of workers where links do; kept over restarts. */
  readonly #ports = new Map<string, number>();

  constructor(options: ProcessClusterOptions) {
    this.#options = options;
  }

  /** Resolves when every process is ready. */
  async start(): Promise<void> {
    const { gateways, workers } = this.#options;
    builtCommand();
    for (const id of gateways) await this.#addGateway(id);
    await Promise.all(workers.map((id) => this.addWorker(id)));
    await Promise.all(gateways.map((id) => this.get(id).untilReady()));
  }

  /** Where clients connect, of all gateways that ever ran, in their order. */
  get urls(): readonly string[] {
    return this.#options.gateways.map((id) => `ws://127.0.0.1:${this.#ports.get(id)}/ws`);
  }

  /** Of the first gateway that runs. */
  get admin(): AdminClient {
    const [gateway] = [...this.#running.values()].filter(({ kind }) => kind === 'gateway');
    if (gateway === undefined) throw new Error('no gateway runs');
    return new AdminClient(gateway.adminUrl);
  }

  get services(): readonly Service[] {
    return [...this.#running.values()];
  }

  get(id: string): Service {
    const service = this.#running.get(id);
    if (service === undefined) throw new Error(`${id} does not run`);
    return service;
  }

  /**
   * Resolves when it is ready: in the ring. Its slots come afterwards.
   * @param more flags besides the cluster's `workerFlags`
   */
  async addWorker(id: string, more: readonly string[] = []): Promise<Service> {
    const { application, workerFlags = [], workerEnv = {}, advertised } = this.#options;
    const listen = this.#ports.get(id) ?? (await freePort());
    this.#ports.set(id, listen);
    const app = ['--listen', `127.0.0.1:${listen}`, '--app', application];
    const flags = [...app, ...workerFlags, ...more];
    if (advertised !== undefined) flags.push('--advertise', await advertised(id, listen));
    const { onLinkMessage } = this.#options;
    if (onLinkMessage !== undefined) {
      const tap = await LinkTap.start(listen, onLinkMessage);
      this.#taps.set(id, tap);
      flags.push('--advertise', tap.address);
    }
    const env = { ...(await this.#environment(id)), ...workerEnv };
    const adminPort = await freePort();
    return this.#start({ kind: 'worker', id, adminPort, flags, env });
  }

  /** SIGTERM: it gives its slots away, and ends. */
  async drain(id: string): Promise<void> {
    await this.get(id).terminate();
    await this.#gone(id);
  }

  /**
   * Starts again what has ended, under the same id and with the same options.
   * @param more flags of a worker besides these
   */
  async restart(id: string, more: readonly string[] = []): Promise<Service> {
    const spec = this.#specs.get(id);
    if (spec === undefined) throw new Error(`${id} never ran`);
    return spec.kind === 'worker' ? this.addWorker(id, more) : this.#start(spec);
  }

  /** SIGKILL; its death by it is checked. */
  async kill(id: string): Promise<void> {
    await this.get(id).child.kill();
    await this.#gone(id);
  }

  /**
   * Kills a worker of whose last words to other workers nothing arrives: its kernel would still
   * deliver them, a machine that fails would not. Needs the relays.
   * @param meanwhile while no worker hears another one
   */
  async killUnheard(id: string, meanwhile: () => Promise<void>): Promise<void> {
    const taps = [...this.#taps.values()];
    for (const tap of taps) tap.holdWorkers();
    await meanwhile();
    await this.kill(id);
    for (const tap of taps) tap.release();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const children = this.services.map(({ child }) => child);
    for (const child of children) if (child.ended === undefined) child.signal('SIGKILL');
    await Promise.all(children.map(({ exited }) => exited));
    await Promise.all([...this.#taps.values()].map((tap) => tap.close()));
  }

  async #addGateway(id: string): Promise<void> {
    const { gatewayFlags = [] } = this.#options;
    const port = await freePort();
    this.#ports.set(id, port);
    const flags = ['--port', String(port), ...noAddressLimits, ...gatewayFlags];
    const adminPort = await freePort();
    this.#spawn({ kind: 'gateway', id, adminPort, flags, env: await this.#environment(id) });
  }

  async #start(spec: ServiceOptions): Promise<Service> {
    const service = this.#spawn(spec);
    const isGentle = this.#options.startsGently === true && mayStartGently;
    if (isGentle) service.child.setNice(19);
    await service.untilReady();
    if (isGentle) service.child.setNice(0);
    return service;
  }

  #spawn(spec: ServiceOptions): Service {
    if (this.#isClosed) throw new Error(`${spec.id} is not started: the cluster is closed`);
    const { onLog } = this.#options;
    const heard = onLog && { onLine: (line: string) => onLog(spec.id, line) };
    const service = new Service({ ...spec, ...heard });
    this.#specs.set(spec.id, spec);
    this.#running.set(spec.id, service);
    return service;
  }

  /** A relay that went on listening would hide from the others that nobody is behind it. */
  async #gone(id: string): Promise<void> {
    this.#running.delete(id);
    await this.#taps.get(id)?.close();
    this.#taps.delete(id);
    await this.#options.onGone?.(id);
  }

  async #environment(id: string): Promise<Environment> {
    const { zooKeeper, rabbitmq, environmentOf } = this.#options;
    const env = {
      RINGWAY_SECRET: clusterSecret,
      RINGWAY_ZOOKEEPER: zooKeeper,
      RINGWAY_RABBITMQ: rabbitmq,
      RINGWAY_FIRST: 'true',
      RINGWAY_LOG_LEVEL: 'info',
    };
    return environmentOf === undefined ? env : environmentOf(id, env);
  }
}
