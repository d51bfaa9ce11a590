/** What the history checker (`history.ts`) is asked, and what it answers. */
import type { PauseWindow, Spread } from './history-pauses.ts';

/** `hole`: places of the key's order that a socket did not see; `disconnect`, `break`: not allowed. */
export type FaultKind =
  | 'loss'
  | 'repeat'
  | 'reorder'
  | 'unexpected'
  | 'hole'
  | 'disconnect'
  | 'break';

export interface HistoryFault {
  readonly kind: FaultKind;
  readonly client: string;
  readonly id: string;
  readonly detail: string;
}

export interface HistoryCounts {
  readonly disconnects: number;
  /** Chains that ended by `recovered: false`. */
  readonly breaks: number;
  readonly received: number;
}

export interface Verdict extends HistoryCounts {
  readonly faults: readonly HistoryFault[];
  readonly confirmed: number;
  /** Per client its longest wait between an event's sending and its arrival. */
  readonly pausesMs: Spread;
  /** The same for each of the `windows`. */
  readonly windows: ReadonlyMap<string, Spread>;
}

export interface HistoryOptions {
  /** Whether the application answers each message once. Default true. */
  readonly expectsReplies?: boolean;
  /** Only events sent in this window count for `pausesMs`. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly windows?: readonly PauseWindow[];
  /**
   * Offsets rise by exactly one from a socket's first event on: every input shows something to
   * all, and no socket of the key opens or closes after that (each is a record). Default false.
   */
  readonly isContiguous?: boolean;
  /** Default: any, they are only counted. */
  readonly mayDisconnect?: (client: string, atMs: number, key: string) => boolean;
  /** Default: any chain may end by `recovered: false`, they are only counted. */
  readonly mayBreak?: (key: string, atMs: number, reason: string | undefined) => boolean;
  /**
   * When the key's log was lost, if that is known: what was sent after it is owed, although the
   * client was told later. Default: only what was sent after the welcome is owed.
   */
  readonly lostAtMs?: (key: string) => number | undefined;
  /** Hears of each arrival. */
  readonly onArrival?: (arrival: Arrival) => void;
}

export interface Arrival {
  readonly client: string;
  readonly key: string;
  readonly id: string;
  readonly sentAtMs: number;
  readonly atMs: number;
}
