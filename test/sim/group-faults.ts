/** Faults that hit several processes together: those that only clocks and hearsay guard against. */
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** A slot's copies, and maybe a gateway, lose ZooKeeper only, until a loss may be declared. */
export function cutCopies(world: World): void {
  world.ledger.stats.copiesCut += 1;
  const spanMs = 300 + world.random.int(900);
  for (const process of copiesOfSomeSlot(world)) {
    process.membership.isCut = true;
    world.schedule.after(spanMs, () => {
      process.membership.isCut = false;
    });
  }
}

/** They stand still instead, and wake up about together. */
export function pauseCopies(world: World): void {
  world.ledger.stats.copiesPaused += 1;
  const spanMs = 300 + world.random.int(700);
  for (const process of copiesOfSomeSlot(world)) process.pause(spanMs + world.random.int(20));
}

/** Some processes lose ZooKeeper and everybody else, but not each other. */
export function makeIsland(world: World): void {
  const { ledger, parts, random, schedule } = world;
  const all = [...world.livingWorkers(), ...world.livingGateways()];
  const inside = all.filter(() => random.int(2) === 0);
  const outside = all.filter((process) => !inside.includes(process));
  ledger.stats.islands += 1;
  for (const process of inside) {
    process.membership.isCut = true;
    for (const far of outside) parts.network.cut(process.id, far.id, false);
  }
  schedule.after(100 + random.int(900), () => {
    for (const process of inside) {
      process.membership.isCut = false;
      for (const far of outside) parts.network.mend(process.id, far.id);
    }
  });
}

function copiesOfSomeSlot(world: World): readonly Process[] {
  const { copies } = world.entryOf(world.random.int(world.slotCount));
  const workers = copies.flatMap((boot) => world.workerOf(boot) ?? []);
  const gateways = world.livingGateways();
  const gateway =
    world.random.int(2) === 0 ? gateways[world.random.int(gateways.length)] : undefined;
  return gateway === undefined ? workers : [...workers, gateway];
}
