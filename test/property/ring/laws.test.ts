/**
 * The laws of placement, for every member count from 1 to 128: the counts at which naive rings
 * move too much are scattered (7, 14, 28, 49, 56, 98, 103, 112), so none is left out.
 */
import { assert } from 'chai';
import { before, describe, it } from 'mocha';
import { type Random, seededRandom } from '../../../base/index.ts';
import {
  createRing,
  type Member,
  type Placement,
  placement,
  type Ring,
  type SlotMove,
  slotCount,
  slotDiff,
} from '../../../ring/index.ts';

const countMax = 128;
const weights = [1, 1, 1, 1, 0.5, 2, 0.25, 1.7];

/** Ids whose order is not the order of joining, each with its weight. */
const pool: readonly Member[] = Array.from({ length: countMax + 1 }, (_, i) => ({
  id: `${'wxyz'.charAt((i * 7) % 4)}-${(i * 37) % (countMax + 1)}`,
  weight: weights[(i * 5) % weights.length] ?? 1,
}));

interface Step {
  readonly ring: Ring;
  readonly placed: Placement;
}

describe('laws of the ring, for every count from 1 to 128', () => {
  /** `steps[n]` has the first n members of the pool, each made from the one before. */
  const steps: Step[] = [];

  before(() => {
    assert.lengthOf(new Set(pool.map(({ id }) => id)), pool.length);
    for (let count = 0; count <= countMax; count += 1) {
      const ring = createRing(pool.slice(0, count), steps[count - 1]?.ring);
      steps.push({ ring, placed: placement(ring) });
    }
  });

  it('every slot has one target, a member, and another member as its successor', () => {
    forEveryCount(steps, ({ ring, placed }, count) => {
      const ids = new Set(ring.members.map(({ id }) => id));
      for (let slot = 0; slot < slotCount; slot += 1) {
        const target = placed.target(slot);
        const successor = placed.successor(slot);
        if (target === undefined || !ids.has(target)) assert.fail(`slot ${slot}: ${target}`);
        if (successor === target) assert.fail(`slot ${slot} has ${target} twice`);
        if ((successor === undefined) !== (count === 1)) assert.fail(`slot ${slot}: ${successor}`);
      }
      const total = [...placed.counts.values()].reduce((sum, slots) => sum + slots, 0);
      assert.strictEqual(total, slotCount);
      const share = [...ring.shares().values()].reduce((sum, part) => sum + part, 0);
      assert.closeTo(share, 1, 1e-12);
    });
  });

  it('when a member joins, every moved slot and position goes to it', () => {
    forEveryCount(steps, ({ ring, placed }, count) => {
      const previous = stepAt(steps, count - 1);
      const newcomer = memberAt(count - 1).id;
      const moves = slotDiff(previous.placed, placed);
      requireMoves(moves, ({ to }) => to === newcomer);
      assert.strictEqual(moves.length, placed.counts.get(newcomer));
      const diff = previous.ring.diff(ring);
      assert.deepEqual([...new Set(diff.ranges.map(({ to }) => to))], [newcomer]);
      assert.strictEqual(diff.moved, ring.shares().get(newcomer));
    });
  });

  it('when any member leaves, every moved slot was its own and goes to its successor', () => {
    const random = seededRandom(1);
    forEveryCount(steps, ({ ring, placed }) => {
      const leaver = ring.members[random.int(ring.members.length)] ?? memberAt(0);
      const rest = ring.members.filter((member) => member !== leaver);
      const after = createRing(rest, ring);
      const moves = slotDiff(placed, placement(after));
      assert.strictEqual(moves.length, placed.counts.get(leaver.id));
      requireMoves(
        moves,
        ({ slot, from, to }) => from === leaver.id && to === placed.successor(slot),
      );
      assert.strictEqual(ring.diff(after).moved, ring.shares().get(leaver.id));
    });
  });

  it('when a weight changes, every move is to or from that member alone', () => {
    const random = seededRandom(2);
    forEveryCount(steps, ({ ring, placed }, count) => {
      const changed = ring.members[random.int(ring.members.length)] ?? memberAt(0);
      const factor = count % 2 === 0 ? 2 : 0.5;
      const members = ring.members.map((member) =>
        member === changed ? { id: member.id, weight: member.weight * factor } : member,
      );
      const moves = slotDiff(placed, placement(createRing(members, ring)));
      requireMoves(moves, ({ from, to }) => (factor > 1 ? to : from) === changed.id);
      if (count > 1) assert.isNotEmpty(moves);
    });
  });

  it('neither the order of members nor the rings before change anything', () => {
    const random = seededRandom(3);
    forEveryCount(steps, ({ ring }, count) => {
      const scratch = createRing(shuffled(pool.slice(0, count), random));
      requireSame(scratch, ring);
      const stranger = stepAt(steps, random.int(countMax + 1)).ring;
      requireSame(createRing(shuffled(pool.slice(0, count), random), stranger), ring);
    });
  });
});

function forEveryCount(steps: readonly Step[], check: (step: Step, count: number) => void): void {
  for (let count = 1; count <= countMax; count += 1) {
    try {
      check(stepAt(steps, count), count);
    } catch (error) {
      throw new Error(`${count} members: ${(error as Error).message}`, { cause: error });
    }
  }
}

function requireMoves(moves: readonly SlotMove[], isLawful: (move: SlotMove) => boolean): void {
  const unlawful = moves.find((move) => !isLawful(move));
  if (unlawful !== undefined) assert.fail(`unlawful move ${JSON.stringify(unlawful)}`);
}

function requireSame(a: Ring, b: Ring): void {
  assert.strictEqual(a.id, b.id);
  assert.deepEqual(a.members, b.members);
  assert.isTrue(Buffer.from(a.circle.points.buffer).equals(Buffer.from(b.circle.points.buffer)));
  assert.isTrue(Buffer.from(a.circle.owners.buffer).equals(Buffer.from(b.circle.owners.buffer)));
}

function stepAt(steps: readonly Step[], count: number): Step {
  const step = steps[count];
  if (step === undefined) throw new Error(`no step ${count}`);
  return step;
}

function memberAt(index: number): Member {
  const member = pool[index];
  if (member === undefined) throw new Error(`no member ${index}`);
  return member;
}

function shuffled(members: readonly Member[], random: Random): Member[] {
  const result = [...members];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = random.int(i + 1);
    [result[i], result[j]] = [result[j] as Member, result[i] as Member];
  }
  return result;
}
