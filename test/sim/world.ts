/**
 * The simulated cluster: modelled ZooKeeper, network and bus, and the processes that come and go
 * in it. Also the eye that sees all of it, for the ledger.
 */
import type { BootId, Random, Slot } from '../../base/index.ts';
import type { Entry } from '../../cluster/index.ts';
import { slotOf } from '../../ring/index.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { passedSource } from './application.ts';
import { EventBroker, OutBroker, type Publication } from './broker.ts';
import { Bundle } from './bundle.ts';
import { Client } from './client.ts';
import type { Subjects } from './cores.ts';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger } from './ledger.ts';
import { gatewayLimits, workerLimits, worldLimits, worldSize } from './limits.ts';
import { clockOf } from './local-clock.ts';
import { copiesOf, type Setting } from './mixes.ts';
import { Network } from './network.ts';
import type { Omniscience } from './omniscience.ts';
import type { Process } from './process.ts';
import { Publishers, partitionOf } from './publishers.ts';
import { supervise } from './rare-faults.ts';
import { Schedule } from './schedule.ts';
import { StuckKeys } from './stuck-keys.ts';
import type { Surroundings } from './surroundings.ts';
import { Trace } from './trace.ts';
import { WorkerProcess } from './worker-process.ts';
import { ZooKeeper } from './zookeeper.ts';

const slotCount = worldSize.slots;
const keys = Array.from({ length: worldSize.keys }, (_, at) => `user:k${at}`);
/** A confirmation has been heard of by whoever was linked all the while. */
const heardWithinMs = 200;

export class World implements Omniscience {
  readonly setting: Setting;
  readonly random: Random;
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly parts: Surroundings;
  readonly workers = new Map<string, WorkerProcess>();
  readonly gateways = new Map<string, GatewayProcess>();
  readonly clients: readonly Client[];
  readonly publishers: Publishers;
  readonly slotCount = slotCount;
  readonly keys = keys;
  isBusy = true;
  /** Each of three clients, of different keys. */
  readonly #bundles: readonly Bundle[];
  readonly #processes: Process[] = [];
  #lives = 0;

