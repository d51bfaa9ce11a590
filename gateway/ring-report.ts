/**
 * The cluster as the admin port and the live page show it: who owns what, where it belongs, what
 * is on its way. Pure: made from a view, in runs of slots so that it stays small.
 */
import { memberIdOf, present } from '../base/index.ts';
import type { View } from '../cluster/index.ts';
import { createRing, type Placement, placement, slotOf } from '../ring/index.ts';

/** Slots [from, to) of one worker; '' = nobody. */
export interface SlotRun {
  readonly from: number;
  readonly to: number;
  readonly worker: string;
}

export interface WorkerReport {
  readonly id: string;
  readonly boot: string;
  readonly weight: number;
  /** Alive and not on the ring: leaving, or not there yet. */
  readonly isDraining: boolean;
  /** Slots owned now. */
  readonly slots: number;
  /** Slots that should be here by the ring. */
  readonly target: number;
  /** Owned share of all slots, 0 to 1. */
  readonly share: number;
  /** Slots that are on their way here. */
  readonly movesIn: number;
}

export interface RingReport {
  readonly cluster: string;
  readonly tableVersion: number;
  readonly slotCount: number;
  readonly workers: readonly WorkerReport[];
  readonly gateways: readonly string[];
  readonly unowned: number;
  readonly movesInFlight: number;
  readonly owners: readonly SlotRun[];
  /** Runs of slots that are not where they belong, by the worker they will go to. */
  readonly moving: readonly SlotRun[];
}

/** Where the slots of a view belong; undefined while nobody is on the ring. */
export function placementOf(view: View): Placement | undefined {
  const members = [...view.ring.values()].map(({ id, weight = 1 }) => ({ id, weight }));
  if (members.length === 0) return undefined;
  return placement(createRing(members), view.table.entries.length);
}

export function ringReport(view: View, placed: Placement | undefined): RingReport {
  const owners = view.table.entries.map(({ owner }) => (owner === '' ? '' : memberIdOf(owner)));
  const targets = owners.map((_, slot) => placed?.target(slot) ?? '');
  const moving = targets.map((target, slot) =>
    owners[slot] === '' || target === '' || owners[slot] === target ? '' : target,
  );
  const owned = countsOf(owners);
  const arriving = countsOf(moving);
  const wanted = countsOf(targets);
  const workers = [...view.live.values()].map(({ id, boot }): WorkerReport => {
    const slots = owned.get(id) ?? 0;
    const member = view.ring.get(id);
    return {
      id,
      boot,
      weight: member?.weight ?? 1,
      isDraining: member === undefined,
      slots,
      target: wanted.get(id) ?? 0,
      share: slots / owners.length,
      movesIn: arriving.get(id) ?? 0,
    };
  });
  return {
    cluster: view.cluster,
    tableVersion: view.tableVersion,
    slotCount: owners.length,
    workers: workers.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })),
    gateways: [...view.gateways.values()].map(({ id }) => id).sort(),
    unowned: owned.get('') ?? 0,
    movesInFlight: moving.filter((worker) => worker !== '').length,
    owners: runsOf(owners),
    moving: runsOf(moving).filter(({ worker }) => worker !== ''),
  };
}

/** Where a key is. */
export function whereReport(view: View, placed: Placement | undefined, key: string): object {
  const slot = slotOf(key, view.table.entries.length);
  const { owner, term, copies, epoch } = present(view.table.entries[slot], `slot ${slot}`);
  const target = placed?.target(slot);
  return { key, slot, owner, term, epoch, copies, ...(target === undefined ? {} : { target }) };
}

function runsOf(workers: readonly string[]): SlotRun[] {
  const runs: SlotRun[] = [];
  let from = 0;
  for (let slot = 1; slot <= workers.length; slot += 1) {
    if (slot < workers.length && workers[slot] === workers[from]) continue;
    runs.push({ from, to: slot, worker: workers[from] ?? '' });
    from = slot;
  }
  return runs;
}

function countsOf(workers: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const worker of workers) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  return counts;
}
