/**
 * The state of a worker's core: one `WorkerState`, one `SlotState` per slot. The functions of
 * `copies.ts`, `claims.ts`, `moves.ts`, `bindings.ts`, `runs.ts`, `commit.ts` and `outbox.ts`
 * change it in place; `core.ts` dispatches. Nothing here does I/O or reads a clock.
 *
 *                 entry names me, higher term (C9)
 *   none / copy ────────────────────────────────────► serving ──target caught up──► sealing
 *        ▲                                             ▲   ▲                           │ runs ended
 *        │ entry or message with a higher term         │   └── unseal (C7) ── sealed ◄─┘
 *        └─────────────────────────────────────────────┴──────────────────────┘
 */
import type { BootId, Idx, KeyEpoch, Offset, Slot, Term } from '../base/index.ts';
import type { Changes, Entry, View } from '../cluster/index.ts';
import type { Input, LogRecord, SessionRef } from '../link/index.ts';
import type { Placement } from '../ring/index.ts';
import type { CatchUps } from './catch-up.ts';
import type { HandledKinds, WorkerEffect, WorkerLimits } from './core-types.ts';
import type { Memory } from './memory.ts';
import type { SlotLog } from './slot-log.ts';
import type { Staging } from './staging.ts';

export interface WorkerState {
  readonly slotCount: number;
  readonly limits: WorkerLimits;
  readonly handled: HandledKinds;
  readonly plants: ReadonlySet<string>;
  readonly slots: readonly SlotState[];

  nowMs: number;
  wallOffsetMs: number;
  /** Effects of the step under way. */
  effects: WorkerEffect[];

  /** '' before the first registration. */
  me: BootId;
  cluster: string;
  /** My live node exists, as far as I know. */
  isRegistered: boolean;
  /** Table version right after my newest registration. */
  registeredAt: number;
  /** The next view is the first one after a lost session: what names me is claimed again (Z7). */
  mustReclaim: boolean;
  view: View | undefined;
  placement: Placement | undefined;
  ringChangedAtMs: number;

  /** Send time of my newest leader-confirmed operation (rule L1). */
  confirmedAtMs: number;
  /** Newest confirmation of anybody that I heard of, on my own clock (rule L3). */
  heardAtMs: number;

  /** The table change in flight: possibly in force until a newer version was read (rule Z3). */
  pending: PendingChange | undefined;
  readonly peers: Map<BootId, PeerLink>;
  /**
   * Workers whose address refuses connections: to be evicted (rule C11), once on each reading.
   */
  readonly gone: Map<BootId, { readonly sinceMs: number; isTried: boolean }>;
  /** Gateways with sessions in a log, neither in the view nor linked since (rule B8). */
  readonly absentGateways: Map<BootId, number>;
  readonly runs: Map<number, Run>;
  readonly publications: Map<number, { readonly slot: SlotState; readonly idx: Idx }>;

  /** Work left for the end of the step, see `core.ts`. */
  readonly proposals: Map<Slot, Entry>;
  readonly toAppend: Set<SlotState>;
  readonly toConfirm: Set<SlotState>;
  readonly toCommit: Set<SlotState>;
  readonly toPump: Set<SlotState>;
  readonly toReconcile: Set<SlotState>;
  /** Not where they should be, or waiting for a time: visited in turn, some at each tick. */
  readonly unsettled: Set<SlotState>;
  /** Want a table change as soon as one may be sent. */
  readonly ready: Set<SlotState>;
  /** Could be sealed, but for `movesMax`. */
  readonly sealable: Set<SlotState>;
  /** Kept from acting by the lease, or from starting runs: tried again on news and ticks. */
  readonly stalled: Set<SlotState>;
  /** Some that I own and were never used should be others'. */
  hasUnusedToGive: boolean;
  /** Used slots between seal and swap. */
  readonly moving: Set<SlotState>;
  /** Streams that may still be started before the next tick. */
  streamStartsLeft: number;
  /** When the newest table change was sent. */
  changeSentAtMs: number;

