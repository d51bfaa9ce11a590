/** Users in the places that a strategy gives them, and what changes from one layout to the next. */
import { type Circle, nobody } from '../circle.ts';
import { diffOf } from '../diff.ts';
import { circleSize } from '../hash.ts';
import { capacityOf } from './roster.ts';
import type { Layout, Strategy } from './strategies/strategy.ts';
import type { SimulatedMember } from './types.ts';
import type { UserColumns } from './user-columns.ts';

/** Which users are put through: every `stride`-th. */
export interface Crowd {
  readonly columns: UserColumns;
  readonly stride: number;
  readonly users: number;
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
  { columns, stride, users }: Crowd,
  before?: Layout,
): Seating {
  const layout = strategy.layOut(members, before);
  const seats = new Uint16Array(users);
  const loads = {
    users: new Float64Array(members.length),
    connections: new Float64Array(members.length),
  };
  const { placesBy } = strategy;
  columns.each((hash, md5, connections, index) => {
    if (index % stride !== 0) return;
    const number = index / stride;
    const seat = layout.place(placesBy === 'crc32' ? hash : placesBy === 'md5' ? md5 : number);
    seats[number] = seat;
    loads.users[seat] = (loads.users[seat] ?? 0) + 1;
    loads.connections[seat] = (loads.connections[seat] ?? 0) + connections;
  });
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
  crowd.columns.each((_hash, _md5, connections, index) => {
    if (index % crowd.stride !== 0) return;
    const from = before.seats[index / crowd.stride] ?? nobody;
    const to = after.seats[index / crowd.stride] ?? nobody;
    if (toAfter[from] === to) return;
    moved.users += 1;
    moved.connections += connections;
    if (isTouched.before[from] === true || isTouched.after[to] === true) return;
    collateral.users += 1;
    collateral.connections += connections;
  });
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
