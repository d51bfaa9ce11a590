/** Where keys go: one key through the whole time line, or all that a step moves. */
import { nobody } from '../circle.ts';
import { hashKey, slotPosition } from '../hash.ts';
import { bounded } from './bounds.ts';
import { castOf, type Instant, instantOf } from './instant.ts';
import type { Load } from './load.ts';
import type { Timeline } from './timeline.ts';
import type { SimulatedMember } from './types.ts';

export interface Explanation {
  readonly key: string;
  readonly hash: number;
  readonly slot: number;
  /** The position that stands for the slot: its owner is the first point from there on. */
  readonly position: number;
  readonly ownerBefore: string;
  readonly ownerAfter: string;
  /** Who holds the second copy; empty with one member. */
  readonly successorBefore: string;
  readonly successorAfter: string;
  /** Steps (from 1) that move the key. */
  readonly movedBy: readonly KeyMove[];
}

export interface KeyMove {
  readonly step: number;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  /** The new owner was the successor and has everything already. */
  readonly isToSuccessor: boolean;
}

/** What becomes of each of `keys` (prefix included): in their order. */
export function explainKeys(timeline: Timeline, keys: readonly string[]): Explanation[] {
  const cast = castOf(timeline);
  const nameOf = (number: number | undefined): string => cast.ids[number ?? nobody] ?? '';
  const asked = keys.map((key) => {
    const hash = hashKey(key);
    return { key, hash, slot: hash >>> 18, movedBy: [] as KeyMove[] };
  });
  const first = instantOf(timeline.members, cast);
  let last = first;
  timeline.steps.forEach(({ label, members }, i) => {
    const next = instantOf(members, cast, last);
    for (const { slot, movedBy } of asked) {
      const from = nameOf(last.targets[slot]);
      const to = nameOf(next.targets[slot]);
      if (from === to) continue;
      const isToSuccessor = nameOf(last.replicas[slot]) === to;
      movedBy.push({ step: i + 1, label, from, to, isToSuccessor });
    }
    last = next;
  });
  return asked.map(({ key, hash, slot, movedBy }) => ({
    key,
    hash,
    slot,
    position: slotPosition(slot),
    ownerBefore: nameOf(first.targets[slot]),
    ownerAfter: nameOf(last.targets[slot]),
    successorBefore: nameOf(first.replicas[slot]),
    successorAfter: nameOf(last.replicas[slot]),
    movedBy,
  }));
}

/** What becomes of `key`, prefix included (`user:alice`). */
export function explainKey(timeline: Timeline, key: string): Explanation {
  const [explanation] = explainKeys(timeline, [key]);
  // One key in, one explanation out.
  return explanation as Explanation;
}

export interface MovedSlot {
  readonly slot: number;
  readonly from: string;
  readonly to: string;
}

/**
 * The slots that step `step` (from 1) moves, ascending; 0 compares the beginning with the end.
 *
 * @throws RingError `ring.bad_option`
 */
export function movedSlots(timeline: Timeline, step: number): MovedSlot[] {
  const { before, after } = sides(timeline, step);
  const cast = castOf(timeline);
  const a = instantOf(before, cast);
  const b = instantOf(after, cast, a);
  return movedBetween(a, b).map(({ slot, from, to }) => ({
    slot,
    from: cast.ids[from] ?? '',
    to: cast.ids[to] ?? '',
  }));
}

/**
 * The keys that step `step` moves (0: from beginning to end), in the order of the load, which
 * must have been made with `keepsKeys`.
 *
 * @throws RingError `ring.bad_option`
 */
export function* movedKeys(
  timeline: Timeline,
  load: Load,
  step: number,
): Generator<{ readonly key: string; readonly from: string; readonly to: string }> {
  const { keys = [] } = load.columns ?? {};
  const moves = new Map(movedSlots(timeline, step).map((move) => [move.slot, move]));
  for (const key of keys) {
    const move = moves.get(hashKey(key) >>> 18);
    if (move !== undefined) yield { key, from: move.from, to: move.to };
  }
}

function sides(
  { members, steps }: Timeline,
  step: number,
): { before: readonly SimulatedMember[]; after: readonly SimulatedMember[] } {
  bounded('step', step, steps.length);
  if (step === 0) return { before: members, after: steps.at(-1)?.members ?? members };
  return {
    before: steps[step - 2]?.members ?? members,
    after: steps[step - 1]?.members ?? members,
  };
}

function movedBetween(
  { targets }: Instant,
  after: Instant,
): { slot: number; from: number; to: number }[] {
  const moved: { slot: number; from: number; to: number }[] = [];
  targets.forEach((from, slot) => {
    const to = after.targets[slot] ?? nobody;
    if (from !== to) moved.push({ slot, from, to });
  });
  return moved;
}
