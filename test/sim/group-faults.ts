/** Faults that hit several processes together: those that only clocks and hearsay guard against. */
import type { Agenda } from './agenda.ts';
import type { Happening } from './fault.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** A slot's copies, and maybe a gateway, lose ZooKeeper only, until a loss may be declared. */
export function cutCopies(world: World, agenda: Agenda, fault: Happening<'copiesCut'>): void {
  world.ledger.stats.copiesCut += 1;
  const gateway = fault.gateway === undefined ? undefined : world.gateways.get(fault.gateway);
  const hit = [...copiesOf(world, fault.slot), ...(gateway?.isAlive === true ? [gateway] : [])];
  for (const process of hit) process.membership.isCut = true;
  agenda.after(fault.forMs, () => {
    for (const process of hit) process.membership.isCut = false;
  });
}

/** They stand still instead, and wake up about together. */
export function pauseCopies(world: World, fault: Happening<'copiesPause'>): void {
  world.ledger.stats.copiesPaused += 1;
  for (const [at, process] of copiesOf(world, fault.slot).entries()) {
    process.pause(fault.forMs + at * fault.apartMs);
  }
}

/** Some processes lose ZooKeeper and everybody else, but not each other. */
export function makeIsland(world: World, agenda: Agenda, fault: Happening<'island'>): void {
  const { ledger, parts } = world;
  const all = [...world.livingWorkers(), ...world.livingGateways()];
  const inside = all.filter(({ id }) => fault.inside.includes(id));
  const outside = all.filter((process) => !inside.includes(process));
  ledger.stats.islands += 1;
  for (const process of inside) {
    process.membership.isCut = true;
    for (const far of outside) parts.network.cut(process.id, far.id, false);
  }
  agenda.after(fault.forMs, () => {
    for (const process of inside) {
      process.membership.isCut = false;
      for (const far of outside) parts.network.mend(process.id, far.id);
    }
  });
}

function copiesOf(world: World, slot: number): readonly Process[] {
  return world.entryOf(slot).copies.flatMap((boot) => world.workerOf(boot) ?? []);
}
