/** Who owns whom, asked from outside, and what the plain ring computation expects. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRing, placement, slotOf } from '../../../ring/index.ts';
import { eventually } from '../eventually.ts';
import type { AdminClient } from './admin.ts';

export interface RingAnswer {
  readonly tableVersion: number;
  readonly slotCount: number;
  readonly workers: readonly { id: string; isDraining: boolean; weight: number; slots: number }[];
  readonly unowned: number;
  readonly movesInFlight: number;
  readonly owners: readonly { from: number; to: number; worker: string }[];
}

export interface Topology {
  readonly ring: RingAnswer;
  readonly ownerOfSlot: readonly string[];
}

export async function topologyOf(admin: AdminClient): Promise<Topology> {
  const ring = (await admin.get('/v1/ring')) as RingAnswer;
  const ownerOfSlot: string[] = [];
  for (const { from, to, worker } of ring.owners) {
    for (let slot = from; slot < to; slot += 1) ownerOfSlot[slot] = worker;
  }
  return { ring, ownerOfSlot };
}

/** Resolves when exactly these workers are there and every slot is where the ring wants it. */
export function settledOn(admin: AdminClient, workers: readonly string[]): Promise<Topology> {
  const wanted = [...workers].sort().join();
  return eventually(
    `every slot at its target on ${wanted}`,
    async () => {
      // The answer is large: asked without a pause, the question would be the load.
      await sleep(50);
      const topology = await topologyOf(admin);
      const { ring } = topology;
      const present = ring.workers.map(({ id }) => id).sort();
      const isSettled = ring.unowned === 0 && ring.movesInFlight === 0;
      return present.join() === wanted && isSettled && topology;
    },
    30_000,
  );
}

/** Resolves when each of the keys has two copies: what a crash test must see before its crash. */
export function copiedTwice(admin: AdminClient, keys: readonly string[]): Promise<true> {
  const open = new Set(keys);
  return eventually(
    'two copies of every key',
    async () => {
      for (const key of [...open].slice(0, 50)) {
        const { copies } = await admin.where(key);
        if (copies.length === 2) open.delete(key);
      }
      return open.size === 0 ? true : undefined;
    },
    30_000,
  );
}

/** Keys whose slot's owner differs. */
export function movedKeys(
  before: Topology,
  after: Topology,
  keys: readonly string[],
): ReadonlySet<string> {
  return new Set(
    keys.filter((key) => {
      const slot = slotOf(key);
      return before.ownerOfSlot[slot] !== after.ownerOfSlot[slot];
    }),
  );
}

/** What should have moved: the difference of the two rings, computed here from their members. */
export function expectedMoves(
  before: readonly string[],
  after: readonly string[],
  keys: readonly string[],
): ReadonlySet<string> {
  const place = (ids: readonly string[]) =>
    placement(createRing(ids.map((id) => ({ id, weight: 1 }))));
  const [from, to] = [place(before), place(after)];
  return new Set(keys.filter((key) => from.target(slotOf(key)) !== to.target(slotOf(key))));
}
