/**
 * Makes the faults of a schedule happen, each at its time and to whom it names, and heals
 * everything at the end. Chance has no part in it: what is random was drawn (`draw.ts`).
 */
import { unreachable } from '../../base/index.ts';
import { Agenda } from './agenda.ts';
import type { Fault, Happening } from './fault.ts';
import { sentenceOf } from './fault-text.ts';
import { cutCopies, makeIsland, pauseCopies } from './group-faults.ts';
import { worldLimits, worldSize } from './limits.ts';
import type { Process } from './process.ts';
import { partitionOf } from './publishers.ts';
import { countOverlap, drainGateway, reweigh, startTwin, wipe } from './rare-faults.ts';
import { crashFollower, cutFollower, failOver, lagFollower } from './server-faults.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

export class Faults {
  readonly #world: World;
  readonly #agenda: Agenda;

  constructor(world: World, faults: readonly Fault[]) {
    this.#world = world;
    this.#agenda = new Agenda(world.schedule);
    for (const fault of faults) this.#agenda.at(fault.atMs, () => this.#strike(fault));
  }

  /** The world goes on until then, with its faults. */
  run(untilMs: number): void {
    this.#agenda.run(untilMs);
  }

  /** Ends every fault; what died comes back. */
  heal(): void {
    this.#agenda.close();
    const { parts, workers, gateways, clients } = this.#world;
    parts.network.mendAll();
    if (parts.zookeeper.isOut) parts.zookeeper.recover(this.#world.nowMs());
    parts.zookeeper.mend();
    parts.out.recover();
    for (let at = 0; at < worldLimits.partitions; at += 1) parts.events.recover(at);
    for (const process of [...workers.values(), ...gateways.values()]) {
      process.membership.isCut = false;
      process.resume();
    }
    for (const id of gateways.keys()) this.#restartGateway(id);
    // Also later: the last that wants slots may be the older of two boots, and exit.
    const joinIfNeeded = (): void => {
      if (this.#world.wantingWorkers().length === 0) this.#join('w0');
    };
    joinIfNeeded();
    this.#world.schedule.every(100, joinIfNeeded, () => false);
    for (const client of clients) client.connect();
  }

  #strike(fault: Fault): void {
    const { trace, ledger } = this.#world;
    trace.add(this.#world.nowMs(), 'fault', fault.kind, () => sentenceOf(fault));
    ledger.stats.faults += 1;
    this.#happen(fault);
  }

  #happen(fault: Happening): void {
    const world = this.#world;
    const agenda = this.#agenda;
    switch (fault.kind) {
      case 'join':
        return this.#join(fault.worker);
      case 'drain':
        return this.#drain(fault.worker);
      case 'weight':
        return reweigh(world, agenda, fault);
      case 'crash':
        return this.#crash(fault);
      case 'pause':
        return this.#pause(fault);
      case 'linkCut':
      case 'oneWayCut':
        return this.#cutLink(fault);
      case 'linkReset':
        if (world.parts.network.reset(fault.from, fault.to)) world.ledger.stats.linkResets += 1;
        return;
      case 'coordinatorCut':
        return this.#cutCoordinator(fault);
      case 'copiesCut':
        return cutCopies(world, agenda, fault);
      case 'copiesPause':
        return pauseCopies(world, fault);
      case 'sessionLoss':
        return this.#loseSession(fault);
      case 'outage':
        return this.#outage(fault);
      case 'island':
        return makeIsland(world, agenda, fault);
      case 'gatewayCrash':
        return this.#crashGateway(fault);
      case 'client':
        return this.#churnClient(fault);
      case 'channelLoss':
        return this.#loseChannel(fault);
      case 'brokerOutage':
        return this.#breakBroker(fault);
      case 'twin':
        return startTwin(world, fault);
      case 'wipe':
        return wipe(world);
      case 'gatewayDrain':
        return drainGateway(world, fault);
      case 'followerLag':
        return lagFollower(world, agenda, fault);
      case 'followerCut':
        return cutFollower(world, agenda, fault);
      case 'followerCrash':
        return crashFollower(world, agenda, fault);
      case 'failOver':
        return failOver(world, agenda, fault);
      case 'stuckKey':
        return this.#stick(fault);
      case 'slowLink':
        return this.#slowLink(fault);
      default:
        return unreachable(fault);
    }
  }

  #join(worker: string): void {
    const living = this.#world.livingWorkers();
    if (living.length >= worldSize.workersMax || living.some(({ id }) => id === worker)) return;
    this.#world.ledger.stats.joins += 1;
    countOverlap(this.#world);
    this.#world.startWorker(worker, 1);
  }

  #drain(id: string): void {
    const wanting = this.#world.wantingWorkers();
    const worker = wanting.findLast((one) => one.id === id);
    if (worker === undefined || wanting.length < 2) return;
    this.#world.ledger.stats.drains += 1;
    countOverlap(this.#world);
    worker.drain();
  }

  #crash({ worker: id, backMs }: Happening<'crash'>): void {
    const worker = this.#worker(id);
    if (worker === undefined) return;
    const { ledger, parts } = this.#world;
    ledger.stats.crashes += 1;
    worker.kill();
    parts.network.died(worker);
    if (backMs === undefined) return;
    this.#agenda.after(backMs, () => {
      if (this.#worker(id) === undefined) this.#world.startWorker(id, worker.weight);
    });
  }

  #pause({ process: id, forMs }: Happening<'pause'>): void {
    const process = this.#process(id);
    if (process === undefined) return;
    this.#world.ledger.stats.pauses += 1;
    process.pause(forMs);
  }

  #cutLink({ kind, from, to, forMs }: Happening<'linkCut' | 'oneWayCut'>): void {
    const { ledger, parts } = this.#world;
    ledger.stats.linkCuts += 1;
    parts.network.cut(from, to, kind === 'oneWayCut');
    this.#agenda.after(forMs, () => parts.network.mend(from, to));
  }

  #stick({ key: at, forMs, events }: Happening<'stuckKey'>): void {
    const { ledger, parts, keys, publishers } = this.#world;
    const key = keys[at];
    if (key === undefined) return;
    const fromMs = this.#world.nowMs();
    const partition = partitionOf(key);
    const untilMs = fromMs + forMs;
    if (!parts.stuckKeys.begin({ key, partition, fromMs, untilMs })) return;
    ledger.stats.stuckKeys += 1;
    for (let count = 0; count < events; count += 1) publishers.publish('p0', key);
  }

  #slowLink({ from, to, delayMs, forMs }: Happening<'slowLink'>): void {
    const { ledger, parts } = this.#world;
    ledger.stats.slowLinks += 1;
    parts.network.slowDown(from, to, delayMs);
    this.#agenda.after(forMs, () => parts.network.slowDown(from, to, 0));
  }

  #cutCoordinator({ process: id, forMs }: Happening<'coordinatorCut'>): void {
    const process = this.#process(id);
    if (process === undefined) return;
    this.#world.ledger.stats.coordinatorCuts += 1;
    process.membership.isCut = true;
    this.#agenda.after(forMs, () => {
      process.membership.isCut = false;
    });
  }

  #loseSession({ process }: Happening<'sessionLoss'>): void {
    this.#world.ledger.stats.sessionLosses += 1;
    this.#process(process)?.membership.loseSession();
  }

  #outage({ forMs }: Happening<'outage'>): void {
    const { zookeeper } = this.#world.parts;
    if (zookeeper.isOut) return;
    this.#world.ledger.stats.coordinatorOutages += 1;
    zookeeper.isOut = true;
    this.#agenda.after(forMs, () => {
      if (zookeeper.isOut) zookeeper.recover(this.#world.nowMs());
    });
  }

  #crashGateway({ gateway: id, backMs }: Happening<'gatewayCrash'>): void {
    const gateway = this.#world.gateways.get(id);
    if (gateway?.isAlive !== true) return;
    this.#world.ledger.stats.gatewayCrashes += 1;
    gateway.crash();
    this.#agenda.after(backMs, () => this.#restartGateway(id));
  }

  #restartGateway(id: string): void {
    if (!this.#world.gateways.get(id)?.isAlive) this.#world.startGateway(id);
  }

  #churnClient({ client: at, does, backMs }: Happening<'client'>): void {
    const client = this.#world.clients[at];
    if (client === undefined) return;
    this.#world.ledger.stats.clientChurn += 1;
    client.disconnect(does === 'closes');
    this.#agenda.after(backMs, () => client.connect());
  }

  #loseChannel({ gateway, partition }: Happening<'channelLoss'>): void {
    this.#world.ledger.stats.channelLosses += 1;
    const found = this.#world.gateways.get(gateway);
    if (found?.isAlive === true) found.loseChannel(partition);
  }

  #breakBroker({ forMs }: Happening<'brokerOutage'>): void {
    const { out } = this.#world.parts;
    this.#world.ledger.stats.brokerOutages += 1;
    out.breakDown();
    this.#agenda.after(forMs, () => out.recover());
  }

  /** The newest living life of the id. */
  #worker(id: string): WorkerProcess | undefined {
    return this.#world.livingWorkers().findLast((one) => one.id === id);
  }

  #process(id: string): Process | undefined {
    const gateway = this.#world.gateways.get(id);
    return gateway?.isAlive === true ? gateway : this.#worker(id);
  }
}
