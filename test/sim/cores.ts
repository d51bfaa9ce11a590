/**
 * The subjects of the simulator, seen through the little that it needs of them. The production
 * cores fit these shapes; plants wrap them (`plants.ts`).
 */
import type { Idx, Offset, Slot, Term } from '../../base/index.ts';
import type { Op } from '../../cluster/index.ts';
import type { GatewayEffect, GatewayInput, GatewayLimits } from '../../gateway/core-types.ts';
import type { GatewayState } from '../../gateway/route.ts';
import type { InputRecord, LogRecord } from '../../link/index.ts';
import type {
  HandledKinds,
  SlotReport,
  WorkerEffect,
  WorkerInput,
  WorkerLimits,
} from '../../worker/core-types.ts';
import type { WorkerState } from '../../worker/slot.ts';

export interface WorkerSubject {
  step(input: WorkerInput, nowMs: number): readonly WorkerEffect[];
  isEmpty(): boolean;
  report(slot: Slot): SlotReport;
  checkInvariants(): void;
  logOf(slot: Slot): LogSeen | undefined;
  /** For plants: what the core remembers, to be spoilt. */
  readonly state: WorkerState;
}

/** What the omniscient checks read of a copy's log. */
export interface LogSeen {
  readonly epoch: number;
  readonly length: Idx;
  readonly lastTerm: Term;
  readonly tail: readonly LogRecord[];
  readonly keys: ReadonlyMap<string, KeyLogSeen>;
  readonly outbox: ReadonlyMap<Idx, unknown>;
}

export interface KeyLogSeen {
  readonly born: Idx;
  readonly nextOffset: Offset;
  readonly records: readonly InputRecord[];
  readonly presence: ReadonlyMap<string, { readonly connection: number }>;
  readonly ids: ReadonlyMap<string, Idx>;
  readonly handled: ReadonlyMap<string, { readonly n: number; readonly idx: Idx }>;
  readonly state: Uint8Array | undefined;
  readonly bytes: number;
  readonly weight: number;
}

export interface GatewaySubject {
  step(input: GatewayInput, nowMs: number): readonly GatewayEffect[];
  heldCount(): number;
  checkInvariants(): void;
  readonly state: GatewayState;
}

export interface Subjects {
  worker(options: {
    readonly slotCount: number;
    readonly limits: WorkerLimits;
    readonly handled: HandledKinds;
    readonly wallOffsetMs: number;
  }): WorkerSubject;
  gateway(options: { readonly slotCount: number; readonly limits: GatewayLimits }): GatewaySubject;
  /** For plants: what reaches ZooKeeper of a multi-operation; all of it by default. */
  multi?(ops: readonly Op[]): readonly Op[];
}
