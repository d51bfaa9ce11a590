/**
 * What the ring simulator is asked: members, a scenario of changes, thresholds. The answers are
 * in results.ts. Everything here is plain JSON, so that a scenario file, a plan and a report hold
 * these types as they are.
 *
 * The engine is pure: it reads no file, prints nothing, knows no time; the same input and seed
 * give the same answer, to the last bit.
 */
import type { Member } from '../members.ts';

/** A worker as the simulator sees it. */
export interface SimulatedMember extends Member {
  /**
   * Share of the load that this worker should carry against the others; its weight by default.
   * They differ where a weight was fitted to even out the ring (`optimizeBalance`): then the
   * weight says how many virtual nodes, the capacity what is fair.
   */
  readonly capacity?: number | undefined;
  /** Rack, data centre, availability zone: what is lost as one. */
  readonly zone?: string | undefined;
}

/** What happens to members at one instant. Ids are those of members that are there by then. */
export type MemberChange =
  | {
      readonly kind: 'add';
      readonly count: number;
      /** Of each newcomer; 1 by default. */
      readonly weight?: number | undefined;
      /** Of all of them; by default each joins the zone with the fewest members. */
      readonly zone?: string | undefined;
    }
  | { readonly kind: 'join'; readonly members: readonly SimulatedMember[] }
  /** Planned: drained, then gone. */
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  /** Gone at once; nothing can be copied from it any more. */
  | { readonly kind: 'crash'; readonly ids: readonly string[] }
  /** All members of a zone crash together. */
  | { readonly kind: 'zone-loss'; readonly zone: string }
  /** New weights; the capacity follows where none was given. */
  | { readonly kind: 'weight'; readonly weights: Readonly<Record<string, number>> };

/** One entry of a scenario. It becomes no step (surveys), one or many (deploy, autoscale). */
export type Change =
  | MemberChange
  /** Several changes in one move: no key moves twice. */
  | { readonly kind: 'round'; readonly changes: readonly MemberChange[] }
  /** Each member leaves and comes back under its id, `atOnce` (1) together, in the order given. */
  | { readonly kind: 'rolling-deploy'; readonly atOnce?: number | undefined }
  /** To `from` members, then `by` at a time to `to`; downwards the latest leave first. */
  | {
      readonly kind: 'autoscale';
      readonly from: number;
      readonly to: number;
      readonly by: number;
    }
  /** What if any one member crashed: a survey, which changes nothing. */
  | { readonly kind: 'any-one' }
  /** What if any two members crashed together: every pair is tried. */
  | { readonly kind: 'any-two' };

export type Scenario = readonly Change[];

/** What is counted. `slots` needs no users. */
export type Measure = 'slots' | 'users' | 'connections' | 'eventsPerS';

/** The four measures of anything. */
export type Quantities = Readonly<Record<Measure, number>>;

/** Where "too much" begins; what is left out is not judged. */
export interface Thresholds {
  /**
   * Largest fraction of users (0.25 = 25 %; of slots without users) that one step may move.
   * Crashes are not judged by it: they are not the operator's choice.
   */
  readonly maxMoved?: number | undefined;
  /**
   * Largest load of a worker ÷ its fair share, by `measure`, after any step and, in surveys,
   * after the worst crash.
   */
  readonly maxImbalance?: number | undefined;
}

/** What the bill of a move is reckoned with. Bytes and rates are the operator's to correct. */
export interface BillRates {
  /** Retained log and state of one user. Default 4 KiB. */
  readonly bytesPerUser: number;
  /** What the owner keeps of one session. Default 256. */
  readonly bytesPerSession: number;
  /** Used slots of one worker that are sealed at once (`movesMax`). Default 64. */
  readonly movesMax: number;
  /** Bytes of one message to a copy (`copyBatchBytesMax`). Default 256 KiB. */
  readonly copyBatchBytesMax: number;
  /** Longest drain of a worker (`drainTimeoutMs`); a longer bill is flagged. Default 30 s. */
  readonly drainTimeoutMs: number;
  /** From sealing a slot to serving it elsewhere: what its users feel. Default 10 ms. */
  readonly movePauseMs: number;
  /** The same when a worker is lost without notice. Default 500 ms. */
  readonly crashPauseMs: number;
  /** What a worker sends or takes besides its work. Default 50 MB/s. */
  readonly copyBytesPerS: number;
  /** In a system that closes sockets: connections that a worker accepts. Default 1,000/s. */
  readonly acceptsPerS: number;
  /** … and how far its clients spread their return. Default 5 s. */
  readonly reconnectSpreadS: number;
  /** … and CPU of one accepted handshake with TLS. Default 1.5 ms. */
  readonly handshakeCpuMs: number;
  /** Connections moved per second if the move is paced. Default 1,000. */
  readonly pacePerS: number;
}

/** What is judged and reckoned besides what moves. */
export interface SimulationOptions {
  readonly thresholds?: Thresholds | undefined;
  /** What balance is judged by. Default `connections`, `slots` without users. */
  readonly measure?: Measure | undefined;
  readonly rates?: Partial<BillRates> | undefined;
}

/** Bounds of one simulation; each refusal names its bound. */
export const simulationLimits = Object.freeze({
  /** Steps of a time line after deploys and autoscaling are spelt out. */
  stepsMax: 4_096,
  /** Steps × members: what a result holds, some 400 bytes each. */
  workerRowsMax: 1_048_576,
  /** Members that a survey of all pairs takes; its time grows with their square. */
  pairMembersMax: 512,
  /** Users of one load. Twelve bytes each if their hashes are kept, else none. */
  usersMax: 50_000_000,
  /** Ids kept when asked for. */
  keptKeysMax: 5_000_000,
  /** Hot keys. */
  hotKeysMax: 1_000,
});
