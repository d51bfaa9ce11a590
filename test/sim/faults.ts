/**
 * Makes the faults of a schedule happen, and heals everything at its end. Each kind is a small
 * function of the world; when each happens is drawn from the seed.
 */
import { unreachable } from '../../base/index.ts';
import { cutCopies, makeIsland, pauseCopies } from './group-faults.ts';
import { worldLimits } from './limits.ts';
import { type FaultKind, faultKinds } from './mixes.ts';
import type { Process } from './process.ts';
import { drainGateway, startTwin, wipe } from './rare-faults.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

const workersMax = 5;

export class Faults {
  readonly #world: World;
  #isOver = false;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    for (const kind of faultKinds) this.#plan(kind);
  }

  /** Ends every fault; what died comes back. */
  heal(): void {
    this.#isOver = true;
    const { parts, workers, gateways, clients } = this.#world;
    parts.network.mendAll();
    if (parts.zookeeper.isOut) parts.zookeeper.recover(this.#world.nowMs());
    parts.out.recover();
    for (const process of [...workers.values(), ...gateways.values()]) {
      process.membership.isCut = false;
      process.resume();
    }
    for (const id of gateways.keys()) this.#restartGateway(id);
    // Also later: the last that wants slots may be the older of two boots, and exit.
    const joinIfNeeded = (): void => {
      if (this.#wanting().length === 0) this.#join();
    };
    joinIfNeeded();
    this.#world.schedule.every(100, joinIfNeeded, () => false);
    for (const client of clients) client.connect();
  }

  #plan(kind: FaultKind): void {
    const mean = this.#world.setting.rates[kind];
    if (mean === undefined) return;
    const { random, schedule } = this.#world;
    schedule.after(Math.ceil(-Math.log(1 - random.next()) * mean), () => {
      if (this.#isOver) return;
      this.#strike(kind);
      this.#plan(kind);
    });
  }

  #strike(kind: FaultKind): void {
    const { setting, trace } = this.#world;
    const nowMs = this.#world.nowMs();
    // Longer than the longest fault, session timeout, hold-off and copying together.
    if (setting.isSingle && nowMs - this.#lastAtMs < 2_200) return;
    this.#lastAtMs = nowMs;
    trace.add(nowMs, 'fault', kind);
    this.#happen(kind);
  }

  #happen(kind: FaultKind): void {
    switch (kind) {
      case 'join':
        return this.#join();
      case 'drain':
        return this.#drain();
      case 'weight':
        return this.#reweigh();
      case 'crash':
        return this.#crash();
      case 'pause':
        return this.#pause(this.#anyWorker(), 20, 150);
      case 'longPause':
        return this.#pause(this.#anyWorker(), 250, 700);
      case 'gatewayPause':
        return this.#pause(this.#anyGateway(), 20, 300);
      case 'linkCut':
        return this.#cutLink(false);
      case 'oneWayCut':
        return this.#cutLink(true);
      case 'linkReset':
        if (this.#world.parts.network.resetOne()) this.#world.ledger.stats.linkResets += 1;
        return;
      case 'coordinatorCut':
        return this.#cutCoordinator();
      case 'copiesCut':
        return cutCopies(this.#world);
      case 'copiesPause':
        return pauseCopies(this.#world);
      case 'sessionLoss':
        this.#world.ledger.stats.sessionLosses += 1;
        this.#anyProcess()?.membership.loseSession();
        return;
      case 'outage':
        return this.#outage();
      case 'island':
        return makeIsland(this.#world);
      case 'gatewayCrash':
        return this.#crashGateway();
      case 'clientChurn':
        return this.#churnClient();
      case 'channelLoss':
        this.#world.ledger.stats.channelLosses += 1;
        this.#anyGateway()?.loseChannel(this.#int(worldLimits.partitions));
        return;
      case 'brokerOutage':
        return this.#breakBroker();
      case 'twin':
        return startTwin(this.#world);
      case 'wipe':
        return wipe(this.#world);
      case 'gatewayDrain':
        return drainGateway(this.#world);
      default:
        return unreachable(kind);
    }
  }

  /** Living workers that want slots. */
  #wanting(): readonly WorkerProcess[] {
    return this.#world.livingWorkers().filter((worker) => !worker.isDraining);
  }

  #join(): void {
    const { workers, ledger } = this.#world;
    if (this.#world.livingWorkers().length >= workersMax) return;
    for (let at = 0; ; at += 1) {
      const id = `w${at}`;
      if (workers.get(id)?.isAlive === true) continue;
      ledger.stats.joins += 1;
      this.#world.startWorker(id, 1);
      return;
    }
  }

  #drain(): void {
    const wanting = this.#wanting();
    if (wanting.length < 2) return;
    this.#world.ledger.stats.drains += 1;
    wanting[this.#int(wanting.length)]?.drain();
  }

  #reweigh(): void {
    const worker = this.#wanting()[this.#int(this.#wanting().length)];
    if (worker === undefined || this.#wanting().length < 2) return;
    // A weight belongs to a life: drain, and come again heavier or lighter.
    this.#world.ledger.stats.weightChanges += 1;
    worker.drain();
    const weight = 0.5 + this.#int(4) / 2;
    const again = (triesLeft: number): void => {
      if (worker.isAlive && triesLeft > 0 && !this.#isOver) {
        this.#world.schedule.after(50, () => again(triesLeft - 1));
      } else if (!this.#world.workers.get(worker.id)?.isAlive) {
        this.#world.startWorker(worker.id, weight);
      }
    };
    again(20);
  }

  #crash(): void {
    const worker = this.#anyWorker();
    if (worker === undefined) return;
    const { ledger, parts, schedule } = this.#world;
    ledger.stats.crashes += 1;
    worker.kill();
    parts.network.died(worker);
    const isLast = this.#wanting().length === 0;
    if (!isLast && this.#int(4) === 0) return;
    schedule.after(20 + this.#int(500), () => {
      if (!this.#world.workers.get(worker.id)?.isAlive) {
        this.#world.startWorker(worker.id, worker.weight);
      }
    });
  }

  #pause(process: Process | undefined, minMs: number, moreMs: number): void {
    if (process === undefined) return;
    this.#world.ledger.stats.pauses += 1;
    process.pause(minMs + this.#int(moreMs));
  }

  #cutLink(isOneWay: boolean): void {
    const a = this.#anyProcess();
    const b = this.#anyWorker();
    if (a === undefined || b === undefined || a === b) return;
    const { ledger, parts, schedule } = this.#world;
    ledger.stats.linkCuts += 1;
    parts.network.cut(a.id, b.id, isOneWay);
    schedule.after(20 + this.#int(400), () => parts.network.mend(a.id, b.id));
  }

  #cutCoordinator(): void {
    const process = this.#anyProcess();
    if (process === undefined) return;
    this.#world.ledger.stats.coordinatorCuts += 1;
    process.membership.isCut = true;
    const longMs = this.#int(3) === 0 ? 900 : 300;
    this.#world.schedule.after(20 + this.#int(longMs), () => {
      process.membership.isCut = false;
    });
  }

  #outage(): void {
    const { zookeeper } = this.#world.parts;
    if (zookeeper.isOut) return;
    this.#world.ledger.stats.coordinatorOutages += 1;
    zookeeper.isOut = true;
    this.#world.schedule.after(50 + this.#int(600), () => {
      if (zookeeper.isOut) zookeeper.recover(this.#world.nowMs());
    });
  }

  #crashGateway(): void {
    const gateway = this.#anyGateway();
    if (gateway === undefined) return;
    this.#world.ledger.stats.gatewayCrashes += 1;
    gateway.crash();
    this.#world.schedule.after(30 + this.#int(300), () => this.#restartGateway(gateway.id));
  }

  #restartGateway(id: string): void {
    if (!this.#world.gateways.get(id)?.isAlive) this.#world.startGateway(id);
  }

  #churnClient(): void {
    const { clients, ledger, schedule, setting } = this.#world;
    const client = clients[this.#int(clients.length)];
    if (client === undefined) return;
    ledger.stats.clientChurn += 1;
    client.disconnect(this.#int(2) === 0);
    const awayMs = this.#int(this.#int(3) === 0 ? 600 : setting.awayMaxMs);
    schedule.after(awayMs, () => client.connect());
  }

  #breakBroker(): void {
    const { out } = this.#world.parts;
    this.#world.ledger.stats.brokerOutages += 1;
    out.breakDown();
    this.#world.schedule.after(10 + this.#int(400), () => out.recover());
  }

  #anyWorker(): WorkerProcess | undefined {
    const workers = this.#world.livingWorkers();
    return workers[this.#int(workers.length)];
  }

  #anyGateway(): ReturnType<World['livingGateways']>[number] | undefined {
    const gateways = this.#world.livingGateways();
    return gateways[this.#int(gateways.length)];
  }

  #anyProcess(): Process | undefined {
    return this.#int(4) === 0 ? this.#anyGateway() : this.#anyWorker();
  }

  #int(bound: number): number {
    return this.#world.random.int(bound);
  }
}