  nextStream: number;
  nextToken: number;
  nextPublication: number;
  sweptAtMs: number;
  /** The slot that the sweep comes to next. */
  sweepNext: Slot;
  readonly memory: Memory;
  /** When more keys were overdue than rule H7 takes for stuck ones. */
  manyOverdueAtMs: number;
}

export interface PendingChange {
  readonly base: number;
  readonly changes: Changes;
  readonly evicts: BootId | undefined;
  readonly checks: readonly BootId[];
  sentAtMs: number;
  isSent: boolean;
}

export interface PeerLink {
  readonly role: 'worker' | 'gateway';
  /** undefined while not linked. */
  connection: number | undefined;
  downSinceMs: number;
  pingedAtMs: number;
  /** Send time of the newest `PING` that was answered. */
  answeredAtMs: number;
  /** Of the streams to it: what is under way to make copies level (`catch-up.ts`). */
  readonly catchUps: CatchUps;
}

export interface SlotState {
  readonly slot: Slot;
  /** Highest term seen, in the table or in a message (rule Z4). */
  known: Term;
  /** My copy: a replica's, the owner's own log, or a former owner's. */
  log: SlotLog | undefined;
  /** Highest epoch that I ever held a log of. */
  highestEpoch: number;
  /** The stream that feeds my copy now. */
  source: Source | undefined;
  /** Term of the newest stream or ownership that made my copy (rule C10). */
  sourceTerm: Term;
  staging: Staging | undefined;
  own: Own | undefined;
  /** Term owned, or found in the table, when the last session was lost (rule Z7). */
  lostTerm: Term;
  /** No copy is live, seen so since (rule C1b; restarts when the entry changes or the lease
   * has a gap, rule L8). */
  orphan: { readonly entry: Entry; sinceMs: number } | undefined;
  isHalted: boolean;
}

export interface Source {
  readonly from: BootId;
  readonly term: Term;
  readonly stream: number;
  /** `APPENDED` is owed, and withheld while the lease is out (rule S4). */
  isOwed: boolean;
}

export interface Own {
  readonly term: Term;
  phase: 'serving' | 'sealing' | 'sealed';
  phaseSinceMs: number;
  /** As confirmed by the table (rule C2). */
  copies: readonly BootId[];
  /** As confirmed by the table; 0 while the slot was never used. */
  epoch: number;
  /** Length of the log when it was adopted: no effects below until it is committed (rule C3). */
  readonly adopt: Idx;
  /** Added to my monotonic clock gives the log's time, which stamps the records (rule P7). */
  readonly logTimeOffsetMs: number;
  commit: Idx;
  /** Records from `commit` on. */
  readonly uncommitted: LogRecord[];
  /** By key, how many input records are not committed. */
  readonly uncommittedOf: Map<string, number>;
  readonly streams: Map<BootId, Stream>;
  readonly bindings: Map<BootId, Binding>;
  readonly queues: Map<string, KeyQueue>;
  runCount: number;
  acks: Ack[];
  attaches: Attach[];
  /** No linked candidate for a second copy since; undefined while there is one (rule C8). */
  aloneSinceMs: number | undefined;
  /** Confirmed alone, and allowed to act so. */
  actsAlone: boolean;
  order: readonly string[] | undefined;
  readonly outbox: OutboxState;
  readonly volatileHandled: Map<string, { readonly key: string; readonly n: number }>;
  /** All keys that may have fallen quiet are in `WorkerState.memory`. */
  isQuietKnown: boolean;
}

/** The owner's side of one copy's feed (rule S1). */
export interface Stream {
  readonly stream: number;
  readonly connection: number;
  phase: 'probing' | 'waiting' | 'feeding';
  /** What the peer said that it holds. */
  probed: { readonly epoch: number; readonly length: Idx; readonly lastTerm: Term } | undefined;
  /** The peer was sent everything below. */
  sent: Idx;
  /** The peer holds everything below. */
  acked: Idx;
  /** It answered the snapshot or the first records (rule C5). */
  synced: boolean;
}

