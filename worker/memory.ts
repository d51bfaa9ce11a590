/**
 * What a worker knows of the memory that its logs take, those it owns and the copies that it
 * keeps for others; and of the keys that nobody uses, which go first when it is too much.
 */
import type { BootId, Slot, Term } from '../base/index.ts';

export interface Memory {
  /** Estimate of all logs held here, kept up to date with every record. */
  heldBytes: number;
  /** Keys of owned slots that were not in use when last looked at, the longest unused first. */
  readonly quiet: Map<string, Quiet>;
  /** By worker that holds too much, me included: bytes still to be shed from what it copies. */
  readonly wanted: Map<BootId, number>;
  /** Of these workers: everything was tried, and it was not enough. */
  readonly full: Set<BootId>;
  pass: ShedPass | undefined;
  askedAtMs: number;
  notedAtMs: number;
  /** Slots where somebody waits for a key to be born. */
  readonly waiting: Set<Slot>;
  readonly counts: MemoryCounts;
}

/** A key without sockets and work, in a slot that is still owned in the same term. */
export interface Quiet {
  readonly slot: Slot;
  readonly term: Term;
  readonly sinceMs: number;
}

/** Going through quiet keys, then through the slots at ever higher levels. */
export interface ShedPass {
  /** Younger ones stay. */
  readonly quietSinceMs: number;
  readonly keys: Iterator<[string, Quiet]>;
  /** 0: keys are forgotten; from 1 on: windows are shortened, by half each time. */
  level: number;
  nextSlot: Slot;
}

/** Totals since the start. */
export interface MemoryCounts {
  /** Keys forgotten because nobody had used them for `retentionMs`. */
  evictedIdle: number;
  /** Keys forgotten before that, for want of memory. */
  evictedForMemory: number;
  /** Times a slot's windows were shortened. */
  trims: number;
  /** Events refused, because they would have given birth to a key. */
  refusedEvents: number;
  /** Sessions made to wait for that. */
  delayedSessions: number;
}

/** For metrics, readiness and status. */
export interface MemoryReport extends MemoryCounts {
  readonly heldBytes: number;
  readonly bytesMax: number;
  /** New keys are refused in some slots. */
  readonly isFull: boolean;
}

export function newMemory(): Memory {
  return {
    heldBytes: 0,
    quiet: new Map(),
    wanted: new Map(),
    full: new Set(),
    pass: undefined,
    askedAtMs: Number.NEGATIVE_INFINITY,
    notedAtMs: Number.NEGATIVE_INFINITY,
    waiting: new Set(),
    counts: {
      evictedIdle: 0,
      evictedForMemory: 0,
      trims: 0,
      refusedEvents: 0,
      delayedSessions: 0,
    },
  };
}
