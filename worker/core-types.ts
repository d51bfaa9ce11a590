/**
 * The worker's step function seen from outside: what goes in, what comes out. The shell
 * (`worker.ts`) and the fault simulator (`test/sim`) run the same core through these types.
 * `step` never throws on what other processes say, does no I/O and reads no clock.
 */
import type { BootId, Idx, Slot } from '../base/index.ts';
import type { Changes, View } from '../cluster/index.ts';
import type { Bytes, Input, LinkMessage, Outward, Push, Reply } from '../link/index.ts';

/** Which inputs an application handles itself; the others get the built-in treatment. */
export interface HandledKinds {
  /** No: an event is pushed to the key's sockets. */
  readonly event: boolean;
  /** No: a client message goes to backends as `message.<key>`. */
  readonly message: boolean;
  /** No: nothing is recorded. */
  readonly open: boolean;
  readonly close: boolean;
  /** Client messages skip the log (amendment A2). */
  readonly volatile: boolean;
}

/** What a handler did; limits are checked by the shell before it comes here. */
export type RunOutcome =
  | {
      readonly kind: 'returned';
      readonly pushes: readonly Push[];
      readonly replies: readonly Reply[];
      /** undefined = unchanged. */
      readonly state: Bytes | undefined;
      readonly outward: readonly Outward[];
    }
  /** It threw, rejected, or returned nonsense: recorded as failed, not tried again. */
  | { readonly kind: 'failed'; readonly reason: string };

export type WorkerInput =
  /** My live node exists, for the first time or again after `session.lost`. */
  | {
      readonly kind: 'registered';
      readonly boot: BootId;
      readonly cluster: string;
      /** Table version right after the registration (rules Z6, Z7). */
      readonly tableVersion: number;
    }
  | { readonly kind: 'view'; readonly view: View }
  /** A leader-confirmed operation that checked my own live node was answered (rule L1). */
  | { readonly kind: 'confirmed'; readonly sentAtMs: number }
  | { readonly kind: 'session.lost' }
  /** A link was refused because the other side has another cluster id (rule L7). */
  | { readonly kind: 'foreign.cluster' }
  /** The compare-and-set in flight was answered, or its answer got lost. */
  | { readonly kind: 'table.answered'; readonly outcome: 'done' | 'refused' | 'unknown' }
  | {
      readonly kind: 'linked';
      readonly peer: BootId;
      readonly role: 'worker' | 'gateway';
      /** Rises with each connection to this peer; streams die with it (rule S1). */
      readonly connection: number;
    }
  | { readonly kind: 'unlinked'; readonly peer: BootId; readonly connection: number }
  /** The peer's address refuses connections after its link broke: the process is gone (C11). */
  | { readonly kind: 'gone'; readonly peer: BootId }
  | {
      readonly kind: 'message';
      readonly peer: BootId;
      readonly connection: number;
      readonly message: LinkMessage;
    }
  | { readonly kind: 'ran'; readonly token: number; readonly outcome: RunOutcome }
  /** The bus confirmed this outward message. */
  | { readonly kind: 'published'; readonly publication: number }
  /** The bus lost its channel: what is unconfirmed goes out again, oldest first (rule O3). */
  | { readonly kind: 'publish.reset' }
  | { readonly kind: 'tick' };

/** A younger boot of my id lives; or other data stands in ZooKeeper's place (rule W2). */
export type ExitCode = 'worker.superseded' | 'worker.data_replaced';

