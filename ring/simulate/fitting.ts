/**
 * The circle as the optimiser needs it: of every member more points than it will keep, in one
 * sorted list, so that the effect of any set of virtual-node counts is read off without sorting
 * again. A member's points for a count are the first ones of its points for a larger count; that
 * is what makes this possible, and it is a law of the ring.
 */
import { hash as digest } from 'node:crypto';
import { nobody } from '../circle.ts';
import { RingError } from '../error.ts';
import { slotCount, slotPosition } from '../hash.ts';

/** Points of all members together, spare ones included: what the packing below can number. */
export const fitPointsMax = 2 ** 21;

export interface FittedMember {
  readonly id: string;
  readonly vnodesMax: number;
}

export class FittingCircle {
  private readonly owners: Uint16Array;
  private readonly vnodes: Uint16Array;
  /** Of each slot the index of the first point at or after its position. */
  private readonly starts: Uint32Array;

  /** `members` ascending by id. @throws RingError `ring.bad_option` */
  constructor(members: readonly FittedMember[]) {
    const count = members.reduce((sum, { vnodesMax }) => sum + vnodesMax * 4, 0);
    if (count > fitPointsMax) {
      throw new RingError(
        'ring.bad_option',
        `fitting ${members.length} members needs ${count} points, more than fitPointsMax ${fitPointsMax}`,
      );
    }
    const owners = new Uint16Array(count);
    const vnodes = new Uint16Array(count);
    // Point and number in one exact integer; numbers rise with ids, so equal points are in order.
    const keys = new Float64Array(count);
    let at = 0;
    members.forEach(({ id, vnodesMax }, owner) => {
      for (let vnode = 0; vnode < vnodesMax; vnode += 1) {
        for (const point of pointsOfVnode(id, vnode)) {
          keys[at] = point * fitPointsMax + at;
          owners[at] = owner;
          vnodes[at] = vnode;
          at += 1;
        }
      }
    });
    keys.sort();
    this.owners = new Uint16Array(count);
    this.vnodes = new Uint16Array(count);
    this.starts = new Uint32Array(slotCount);
    let slot = 0;
    keys.forEach((key, index) => {
      const point = Math.floor(key / fitPointsMax);
      const number = key % fitPointsMax;
      this.owners[index] = owners[number] ?? nobody;
      this.vnodes[index] = vnodes[number] ?? 0;
      for (; slot < slotCount && slotPosition(slot) <= point; slot += 1) this.starts[slot] = index;
    });
  }

  /** Writes the target of each slot, as an index of the members, for these counts. */
  targets(counts: ArrayLike<number>, into: Uint16Array): void {
    const { owners, vnodes, starts } = this;
    const { length } = owners;
    for (let slot = 0; slot < starts.length; slot += 1) {
      let index = starts[slot] ?? 0;
      while ((vnodes[index] ?? 0) >= (counts[owners[index] ?? 0] ?? 0)) {
        index = index + 1 === length ? 0 : index + 1;
      }
      into[slot] = owners[index] ?? nobody;
    }
  }
}

/** The four points of `<id>-<vnode>`, as docs/ring.md has them. */
export function pointsOfVnode(id: string, vnode: number): readonly number[] {
  const text = digest('md5', `${id}-${vnode}`);
  return [0, 8, 16, 24].map((at) => {
    const word = Number.parseInt(text.slice(at, at + 8), 16);
    return (
      ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0
    );
  });
}
