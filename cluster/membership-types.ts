/**
 * Membership of one process, seen from outside: a step function that registers it, keeps its
 * lease, reads consistent views and carries table changes. It stands between a `Coordinator` and
 * a worker's or gateway's core, decides nothing about slots, and is run by `membership.ts` in
 * production and by the fault simulator under virtual time.
 */
import type { BootId } from '../base/index.ts';
import type { MultiResult, Op, Reading, SessionEvent } from './coordinator.ts';
import type { Changes } from './table.ts';
import type { View } from './view.ts';

export type MembershipInput =
  | { readonly kind: 'session'; readonly event: SessionEvent }
  /** The coordinator's hint that something changed. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'read.answered'; readonly call: number; readonly reading: Reading }
  | { readonly kind: 'multi.answered'; readonly call: number; readonly result: MultiResult }
  /** No answer, or no telling one: whether it happened is unknown. */
  | { readonly kind: 'call.failed'; readonly call: number }
  /** From the core: read now. */
  | { readonly kind: 'read' }
  /** From the core: compare-and-set. */
  | { readonly kind: 'table'; readonly base: number; readonly changes: Changes }
  /** From the core: rule C11. */
  | {
      readonly kind: 'evict';
      readonly base: number;
      readonly changes: Changes;
      readonly checks: readonly BootId[];
      readonly removes: readonly BootId[];
    }
  /** Workers: put my node into `/ring`, take it out until the next `join`, or for good (drain). */
  | { readonly kind: 'join' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'drain' }
  | { readonly kind: 'tick' };

export type MembershipEffect =
  /** Call `Coordinator.read`, answer with `read.answered` or `call.failed`. */
  | { readonly kind: 'call.read'; readonly call: number }
  | { readonly kind: 'call.multi'; readonly call: number; readonly ops: readonly Op[] }
  /** The rest goes to the core, as the input of the same name. */
  | {
      readonly kind: 'registered';
      readonly boot: BootId;
      readonly cluster: string;
      readonly tableVersion: number;
    }
  | { readonly kind: 'view'; readonly view: View }
  | { readonly kind: 'confirmed'; readonly sentAtMs: number }
  | { readonly kind: 'session.lost' }
  | { readonly kind: 'table.answered'; readonly outcome: 'done' | 'refused' | 'unknown' }
  | { readonly kind: 'note'; readonly level: 'info' | 'warn' | 'error'; readonly event: string };

export interface MembershipOptions {
  readonly role: 'worker' | 'gateway';
  readonly id: string;
  /** Worker: link address. Gateway: admin address. */
  readonly address: string;
  readonly build: string;
  /** Random, drawn once per process: marks its nodes (see `NodeContent.nonce`). */
  readonly nonce: string;
  /** Workers only. */
  readonly weight: number;
  /** How often the lease is renewed by a leader-confirmed check of my own node (rule L1). */
  readonly renewIntervalMs: number;
  /**
   * A call without an answer for this long has failed. A reading is several in a row, and has as
   * many times as long: one that is cut off in the middle starts over, at busy servers for ever.
   */
  readonly callDeadlineMs: number;
}
