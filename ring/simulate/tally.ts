/** The four measures of many things at once: one column each, summed by index. */
import type { SlotLoad } from './load.ts';
import type { Measure, Quantities } from './types.ts';

export const measures = Object.freeze([
  'slots',
  'users',
  'connections',
  'eventsPerS',
] as const satisfies readonly Measure[]);

export const nothing: Quantities = Object.freeze({
  slots: 0,
  users: 0,
  connections: 0,
  eventsPerS: 0,
});

/** A quantity for each measure. */
export function quantitiesOf(of: (measure: Measure) => number): Quantities {
  return {
    slots: of('slots'),
    users: of('users'),
    connections: of('connections'),
    eventsPerS: of('eventsPerS'),
  };
}

/** Part ÷ whole of each measure; 0 where there is no whole. */
export function fractionsOf(part: Quantities, whole: Quantities): Quantities {
  return quantitiesOf((measure) => (whole[measure] === 0 ? 0 : part[measure] / whole[measure]));
}

export class Tally {
  readonly slots: Float64Array;
  readonly users: Float64Array;
  readonly connections: Float64Array;
  readonly eventsPerS: Float64Array;

  constructor(size: number) {
    this.slots = new Float64Array(size);
    this.users = new Float64Array(size);
    this.connections = new Float64Array(size);
    this.eventsPerS = new Float64Array(size);
  }

  /** Adds what lies on `slot` to the entry at `index`. */
  addSlot(index: number, load: SlotLoad, slot: number): void {
    // Spelt out: this is what a simulation does most.
    const { slots, users, connections, eventsPerS } = this;
    slots[index] = (slots[index] ?? 0) + (load.slots[slot] ?? 0);
    users[index] = (users[index] ?? 0) + (load.users[slot] ?? 0);
    connections[index] = (connections[index] ?? 0) + (load.connections[slot] ?? 0);
    eventsPerS[index] = (eventsPerS[index] ?? 0) + (load.eventsPerS[slot] ?? 0);
  }

  add(index: number, more: Quantities): void {
    for (const measure of measures) {
      const column = this[measure];
      column[index] = (column[index] ?? 0) + more[measure];
    }
  }

  /** Adds what lies on every slot to the entry that `indexes` has for it. */
  addAll(indexes: Uint16Array, load: SlotLoad): void {
    for (const measure of measures) {
      const column = this[measure];
      const added = load[measure];
      for (let slot = 0; slot < indexes.length; slot += 1) {
        const index = indexes[slot] ?? 0;
        column[index] = (column[index] ?? 0) + (added[slot] ?? 0);
      }
    }
  }

  at(index: number): Quantities {
    return quantitiesOf((measure) => this[measure][index] ?? 0);
  }

  sum(): Quantities {
    return quantitiesOf((measure) => {
      let sum = 0;
      for (const value of this[measure]) sum += value;
      return sum;
    });
  }
}

/** Tallies by a pair of small indexes, for pairs that occur. */
export class PairTally {
  /** In the order in which pairs first occurred. */
  readonly pairs: [first: number, second: number][] = [];
  private readonly indexes = new Map<number, number>();
  private tally = new Tally(64);

  addSlot(first: number, second: number, load: SlotLoad, slot: number): void {
    const name = first * 0x10000 + second;
    let index = this.indexes.get(name);
    if (index === undefined) {
      index = this.pairs.length;
      this.indexes.set(name, index);
      this.pairs.push([first, second]);
      if (index === this.tally.slots.length) this.grow();
    }
    this.tally.addSlot(index, load, slot);
  }

  has(first: number, second: number): boolean {
    return this.indexes.has(first * 0x10000 + second);
  }

  /** Of the pair that occurred as the `index`-th. */
  at(index: number): Quantities {
    return this.tally.at(index);
  }

  valueAt(index: number, measure: Measure): number {
    return this.tally[measure][index] ?? 0;
  }

  private grow(): void {
    const wider = new Tally(this.tally.slots.length * 4);
    for (const measure of measures) wider[measure].set(this.tally[measure]);
    this.tally = wider;
  }
}