  constructor(
    random: Random,
    setting: Setting,
    subjects: Subjects,
    print: ((line: string) => void) | undefined,
  ) {
    this.setting = setting;
    this.random = random;
    this.schedule = new Schedule(this.random);
    this.trace = new Trace(print);
    this.ledger = new Ledger(this);
    this.parts = this.#surroundings(subjects);
    this.publishers = new Publishers(this.parts, keys, setting.publishersHaveChannels);
    const bundleCount = setting.isBundled ? worldSize.clients / 4 : 0;
    this.#bundles = Array.from({ length: bundleCount }, () => new Bundle());
    this.clients = Array.from({ length: worldSize.clients }, (_, at) => this.#client(at));
    this.#start();
  }

  get isCalm(): boolean {
    return this.setting.isCalm;
  }

  get isSingle(): boolean {
    return this.setting.isSingle;
  }

  get cluster(): string {
    return this.parts.zookeeper.config.cluster;
  }

  get workerLimits(): WorkerLimits {
    return this.parts.workerLimits;
  }

  /** Somebody gives the workers all the memory that they want. */
  relieve(): void {
    const { memoryBytesMax } = workerLimits;
    Object.assign(this.parts.workerLimits, { memoryBytesMax });
    for (const { core } of this.livingWorkers()) {
      Object.assign(core.state.limits, { memoryBytesMax });
    }
  }

  nowMs(): number {
    return this.schedule.nowMs;
  }

  isLive(boot: BootId): boolean {
    return this.parts.zookeeper.isLive(boot);
  }

  workerOf(boot: BootId): WorkerProcess | undefined {
    const found = this.#processes.findLast((one) => one.boot === boot && one.isAlive);
    return found instanceof WorkerProcess ? found : undefined;
  }

  entryOf(slot: Slot): Entry {
    return this.parts.zookeeper.table.entries[slot] as Entry;
  }

  slotOfKey(key: string): Slot {
    return slotOf(key, slotCount);
  }

  hasFreshNeighbour(worker: WorkerProcess, sinceMs: number): boolean {
    const near = this.#neighboursOf(worker);
    if (near.some((peer) => this.#wasConfirmed(peer, sinceMs, heardWithinMs))) return true;
    // What a neighbour hears it passes on (rule L3).
    return near.some((peer) =>
      this.#neighboursOf(peer).some((far) => this.#wasConfirmed(far, sinceMs, 2 * heardWithinMs)),
    );
  }

  #neighboursOf(process: Process): readonly Process[] {
    const boots = this.parts.network.linkedTo(process);
    return this.#processes.filter((one) => one.isAlive && boots.includes(one.boot));
  }

  /** Since then, and long enough ago to have been heard of. */
  #wasConfirmed(process: Process, sinceMs: number, agoMs: number): boolean {
    const untilMs = this.nowMs() - agoMs;
    return process.confirmations.some((atMs) => atMs > sinceMs && atMs <= untilMs);
  }

  startWorker(id: string, weight: number): WorkerProcess {
    this.#lives += 1;
    const worker = new WorkerProcess(id, this.#lives, weight, this.parts);
    this.workers.set(id, worker);
    this.#processes.push(worker);
    return worker;
  }

  startGateway(id: string): GatewayProcess {
    this.#lives += 1;
    const gateway = new GatewayProcess(id, this.#lives, this.parts);
    this.gateways.set(id, gateway);
    this.#processes.push(gateway);
    return gateway;
  }

  livingWorkers(): readonly WorkerProcess[] {
    return this.#processes.filter(
      (one) => one instanceof WorkerProcess && one.isAlive,
    ) as WorkerProcess[];
  }

  /** Those of them that want slots. */
  wantingWorkers(): readonly WorkerProcess[] {
    return this.livingWorkers().filter((worker) => !worker.isDraining);
  }

  livingGateways(): readonly GatewayProcess[] {
    return [...this.gateways.values()].filter((gateway) => gateway.isAlive);
  }

  #passOn({ id, outward }: Publication): void {
    const { topic: key, type, format, data } = outward;
    this.ledger.stats.eventsPassed += 1;
    const event = { id, key, type, source: passedSource, format, data };
    this.parts.events.publish(partitionOf(key), event);
  }

  /** One event of each publisher for each key, one message of each client: all paths are alive. */
  touchEverything(): void {
    this.publishers.touchEverything();
    for (const client of this.clients) client.say();
  }

  /** The dead too. */
  get processes(): readonly Process[] {
    return this.#processes;
  }

  get published(): ReadonlyMap<string, number> {
    return this.publishers.published;
  }

  #surroundings(subjects: Subjects): Surroundings {
    const { schedule, random, setting } = this;
    const config = {
      version: 1 as const,
      partitions: worldLimits.partitions,
      slotCount,
      cluster: 'c1',
      first: true,
    };
    const { sessionTimeoutMs } = workerLimits;
    const ensemble = { ...setting.ensemble, sessionTimeoutMs, schedule, random };
    const zookeeper = new ZooKeeper(config, ensemble, {
      onApply: (server) => {
        for (const one of this.#processes) {
          if (one.isAlive && one.membership.isAt(server)) one.membership.hint();
        }
      },
      onEntry: (slot, before, after) => {
        this.trace.add(schedule.nowMs, 'table', `slot ${slot}`, () => JSON.stringify(after));
        this.ledger.entryWritten(slot, before, after);
      },
      heard: subjects.multi,
    });
    const stuckKeys = new StuckKeys(setting.stuckBoundMs);
    return {
      slotCount,
      schedule,
      clockOf: (life) => clockOf(setting, random, schedule, life),
      random,
      trace: this.trace,
      zookeeper,
      coordinatorFaults: {
        delayMaxMs: 4,
        hintDelayMaxMs: setting.hintDelayMaxMs,
        loss: setting.answerLoss,
      },
      network: new Network(schedule, random, {
        delayMaxMs: setting.linkDelayMaxMs,
        resetAtDeath: setting.resetAtDeath,
        deadAfterMs: worldLimits.heartbeatsMissedMax * workerLimits.pingIntervalMs,
      }),
      events: new EventBroker(
        { partitions: worldLimits.partitions, prefetch: setting.prefetch },
        schedule,
        (event, span) => stuckKeys.waited(event, span),
      ),
      out: new OutBroker(random, 6, (publication) => this.#passOn(publication)),
      application: setting.application,
      stuckKeys,
      workerLimits: { ...workerLimits, ...setting.limits, isStrict: setting.isStrict },
      copiesOf: (id) => copiesOf(setting, id),
      gatewayLimits,
      subjects,
      ledger: this.ledger,
      exited: (id, weight) => supervise(this, id, weight),
      socketDelayMaxMs: setting.socketDelayMaxMs,
    };
  }

  #client(at: number): Client {
    const key = keys[at % keys.length] ?? '';
    const isRaw = at % 4 === 3;
    const bundle = isRaw ? undefined : this.#bundles[Math.floor(at / 4)];
    return new Client({ id: `c${at}`, key, isRaw, bundle }, this.parts, () =>
      this.livingGateways().filter((gateway) => !gateway.isDraining),
    );
  }

  #start(): void {
    const { schedule, random } = this;
    const never = (): boolean => false;
    const isQuiet = (): boolean => !this.isBusy;
    for (let at = 0; at < this.setting.workerCount; at += 1) this.startWorker(`w${at}`, 1);
    for (const id of worldSize.gateways) this.startGateway(id);
    schedule.every(10, () => this.parts.zookeeper.expireDue(schedule.nowMs), never);
    schedule.every(worldLimits.dialEveryMs, () => this.#dialAll(), never);
    for (const client of this.clients) {
      schedule.after(random.int(200), () => client.connect());
      schedule.every(60 + random.int(60), () => client.say(), isQuiet);
    }
    this.publishers.begin(isQuiet);
  }

  #dialAll(): void {
    for (const one of this.#processes) {
      if (!one.isAlive || one.isPaused || one.boot === '' || one.view === undefined) continue;
      for (const boot of one.view.live.keys()) {
        if (boot === one.boot || this.parts.network.isLinked(one, boot)) continue;
        const target = this.#processes.findLast((other) => other.boot === boot);
        this.parts.network.dial(one, boot, target);
      }
    }
  }
}
