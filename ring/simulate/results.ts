/**
 * What the ring simulator answers: plain JSON throughout, numbers exact where they can be,
 * fractions of 1 (not per cent), lists in a fixed order. Ids of users appear nowhere but in
 * `HotKey`, and only when the load kept them.
 */
import type { BillRates, Change, Measure, Quantities, SimulatedMember } from './types.ts';

export interface Simulation {
  readonly slots: number;
  /** What balance and movement were judged by. */
  readonly measure: Measure;
  /** Totals of the load; `slots` is the number of slots. */
  readonly load: Quantities;
  readonly before: RingState;
  readonly after: RingState;
  readonly steps: readonly StepResult[];
  readonly surveys: readonly Survey[];
  /** The whole time line as if it were one change: what differs between `before` and `after`. */
  readonly net: Movement;
  /** Sums of what every step moves, and of the least that each could have. */
  readonly total: { readonly moved: Quantities; readonly minimum: Quantities };
  /** How often users move over the time line: index = times, value = users. */
  readonly timesMoved: readonly number[];
  readonly hotKeys: readonly HotKey[];
  readonly rates: BillRates;
  readonly verdict: Verdict;
}

/** The ring at one instant. */
export interface RingState {
  readonly ringId: string;
  /** In the order in which they were named or joined. */
  readonly members: readonly SimulatedMember[];
  /** One for each member, in the same order. */
  readonly workers: readonly WorkerLoad[];
  readonly balance: Readonly<Record<Measure, Balance>>;
}

/** A worker at one instant. */
export interface WorkerLoad {
  readonly id: string;
  readonly zone?: string;
  readonly weight: number;
  readonly capacity: number;
  readonly vnodes: number;
  /** Fraction of the circle. */
  readonly circle: number;
  /** Capacity ÷ capacity of all: the fraction of everything that would be fair. */
  readonly fair: number;
  readonly load: Quantities;
  /** Load ÷ fair load, which is × mean with equal capacities. 0 where there is no load at all. */
  readonly timesFair: Quantities;
  /** After the worst crash of one other worker, by the simulation's measure; unless alone. */
  readonly afterWorstCrash?: {
    readonly crashed: string;
    readonly load: Quantities;
    /** By the measure, against the fair load among those who are left. */
    readonly timesFair: number;
  };
}

/** How evenly one measure lies on the workers, as load ÷ fair load. */
export interface Balance {
  /** The busiest worker and how busy it is; the first by id of equals. Empty without load. */
  readonly busiest: string;
  readonly max: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Standard deviation. */
  readonly deviation: number;
  /**
   * The `max` that a perfect hash would be expected to show for as many users of these sizes:
   * what lies below it is luck. 1 for slots.
   */
  readonly floor: number;
}

/** What moves when one ring becomes another. */
export interface Movement {
  readonly moved: Quantities;
  /** `moved` ÷ all; 0 where there is nothing. `slots` is the exact fraction of all keys. */
  readonly fraction: Quantities;
  /** Exact fraction of the circle, finer than slots. */
  readonly circle: number;
  /**
   * The least that any placement could move so that the workers that joined, left or changed
   * weight end up with the load that they end up with.
   */
  readonly minimum: Quantities;
  /** What would move between rings without any luck: from fair share to fair share (fraction). */
  readonly evenFraction: number;
  /** Moved between two workers neither of which joined, left or changed weight. 0 on this ring. */
  readonly collateral: Quantities & { readonly circle: number };
  /** Who → whom, by `from`, then `to`. */
  readonly flows: readonly Flow[];
  /** Who takes the most by the measure; undefined if nothing moves. */
  readonly heaviestHeir?: {
    readonly id: string;
    readonly in: Quantities;
    /** Of all that moves, by the measure. */
    readonly fraction: number;
    /** In ÷ what it would take if all newcomers (without any, all members) shared by capacity. */
    readonly timesFair: number;
  };
}

export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly moved: Quantities;
  /** Exact fraction of the circle. */
  readonly circle: number;
}

export type WorkerFate = 'stayed' | 'joined' | 'left' | 'crashed' | 'reweighted';

/** What a step does to one worker; of those who leave, too. */
export interface WorkerStep {
  readonly id: string;
  readonly fate: WorkerFate;
  readonly before: Quantities;
  readonly after: Quantities;
  readonly in: Quantities;
  readonly out: Quantities;
}

