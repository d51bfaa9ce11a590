/**
 * Where each slot belongs by the ring: its target is the owner of the middle of its segment, its
 * successor the next distinct member. All targets are computed once; the rest is read off on
 * demand.
 *
 * The placement says where slots should be. Where they are, the table says (cluster/).
 */
import { distinctOwners, nobody } from './circle.ts';
import { RingError } from './error.ts';
import { circleSize, requireSlot, requireSlotCount, type Slot, slotCount } from './hash.ts';
import { idAt, type Ring } from './ring.ts';

export interface Placement {
  readonly ring: Ring;
  /** Number of slots. */
  readonly slots: number;
  /** The member that should own `slot`; undefined on an empty ring. */
  target(slot: Slot): string | undefined;
  /** The member that would be the target without the target; undefined below two members. */
  successor(slot: Slot): string | undefined;
  /** Up to `count` distinct members in ring order, target first, successor second. */
  order(slot: Slot, count: number): string[];
  /** How many slots have each member as their target; every member is there. */
  readonly counts: ReadonlyMap<string, number>;
}

/** A slot whose target changes; undefined on the side of an empty ring. */
export interface SlotMove {
  readonly slot: Slot;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * The targets of `slots` slots on `ring`. Its functions throw RingError `ring.bad_slot`.
 *
 * @throws RingError `ring.bad_slot_count`
 */
export function placement(ring: Ring, slots: number = slotCount): Placement {
  requireSlotCount(slots);
  const ids = ring.members.map((member) => member.id);
  const { starts, targets } = laidOut(ring, slots);
  const order = (slot: Slot, count: number): string[] => {
    requireSlot(slot, slots);
    const countMax = Math.min(count, ids.length);
    const owners = distinctOwners(ring.circle, starts[slot] ?? 0, countMax);
    return owners.map((owner) => idAt(ring.members, owner));
  };
  return Object.freeze({
    ring,
    slots,
    target(slot: Slot): string | undefined {
      requireSlot(slot, slots);
      return ids[targets[slot] ?? nobody];
    },
    successor: (slot: Slot): string | undefined => order(slot, 2)[1],
    order,
    counts: countsOf(ids, targets),
  });
}

/**
 * The slots whose target changes when placement `a` becomes `b`, ascending.
 *
 * @throws RingError `ring.slot_counts_differ`
 */
export function slotDiff(a: Placement, b: Placement): SlotMove[] {
  if (a.slots !== b.slots) {
    throw new RingError(
      'ring.slot_counts_differ',
      `placements of ${a.slots} and ${b.slots} slots cannot be compared`,
    );
  }
  const moves: SlotMove[] = [];
  for (let slot = 0; slot < a.slots; slot += 1) {
    const from = a.target(slot);
    const to = b.target(slot);
    if (from !== to) moves.push({ slot, from, to });
  }
  return moves;
}

/** Of each slot the index of the point that it belongs to, and the index of its target. */
export function laidOut(
  { circle }: Ring,
  slots: number,
): { starts: Uint32Array; targets: Uint16Array } {
  const starts = new Uint32Array(slots);
  const targets = new Uint16Array(slots).fill(nobody);
  const { points, owners } = circle;
  // Slots and points both ascend: one walk along both finds what a search for each would.
  const width = circleSize / slots;
  let next = 0;
  for (let slot = 0; slot < slots && points.length > 0; slot += 1) {
    const position = (slot + 0.5) * width;
    while (next < points.length && (points[next] ?? 0) < position) next += 1;
    const start = next === points.length ? 0 : next;
    starts[slot] = start;
    targets[slot] = owners[start] ?? 0;
  }
  return { starts, targets };
}

function countsOf(ids: readonly string[], targets: Uint16Array): ReadonlyMap<string, number> {
  const counts = new Uint32Array(ids.length);
  for (const target of targets) {
    if (target !== nobody) counts[target] = (counts[target] ?? 0) + 1;
  }
  return new Map(ids.map((id, index) => [id, counts[index] ?? 0]));
}
