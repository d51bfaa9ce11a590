/** Faults of whole lives: a second process of one id, replaced data, a gateway that leaves. */
import { worldLimits } from './limits.ts';
import type { World } from './world.ts';

/** A supervisor starts a worker anew that was only thought dead: two boots of one id (C11′). */
export function startTwin(world: World): void {
  const workers = world.livingWorkers().filter((worker) => !worker.isDraining);
  const worker = workers[world.random.int(workers.length)];
  if (worker === undefined) return;
  const twins = workers.filter(({ id }) => id === worker.id);
  if (twins.length > 1) return;
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
export function drainGateway(world: World): void {
  const gateways = world.livingGateways().filter((gateway) => !gateway.isDraining);
  const gateway = gateways[world.random.int(gateways.length)];
  if (gateway === undefined || gateways.length < 2) return;
  world.ledger.stats.gatewayDrains += 1;
  gateway.drain(() => {
    world.schedule.after(30 + world.random.int(200), () => {
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
