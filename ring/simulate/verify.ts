/**
 * The laws of the ring, tried on an operator's own members rather than on ours: names decide
 * where points are, so a law that some name could break would break here. Every member joins,
 * leaves and changes weight once; orders and histories are drawn from a seed.
 */
import { nobody } from '../circle.ts';
import { slotCount, slotPosition } from '../hash.ts';
import { placement, slotDiff } from '../placement.ts';
import { createRing, type Ring } from '../ring.ts';
import { pointsOf, vnodesOf } from '../virtual-nodes.ts';
import { bounded } from './bounds.ts';
import { seededChance } from './chance.ts';
import { pointsOfVnode } from './fitting.ts';
import { requireRoster } from './roster.ts';
import type { SimulatedMember } from './types.ts';

export type LawName =
  | 'one-owner'
  | 'points'
  | 'order'
  | 'history'
  | 'join'
  | 'leave'
  | 'weight'
  | 'prefix';

export interface LawCheck {
  readonly law: LawName;
  /** One sentence. */
  readonly says: string;
  readonly isHeld: boolean;
  /** How many cases were tried. */
  readonly cases: number;
  /** The first case that broke it. */
  readonly broken?: string;
}

export interface Verification {
  readonly ringId: string;
  readonly isOk: boolean;
  readonly laws: readonly LawCheck[];
  /** Points that two members share: lawful (the lowest id has them), worth knowing. */
  readonly sharedPoints: number;
}

export interface VerifyOptions {
  /** Default 1. */
  readonly seed?: number | undefined;
  /** Members that join, leave and change weight; of more, so many drawn by the seed. Default 64. */
  readonly membersTried?: number | undefined;
  /** Orders and histories drawn. Default 16. */
  readonly drawn?: number | undefined;
}

/** What tries a law: yields undefined for a case that holds, else what is wrong. */
type Trials = Generator<string | undefined>;

interface Subject {
  readonly members: readonly SimulatedMember[];
  readonly tried: readonly SimulatedMember[];
  readonly orders: readonly (readonly SimulatedMember[])[];
  readonly ring: Ring;
  readonly make: RingMaker;
}

/** What makes rings: `createRing`, or in tests one with a planted fault. */
export type RingMaker = (members: Iterable<SimulatedMember>, near?: Ring) => Ring;

const laws: readonly (readonly [LawName, string, (subject: Subject) => Trials])[] = [
  ['one-owner', 'every slot has one target, and the counts add up', oneOwner],
  ['points', 'points are MD5 of id and number, as the documentation has them', points],
  ['order', 'the order in which members are named changes nothing', order],
  ['history', 'the rings before change nothing', history],
  ['join', 'who joins takes slots, and nothing moves between the others', join],
  ['leave', 'who leaves gives its slots to their successors, and nothing else moves', leave],
  ['weight', 'a changed weight moves slots to or from that member only', weight],
  ['prefix', 'a lower weight has the first of the points of a higher one', prefix],
];

/** @throws RingError those of `timelineOf`, `ring.bad_option` */
export function verifyMembers(
  members: readonly SimulatedMember[],
  options: VerifyOptions = {},
  make: RingMaker = createRing,
): Verification {
  const roster = requireRoster(members);
  const chance = seededChance(bounded('seed', options.seed ?? 1, 0xffff_ffff));
  const tried = bounded('membersTried', options.membersTried ?? 64, 4096, 1);
  const drawn = bounded('drawn', options.drawn ?? 16, 4096, 1);
  const ring = make(roster);
  const subject: Subject = {
    members: roster,
    tried: roster.length <= tried ? roster : chance.shuffled(roster).slice(0, tried),
    orders: Array.from({ length: drawn }, () => chance.shuffled(roster)),
    ring,
    make,
  };
  const checks = laws.map(([law, says, trials]) => checked(law, says, trials(subject)));
  const { points: all } = ring.circle;
  return {
    ringId: ring.id,
    isOk: checks.every(({ isHeld }) => isHeld),
    laws: checks,
    sharedPoints: all.reduce((sum, point, i) => sum + Number(i > 0 && point === all[i - 1]), 0),
  };
}