/** One change of membership in the time line. */
export interface StepResult {
  /** From 1. */
  readonly step: number;
  /** One line, such as `add w-11` or `deploy 3/10: w-3 leaves`. */
  readonly label: string;
  /** The entry of the scenario that it comes from, and its index there. */
  readonly change: Change;
  readonly changeIndex: number;
  /** `crash` if any worker was lost without notice. */
  readonly cause: 'planned' | 'crash';
  readonly movement: Movement;
  readonly workers: readonly WorkerStep[];
  readonly after: RingState;
  readonly bill: Bill;
}

/** What a step costs here, and in a system that closes the sockets of moved users. */
export interface Bill {
  readonly handover: {
    /** Sockets closed: none. */
    readonly closed: 0;
    readonly connections: number;
    readonly usedSlots: number;
    /** Copied before slots move: the new owner did not hold them as replica. */
    readonly bytesBefore: number;
    /** Copied afterwards, for second copies in their new place. */
    readonly bytesAfter: number;
    /** Messages that carry both. */
    readonly messages: number;
    /** Longest rounds of sealing of one worker, `movesMax` slots each. */
    readonly rounds: number;
    /** Until the last slot has moved: the slowest worker's bytes, then its rounds. */
    readonly seconds: number;
    /** … and until every second copy is in its new place. */
    readonly secondsToCopies: number;
    /** What one moved user feels. */
    readonly pauseMs: number;
    /** Users both of whose copies were lost at once: told `recovered: false`. */
    readonly usersLost: number;
    /** A leaving worker needs longer than `drainTimeoutMs`. */
    readonly isDrainTooLong: boolean;
    /** At `pacePerS` connections per second. */
    readonly pacedSeconds: number;
  };
  readonly reconnects: {
    /** Sockets closed: all that move. */
    readonly closed: number;
    /** Connections per second at the heaviest heir while clients come back. */
    readonly heirPerS: number;
    readonly heaviestHeir: string;
    /** Until the heaviest heir has accepted all of its own at `acceptsPerS`. */
    readonly seconds: number;
    /** CPU seconds for handshakes, over all workers. */
    readonly cpuSeconds: number;
  };
}

/** What would happen if any one or any two members crashed. */
export interface Survey {
  readonly kind: 'any-one' | 'any-two';
  readonly changeIndex: number;
  /** After how many steps; 0 = before the first. */
  readonly afterStep: number;
  /** How many crashes were tried: all of them. */
  readonly cases: number;
  /** The worst by load ÷ fair load; undefined with too few members for any. */
  readonly worst?: CrashCase;
  /** The ten worst, worst first. */
  readonly worstCases: readonly CrashCase[];
  /** Mean of `timesFair` over all cases. */
  readonly mean: number;
}

export interface CrashCase {
  readonly crashed: readonly string[];
  readonly busiest: string;
  /** Load of the busiest by the measure, and ÷ its fair load among those who are left. */
  readonly load: number;
  readonly timesFair: number;
  /** Users whose two copies were on the crashed (any-two only). */
  readonly usersLost: number;
}

export interface HotKey {
  /** Undefined unless the load keeps ids of hot keys. */
  readonly key?: string;
  readonly hash: number;
  readonly slot: number;
  readonly connections: number;
  readonly eventsPerS: number;
  readonly ownerBefore: string;
  readonly ownerAfter: string;
  /** Of its owner's load at the end: connections and events. */
  readonly ofOwner: { readonly connections: number; readonly eventsPerS: number };
  /** Its connections (or events if more) ÷ a fair worker's: above 1 no placement helps. */
  readonly ofFairWorker: number;
}

export interface Verdict {
  readonly isOk: boolean;
  /** Why not; empty if ok. In the order of steps. */
  readonly reasons: readonly VerdictReason[];
  /** Largest fraction of users (slots without users) that a planned step moves. */
  readonly worstMoved: number;
  /** Largest load ÷ fair load after any step, in the beginning, and in the end. */
  readonly worstImbalance: number;
  readonly imbalanceBefore: number;
  readonly imbalanceAfter: number;
}

export interface VerdictReason {
  readonly code: 'moved' | 'imbalance' | 'imbalance-after-crash' | 'collateral';
  /** 0 = before any step. */
  readonly step: number;
  readonly value: number;
  readonly limit: number;
}