export type WorkerEffect =
  | { readonly kind: 'send'; readonly peer: BootId; readonly message: LinkMessage }
  /** Compare-and-set of the table; answer with `table.answered`, whatever happens. */
  | { readonly kind: 'table'; readonly base: number; readonly changes: Changes }
  /** Rule C11, one multi-operation: these exist, this change, and those are removed. */
  | {
      readonly kind: 'evict';
      readonly base: number;
      readonly changes: Changes;
      readonly checks: readonly BootId[];
      readonly removes: readonly BootId[];
    }
  /** Read ZooKeeper at once: somebody knows more than I do. */
  | { readonly kind: 'read' }
  | {
      readonly kind: 'run';
      readonly token: number;
      readonly slot: Slot;
      readonly input: Input;
      /** Stable over every attempt: the handler's idempotency id. */
      readonly inputId: string;
      readonly state: Bytes | undefined;
      readonly isVolatile: boolean;
      /** The session's authenticated subject; '' for events, or when the log does not know it. */
      readonly user: string;
    }
  /** The run's context is to refuse everything from now on (rule H4). */
  | { readonly kind: 'revoke'; readonly token: number }
  | {
      readonly kind: 'publish';
      /** Answer with `published` and this number. */
      readonly publication: number;
      readonly id: string;
      readonly outward: Outward;
    }
  /** This process must end: what it holds counts for nothing any more. */
  | { readonly kind: 'exit'; readonly code: ExitCode; readonly reason: string }
  /** A transition, for the log and the metrics; constant names. */
  | {
      readonly kind: 'note';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly slot?: Slot;
      readonly fields?: Readonly<Record<string, unknown>>;
    };

export interface WorkerLimits {
  readonly sessionTimeoutMs: number;
  /** Leases count for two thirds of the session timeout. */
  readonly leaseMs: number;
  readonly slackMs: number;
  readonly pingWindowMs: number;
  readonly pingIntervalMs: number;
  readonly holdOffMs: number;
  readonly degradeAfterMs: number;
  readonly settleMs: number;
  /** A worker's turn at moves that can wait; 0 = no turns. */
  readonly moveTurnMs: number;
  readonly handlerDeadlineMs: number;
  /** Events that wait for stuck keys, all of them together (rule H7). */
  readonly stuckEventsMax: number;
  /** More overdue keys than this are no stuck keys but an outage: nothing is refused. */
  readonly stuckKeysMax: number;
  /** Longest wait for running handlers at a seal. */
  readonly sealWaitMs: number;
  readonly unsealAfterMs: number;
  readonly strikeAfterMs: number;
  readonly gatewayGoneMs: number;
  /** Idle time after which an offline key is forgotten. */
  readonly retentionMs: number;
  readonly retentionEventsMax: number;
  readonly retentionBytesMax: number;
  readonly idsPerKeyMax: number;
  /** Estimated bytes of all logs that this worker holds, its own and others'. */
  readonly memoryBytesMax: number;
  readonly handledPerKeyMax: number;
  /** Used slots that may be moving at once; never-used ones move in bulk. */
  readonly movesMax: number;
  readonly outboxPerSlotMax: number;
  /** Records kept for continuing a copy without a snapshot. */
  readonly tailRecordsMax: number;
  readonly tailBytesMax: number;
  /** Payload bytes put into one message to a copy; a single larger record or key goes alone. */
  readonly copyBatchBytesMax: number;
  /** Snapshots and missing records sent to one peer and not answered; further slots wait. */
  readonly copyBytesInFlightMax: number;
  /** Workers that hold each log: 2, or 1 for an owner that keeps no second copy. */
  readonly copies: number;
  /** Go on past the lease by rule L4 when ZooKeeper is away. */
  readonly isStrict: boolean;
}

/** What `ringway status`, metrics and the simulator's invariants may look at. */
export interface SlotReport {
  readonly slot: Slot;
  readonly role: 'none' | 'copy' | 'owner';
  readonly phase: 'serving' | 'sealing' | 'sealed' | undefined;
  readonly term: number;
  readonly epoch: number;
  readonly length: Idx;
  readonly commit: Idx;
  /** Owned and used, and the table names no second copy. */
  readonly isSingle: boolean;
  /** Keys in the log held here. */
  readonly keys: number;
  /** Sessions attached here: one for each key of a connection. */
  readonly sessions: number;
  /** Estimated memory of the log held here. */
  readonly bytes: number;
}
