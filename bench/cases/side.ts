/**
 * One side of a comparison: a cluster of processes of its own on servers that all sides share,
 * with clients and a publisher of its own. Idle while another side is measured.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.ts';
import { ProcessCluster } from '../../test/support/processes/cluster.ts';
import { Helper } from '../../test/support/processes/control.ts';
import type { Sample } from '../harness/comparison.ts';
import { type Kinds, startCpuMeter } from '../harness/cpu.ts';
import type { ClientCommands, Heard, Talk } from '../load/clients.ts';
import type { PublisherCommands } from '../load/publisher.ts';

export interface SideOptions {
  /** For tables: `two copies`. */
  readonly name: string;
  /** `host:port/chroot` */
  readonly zooKeeper: string;
  /** `amqp://…/vhost` */
  readonly rabbitmq: string;
  readonly workers: readonly string[];
  readonly application: string;
  readonly workerFlags: readonly string[];
  readonly users: readonly string[];
  /** What each process counts as; the others of the cluster are named as they are. */
  readonly kindOf: (id: string) => string;
  /** Servers whose CPU is counted, too. */
  readonly servers: Kinds;
}

/** What is done to a side while it is measured. */
export type Load =
  | { readonly kind: 'events'; readonly perSecond: number | undefined }
  | { readonly kind: 'messages'; readonly perSecond: number | undefined };

const partitions = 16;
/** Events that may be on their way in a measurement of throughput. */
const eventsUnderWay = 1000;
const messagesUnderWayPerClient = 4;
const feedbackMs = 5;
/** Fewer say nothing about the price of one. */
const arrivedMin = 20;
const settleDeadlineMs = 60_000;
/** Part of a measurement that runs before it, so that it begins in full swing. */
const leadIn = 0.25;

const file = (name: string): string => join(import.meta.dirname, '../load', name);

export class Side {
  readonly name: string;
  readonly cluster: ProcessCluster;
  readonly #options: SideOptions;
  readonly #clients = new Helper<ClientCommands>('clients', file('clients.ts'));
  readonly #publisher = new Helper<PublisherCommands>('publisher', file('publisher.ts'));

  constructor(options: SideOptions) {
    this.name = options.name;
    this.#options = options;
    this.cluster = new ProcessCluster({
      ...options,
      gateways: ['g-1'],
      gatewayFlags: ['--messages-per-second', '100000', '--messages-burst', '100000'],
    });
  }

  /** Resolves when all clients are connected and each user's slot has as many copies. */
  async start(copies: number): Promise<void> {
    const { users, rabbitmq } = this.#options;
    await this.cluster.start();
    const [url = ''] = this.cluster.urls;
    await this.#clients.ask('open', { url, users });
    await this.#publisher.ask('open', { url: rabbitmq, users, partitions });
    for (const user of users) {
      await eventually(
        `${user} has ${copies} copies (${this.name})`,
        async () => (await this.cluster.admin.where(`user:${user}`)).copies.length === copies,
        settleDeadlineMs,
      );
    }
  }

  /** Measures for so long, at a rate or as fast as it goes, and waits for what is under way. */
  async measure(load: Load, seconds: number): Promise<Sample> {
    const end = await this.#begin(load);
    await sleep(seconds * leadIn * 1000);
    await this.#clients.ask('begin', null);
    const read = startCpuMeter(this.#kinds());
    await sleep(seconds * 1000);
    await this.#untilHeard();
    const cpuUs = read();
    const heard = await this.#clients.ask('heard', null);
    await end();
    return sampleOf(heard, cpuUs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#clients.close(), this.#publisher.close(), this.cluster.close()]);
  }

  /** A machine that is busy elsewhere may show nothing for a second: then the measurement is longer. */
  async #untilHeard(): Promise<void> {
    await eventually(
      `something arrived (${this.name})`,
      async () => (await this.#clients.ask('heard', null)).received >= arrivedMin,
      settleDeadlineMs,
    );
  }

  #kinds(): Kinds {
    const kinds: Record<string, number[]> = {};
    for (const { id, child } of this.cluster.services) {
      const kind = this.#options.kindOf(id);
      kinds[kind] = [...(kinds[kind] ?? []), pidOf(child.process)];
    }
    const load = [this.#clients, this.#publisher].map(({ child }) => pidOf(child.process));
    return { ...kinds, ...this.#options.servers, load };
  }

  async #begin(load: Load): Promise<() => Promise<void>> {
    const { perSecond } = load;
    if (load.kind === 'messages') {
      const talk: Talk =
        perSecond === undefined ? { inFlight: messagesUnderWayPerClient } : { perSecond };
      await this.#clients.ask('talk', talk);
      return () => this.#hush();
    }
    if (perSecond === undefined) return this.#saturate();
    await this.#publisher.ask('rate', perSecond);
    return () => this.#stopEvents();
  }

  /** As many events as arrive, and a window more. */
  async #saturate(): Promise<() => Promise<void>> {
    const received = await this.#clients.ask('total', null);
    // All that was sent has arrived: the rest are replies.
    const replies = received - (await this.#publisher.ask('sent', null));
    let isOver = false;
    const pump = async (): Promise<void> => {
      while (!isOver) {
        const total = await this.#clients.ask('total', null);
        await this.#publisher.ask('allow', total - replies + eventsUnderWay);
        await sleep(feedbackMs);
      }
    };
    const pumping = pump();
    return async () => {
      isOver = true;
      await pumping;
      await this.#stopEvents();
    };
  }

  async #stopEvents(): Promise<void> {
    await this.#publisher.ask('stop', null);
    const sent = await this.#publisher.ask('sent', null);
    await this.#untilAllArrived(sent);
  }

  /** Replies count as received, too: what arrived is compared with what there was to arrive. */
  async #untilAllArrived(sent: number): Promise<void> {
    const said = await this.#clients.ask('said', null);
    let total = 0;
    const all = async (): Promise<boolean> => {
      total = await this.#clients.ask('total', null);
      return total >= sent + said;
    };
    await eventually('all has arrived', all, settleDeadlineMs).catch(async (error: Error) => {
      const troubles = JSON.stringify(await this.#clients.ask('troubles', null));
      const what = `${total} of ${sent} events and ${said} replies; ${troubles}`;
      throw new Error(`${this.name}: ${error.message}: ${what}`);
    });
  }

  async #hush(): Promise<void> {
    await this.#clients.ask('hush', null);
    await this.#untilAllArrived(await this.#publisher.ask('sent', null));
  }
}

function pidOf({ pid }: { readonly pid?: number | undefined }): number {
  if (pid === undefined) throw new Error('a process without an id');
  return pid;
}

/** Ringway's own processes are those that are neither servers nor load. */
const notRingway: ReadonlySet<string> = new Set(['rabbitmq', 'zookeeper', 'load']);

function sampleOf(heard: Heard, cpuUs: Readonly<Record<string, number>>): Sample {
  const { received, elapsedUs, p50Us, p99Us } = heard;
  const kinds = Object.entries(cpuUs);
  const ringwayUs = kinds.reduce((sum, [kind, us]) => sum + (notRingway.has(kind) ? 0 : us), 0);
  return {
    'per second': received / (elapsedUs / 1e6),
    'CPU µs each, ringway': ringwayUs / received,
    ...Object.fromEntries(kinds.map(([kind, us]) => [`CPU µs each, ${kind}`, us / received])),
    'latency p50 ms': p50Us / 1000,
    'latency p99 ms': p99Us / 1000,
  };
}
