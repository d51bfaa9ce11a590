/** Faults of whole lives: a second process of one id, replaced data, a gateway that leaves. */
import type { Agenda } from './agenda.ts';
import type { Happening } from './fault.ts';
import { worldLimits } from './limits.ts';
import { hasMovesAhead } from './settled.ts';
import type { World } from './world.ts';

/** A join, drain or weight change while slots are on their way after an earlier one. */
export function countOverlap(world: World): void {
  if (hasMovesAhead(world)) world.ledger.stats.plannedAtOnce += 1;
}

/** Drains a worker, for a weight belongs to a life, and starts it again heavier or lighter. */
export function reweigh(world: World, agenda: Agenda, fault: Happening<'weight'>): void {
  const wanting = world.wantingWorkers();
  const worker = wanting.findLast(({ id }) => id === fault.worker);
  if (worker === undefined || wanting.length < 2) return;
  world.ledger.stats.weightChanges += 1;
  countOverlap(world);
  worker.drain();
  const again = (triesLeft: number): void => {
    if (worker.isAlive && triesLeft > 0) agenda.after(50, () => again(triesLeft - 1));
    else if (!world.workers.get(worker.id)?.isAlive) world.startWorker(worker.id, fault.weight);
  };
  again(20);
}

/** A supervisor starts a worker anew that was only thought dead: two boots of one id (C11′). */
export function startTwin(world: World, fault: Happening<'twin'>): void {
  const twins = world.wantingWorkers().filter(({ id }) => id === fault.worker);
  const [worker] = twins;
  if (worker === undefined || twins.length > 1) return;
  world.ledger.stats.twins += 1;
  world.startWorker(worker.id, worker.weight);
}

/** The ensemble comes back empty, under a new cluster id (rules W1–W4). */
export function wipe(world: World): void {
  const { ledger, parts } = world;
  parts.zookeeper.wipe(`c${ledger.stats.wipes + 2}`);
  ledger.wiped();
}

/** Closes its sockets one by one, stays until its inputs are dealt with, and is started anew. */
export function drainGateway(world: World, fault: Happening<'gatewayDrain'>): void {
  const gateways = world.livingGateways().filter((gateway) => !gateway.isDraining);
  const gateway = gateways.find(({ id }) => id === fault.gateway);
  if (gateway === undefined || gateways.length < 2) return;
  world.ledger.stats.gatewayDrains += 1;
  gateway.drain(() => {
    world.schedule.after(fault.backMs, () => {
      if (!world.gateways.get(gateway.id)?.isAlive) world.startGateway(gateway.id);
    });
  });
}

/** A worker's own exit is a supervisor's business: it starts the id anew, if nobody has. */
export function supervise(world: World, id: string, weight: number): void {
  const delayMs = worldLimits.restartMinMs + world.random.int(100);
  world.schedule.after(delayMs, () => {
    if (!world.livingWorkers().some((worker) => worker.id === id)) world.startWorker(id, weight);
  });
}