function checked(law: LawName, says: string, trials: Trials): LawCheck {
  let cases = 0;
  for (const broken of trials) {
    cases += 1;
    if (broken !== undefined) return { law, says, isHeld: false, cases, broken };
  }
  return { law, says, isHeld: true, cases };
}

function* oneOwner({ ring }: Subject): Trials {
  const placed = placement(ring);
  const sum = [...placed.counts.values()].reduce((all, count) => all + count, 0);
  yield sum === slotCount ? undefined : `the counts add up to ${sum}`;
  for (let slot = 0; slot < slotCount; slot += 1) {
    const target = placed.target(slot);
    const owner = ring.ownerAt(slotPosition(slot));
    yield target === owner && target !== undefined ? undefined : `slot ${slot}`;
  }
}

function* points({ tried }: Subject): Trials {
  for (const { id, weight: own } of tried) {
    const vnodes = vnodesOf(own);
    const expected = Uint32Array.from({ length: vnodes }, (_, i) => i)
      .reduce<number[]>((all, vnode) => {
        all.push(...pointsOfVnode(id, vnode));
        return all;
      }, [])
      .sort((a, b) => a - b);
    const laid = pointsOf(id, vnodes);
    yield expected.every((point, i) => point === laid[i]) ? undefined : id;
  }
}

function* order({ orders, ring, make }: Subject): Trials {
  for (const members of orders) yield differs(make(members), ring, 'another order');
}

function* history({ orders, ring, members, make }: Subject): Trials {
  for (const way of orders) {
    // Half of them first, the rest one merge later, by way of a ring that lacks others.
    const half = make(way.slice(0, Math.ceil(way.length / 2)));
    const detour = make(way.slice(Math.floor(way.length / 4)), half);
    yield differs(make(members, detour), ring, `by way of ${detour.members.length} members`);
  }
}

function differs(a: Ring, b: Ring, what: string): string | undefined {
  const isSame =
    a.id === b.id &&
    a.circle.points.every((point, i) => point === b.circle.points[i]) &&
    a.circle.owners.every((owner, i) => owner === b.circle.owners[i]);
  return isSame && a.circle.points.length === b.circle.points.length ? undefined : what;
}

function* join({ tried, members, ring, make }: Subject): Trials {
  const after = placement(ring);
  const shares = ring.shares();
  for (const { id } of tried) {
    const without = make(
      members.filter((member) => member.id !== id),
      ring,
    );
    const slots = slotDiff(placement(without), after);
    const diff = without.diff(ring);
    const isMinimal = slots.length === after.counts.get(id) && diff.moved === shares.get(id);
    const isOwn = slots.every(({ to }) => to === id) && diff.moves.every(({ to }) => to === id);
    yield isMinimal && isOwn ? undefined : id;
  }
}

function* leave({ tried, members, ring, make }: Subject): Trials {
  const before = placement(ring);
  for (const { id } of tried) {
    const without = make(
      members.filter((member) => member.id !== id),
      ring,
    );
    const slots = slotDiff(before, placement(without));
    const isOwn =
      slots.length === before.counts.get(id) &&
      slots.every(({ slot, from, to }) => from === id && to === before.successor(slot));
    yield isOwn && ring.diff(without).moves.every(({ from }) => from === id) ? undefined : id;
  }
}

function* weight({ tried, members, ring, make }: Subject): Trials {
  for (const { id, weight: own } of tried) {
    for (const factor of [0.5, 2]) {
      const changed = Math.min(100, own * factor);
      const other = make(
        members.map((member) => (member.id === id ? { ...member, weight: changed } : member)),
        ring,
      );
      const { moves } = ring.diff(other);
      const isOwn = moves.every(({ from, to }) => (factor < 1 ? from : to) === id);
      yield isOwn ? undefined : `${id} from ${own} to ${changed}`;
    }
  }
}

function* prefix({ tried }: Subject): Trials {
  for (const { id, weight: own } of tried) {
    const vnodes = vnodesOf(own);
    const more = new Set(pointsOf(id, Math.min(16_000, vnodes * 2)));
    const isPrefix = pointsOf(id, vnodes).every((point) => more.has(point ?? nobody));
    yield isPrefix ? undefined : id;
  }
}
