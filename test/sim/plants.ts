/**
 * Planted bugs: each breaks one rule on purpose (`plants/`), and each must be found
 * (`planted.test.ts`). A checker that never found anything proves nothing.
 */
import type { Subjects } from './cores.ts';
import { claimPlants } from './plants/claims.ts';
import { copyPlants } from './plants/copies.ts';
import { inputPlants } from './plants/inputs.ts';
import { sessionPlants } from './plants/sessions.ts';
import type { Plant, Plants } from './plants/twist.ts';
import { productionSubjects } from './subjects.ts';

export const plants: Plants = {
  ...claimPlants,
  ...copyPlants,
  ...inputPlants,
  ...sessionPlants,
};

export const plantNames: readonly string[] = Object.keys(plants);

/** @throws Error unless there is such a plant */
export function plantOf(name: string): Plant {
  const plant = plants[name];
  if (plant === undefined) throw new Error(`no plant ${name}; known are ${plantNames.join(', ')}`);
  return plant;
}

/** The production cores with one bug planted. */
export function plantedSubjects(name: string): Subjects {
  return plantOf(name).wrap(productionSubjects);
}
