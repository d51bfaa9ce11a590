/** Users in the places that a strategy gives them, and what changes from one layout to the next. */
import { type Circle, nobody } from '../circle.ts';
import { diffOf } from '../diff.ts';
import { circleSize } from '../hash.ts';
import { capacityOf } from './roster.ts';
import type { Layout, Strategy } from './strategies/strategy.ts';
import type { SimulatedMember } from './types.ts';
import type { UserColumns } from './user-columns.ts';

/** The users that are put through: one entry each, in the order of the load. */
export interface Crowd {
  readonly users: number;
  /** What they are placed by; `order` is their number. */
  readonly keys: Readonly<Record<Strategy['placesBy'], Uint32Array>>;
  readonly connections: Uint32Array;
}

/** Every `stride`-th user of the load. */
export function crowdOf(columns: UserColumns, stride: number): Crowd {
  const users = Math.ceil(columns.count / stride);
  const crowd = {
    users,
    keys: {
      crc32: new Uint32Array(users),
      md5: new Uint32Array(users),
      order: Uint32Array.from({ length: users }, (_, number) => number),
    },
    connections: new Uint32Array(users),
  };
  columns.each((hash, md5, connections, index) => {
    if (index % stride !== 0) return;
    const number = index / stride;
    crowd.keys.crc32[number] = hash;
    crowd.keys.md5[number] = md5;
    crowd.connections[number] = connections;
  });
  return crowd;
}

export interface Seating {
  readonly layout: Layout;
  /** Of each user the index of its member. */
  readonly seats: Uint16Array;
  readonly loads: { readonly users: Float64Array; readonly connections: Float64Array };
}

/** Busiest ÷ fair. */
export interface PlacedBalance {
  readonly users: number;
  readonly connections: number;
}

export interface PlacedMoves {
  readonly users: number;
  readonly connections: number;
}

/** Fractions of the circle, exact. */
export interface CircleMoves {
  readonly moved: number;
  readonly minimum: number;
  readonly collateral: number;
}

export interface PlacedChange {
  readonly moved: PlacedMoves;
  readonly minimum: PlacedMoves;
  readonly collateral: PlacedMoves;
  readonly circle?: CircleMoves;
}

export function seated(
  strategy: Strategy,
  members: readonly SimulatedMember[],
  crowd: Crowd,
  before?: Layout,
): Seating {
  const layout = strategy.layOut(members, before);
  const seats = new Uint16Array(crowd.users);
  const loads = {
    users: new Float64Array(members.length),
    connections: new Float64Array(members.length),
  };
  const keys = crowd.keys[strategy.placesBy];
  for (let user = 0; user < seats.length; user += 1) {
    const seat = layout.place(keys[user] ?? 0);
    seats[user] = seat;
    loads.users[seat] = (loads.users[seat] ?? 0) + 1;
    loads.connections[seat] = (loads.connections[seat] ?? 0) + (crowd.connections[user] ?? 0);
  }
  return { layout, seats, loads };
}

export function balanceOf({ layout, loads }: Seating): PlacedBalance {
  const { members } = layout;
  const capacity = members.reduce((sum, member) => sum + capacityOf(member), 0);
  const worst = (column: Float64Array): number => {
    const total = column.reduce((sum, each) => sum + each, 0);
    if (total === 0) return 0;
    return Math.max(
      ...members.map((member, i) => ((column[i] ?? 0) / total / capacityOf(member)) * capacity),
    );
  };
  return { users: worst(loads.users), connections: worst(loads.connections) };
}

export function changeOf(before: Seating, after: Seating, crowd: Crowd): PlacedChange {
  const toAfter = indexesAfter(before.layout, after.layout);
  const isTouched = touchedOf(before.layout, after.layout, toAfter);
  const moved = { users: 0, connections: 0 };
  const collateral = { users: 0, connections: 0 };
  for (let user = 0; user < crowd.users; user += 1) {
    const from = before.seats[user] ?? 0;
    const to = after.seats[user] ?? 0;
    if (toAfter[from] === to) continue;
    const connections = crowd.connections[user] ?? 0;
    moved.users += 1;
    moved.connections += connections;
    if (isTouched.before[from] === true || isTouched.after[to] === true) continue;
    collateral.users += 1;
    collateral.connections += connections;
  }
  const minimum = {
    users: leastOf(before.loads.users, after.loads.users, toAfter, isTouched),
    connections: leastOf(before.loads.connections, after.loads.connections, toAfter, isTouched),
  };
  const circle = circleChange(before.layout, after.layout, toAfter, isTouched);
  return { moved, minimum, collateral, ...(circle === undefined ? {} : { circle }) };
}

interface Touched {
  readonly before: readonly boolean[];
  readonly after: readonly boolean[];
}

/** Of each member before its index after, or −1. */
function indexesAfter(before: Layout, after: Layout): readonly number[] {
  const indexes = new Map(after.members.map(({ id }, index) => [id, index]));
  return before.members.map(({ id }) => indexes.get(id) ?? -1);
}

function touchedOf(before: Layout, after: Layout, toAfter: readonly number[]): Touched {
  const isSame = (index: number): boolean =>
    before.members[index]?.weight === after.members[toAfter[index] ?? -1]?.weight;
  const touchedBefore = before.members.map((_, index) => !isSame(index));
  const untouched = new Set(toAfter.filter((_, index) => isSame(index)));
  return {
    before: touchedBefore,
    after: after.members.map((_, index) => !untouched.has(index)),
  };
}

/** What the touched gain, or lose, whichever is more: one move can serve both. */
function leastOf(
  before: Float64Array,
  after: Float64Array,
  toAfter: readonly number[],
  isTouched: Touched,
): number {
  let gained = 0;
  let lost = 0;
  const seen = new Set<number>();
  toAfter.forEach((to, from) => {
    seen.add(to);
    if (isTouched.before[from] !== true) return;
    const change = (after[to] ?? 0) - (before[from] ?? 0);
    if (change > 0) gained += change;
    else lost -= change;
  });
  after.forEach((load, to) => {
    if (!seen.has(to)) gained += load;
  });
  return Math.max(gained, lost);
}

function circleChange(
  before: Layout,
  after: Layout,
  toAfter: readonly number[],
  isTouched: Touched,
): CircleMoves | undefined {
  if (before.circle === undefined || after.circle === undefined) return undefined;
  const diff = diffOf(
    { members: before.members, circle: before.circle },
    { members: after.members, circle: after.circle },
  );
  const touched = new Set([
    ...before.members.filter((_, i) => isTouched.before[i]).map(({ id }) => id),
    ...after.members.filter((_, i) => isTouched.after[i]).map(({ id }) => id),
  ]);
  const strays = diff.moves.filter(
    ({ from = '', to = '' }) => !touched.has(from) && !touched.has(to),
  );
  return {
    moved: diff.moved,
    minimum: leastOf(
      sharesOf(before.circle, before.members.length),
      sharesOf(after.circle, after.members.length),
      toAfter,
      isTouched,
    ),
    collateral: strays.reduce((sum, { share }) => sum + share, 0),
  };
}

/** The fraction of the circle of each owner. */
export function sharesOf({ points, owners }: Circle, count: number): Float64Array {
  const shares = new Float64Array(count);
  let previous = (points[points.length - 1] ?? 0) - circleSize;
  for (let i = 0; i < points.length; i += 1) {
    const owner = owners[i] ?? nobody;
    shares[owner] = (shares[owner] ?? 0) + ((points[i] ?? 0) - previous) / circleSize;
    previous = points[i] ?? 0;
  }
  return shares;
}
