/**
 * The ownership table: slot → (owner, term, copies, epoch). Immutable; unchanged entries keep
 * their identity from version to version, so that a difference is found by comparing references.
 *
 * Meaning of `copies`: every record that ever had an effect in this epoch is in the log of each
 * of them. That sentence carries the promise; rules C1–C12 keep it true.
 */
import { assert, type BootId, type Slot, type Term } from '../base/index.ts';

export interface Entry {
  /** '' = never owned. */
  readonly owner: BootId;
  readonly term: Term;
  /** Owner included; one or two, none while never owned. */
  readonly copies: readonly BootId[];
  /** Identity of the slot's log; 0 while never owned. */
  readonly epoch: number;
}

export const unowned: Entry = Object.freeze({ owner: '', term: 0, copies: [], epoch: 0 });

export type Changes = ReadonlyMap<Slot, Entry>;

export interface Table {
  readonly entries: readonly Entry[];
}

export function emptyTable(slotCount: number): Table {
  return { entries: new Array<Entry>(slotCount).fill(unowned) };
}

/** The next table; entries outside `changes` stay the same objects. */
export function withChanges(table: Table, changes: Changes): Table {
  if (changes.size === 0) return table;
  const entries = table.entries.slice();
  for (const [slot, entry] of changes) {
    assert(slot >= 0 && slot < entries.length, `change of slot ${slot} of ${entries.length}`);
    entries[slot] = entry;
  }
  return { entries };
}