export interface Binding {
  readonly gateway: BootId;
  readonly binding: number;
  /** Number of the next input. */
  next: number;
  readonly subscriptions: Map<string, Subscription>;
}

/** One gateway's feed of one key. */
export interface Subscription {
  readonly key: string;
  readonly epoch: KeyEpoch;
  /** First record not covered by a frame yet (rule P2). */
  from: Offset;
  /** Attached sessions with their connection numbers. */
  readonly sessions: Map<string, number>;
}

export interface KeyQueue {
  readonly key: string;
  readonly waiting: QueuedInput[];
  run: Run | undefined;
  /** Runs that overran their deadline since an input was last dealt with at the first attempt. */
  overdueRuns: number;
  /** There were two of them, or more (rule H7). */
  stuck: Stuck | undefined;
}

export interface Stuck {
  readonly sinceMs: number;
  /** Events recorded as failed without a run. */
  refusedCount: number;
}

export interface QueuedInput {
  /** '' for an input of the owner's own making. */
  readonly gateway: BootId;
  readonly binding: number;
  readonly n: number;
  readonly input: Input;
  attempts: number;
}

export interface Run {
  readonly token: number;
  readonly slot: SlotState;
  readonly own: Own;
  readonly queue: KeyQueue;
  readonly queued: QueuedInput;
  readonly startedAtMs: number;
}

/** An `INPUT_ACK` that waits for its record's commit (rules H2, H3). */
export interface Ack {
  readonly idx: Idx;
  readonly gateway: BootId;
  readonly binding: number;
  readonly n: number;
  readonly failure: string;
}

/**
 * A session that waits for its position until all that was in the log when it came is committed
 * (rule C3). What comes after it is its own to see.
 */
export interface Attach {
  readonly gateway: BootId;
  readonly binding: number;
  readonly ref: SessionRef;
  /** The newest record when it came; −1 = none. */
  readonly idx: Idx;
  /** The key's next offset when it came: where it begins if it cannot go on where it stood. */
  readonly head: Offset;
}

export interface OutboxState {
  /** Everything below was published since the last reset. */
  cursor: Idx;
  /** By record, how many of its messages are not confirmed. */
  readonly unconfirmed: Map<Idx, number>;
  /** Confirmed in full, to be struck off by the next record (rule O2). */
  confirmed: Idx[];
  confirmedSinceMs: number;
}

export function emit(state: WorkerState, effect: WorkerEffect): void {
  state.effects.push(effect);
}

export function note(
  state: WorkerState,
  event: string,
  slot?: SlotState,
  fields: Readonly<Record<string, unknown>> = {},
  level: 'info' | 'warn' | 'error' = 'info',
): void {
  if (slot === undefined) emit(state, { kind: 'note', level, event, fields });
  else emit(state, { kind: 'note', level, event, slot: slot.slot, fields });
}

export function entryFor(state: WorkerState, slot: SlotState): Entry | undefined {
  return state.view?.table.entries[slot.slot];
}

/**
 * The confirmed copies and those of a pending change, without myself (rules C2, Z3). A change that
 * this step proposes counts already: what is committed after it was found level is in it, too.
 */
export function otherCopies(state: WorkerState, slot: SlotState, own: Own): readonly BootId[] {
  const change = state.pending?.changes.get(slot.slot) ?? state.proposals.get(slot.slot);
  if (change === undefined) return own.copies.filter((copy) => copy !== state.me);
  return [...new Set([...own.copies, ...change.copies])].filter((copy) => copy !== state.me);
}

export function isLinked(state: WorkerState, peer: BootId): boolean {
  return state.peers.get(peer)?.connection !== undefined;
}
