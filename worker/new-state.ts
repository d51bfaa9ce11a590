/** The state a worker's core begins with: registered nowhere, owning nothing. */
import type { HandledKinds, WorkerLimits } from './core-types.ts';
import { newMemory } from './memory.ts';
import type { SlotState, WorkerState } from './slot.ts';

export interface WorkerCoreOptions {
  readonly slotCount: number;
  readonly limits: WorkerLimits;
  readonly handled: HandledKinds;
  /** Wall-clock minus monotonic milliseconds, for the first time stamp of a log (rule P7). */
  readonly wallOffsetMs: number;
  /** Test only: rules to leave out, so that a checker can prove that it would notice. */
  readonly plants?: ReadonlySet<string>;
}

export function newState({
  slotCount,
  limits,
  handled,
  wallOffsetMs,
  plants = new Set(),
}: WorkerCoreOptions): WorkerState {
  return {
    slotCount,
    limits,
    handled,
    plants,
    slots: Array.from({ length: slotCount }, (_, slot) => newSlot(slot)),
    nowMs: 0,
    wallOffsetMs,
    effects: [],
    me: '',
    cluster: '',
    isRegistered: false,
    registeredAt: -1,
    mustReclaim: false,
    view: undefined,
    placement: undefined,
    ringChangedAtMs: 0,
    confirmedAtMs: Number.NEGATIVE_INFINITY,
    heardAtMs: Number.NEGATIVE_INFINITY,
    pending: undefined,
    peers: new Map(),
    gone: new Map(),
    absentGateways: new Map(),
    runs: new Map(),
    publications: new Map(),
    proposals: new Map(),
    toAppend: new Set(),
    toConfirm: new Set(),
    toCommit: new Set(),
    toPump: new Set(),
    toReconcile: new Set(),
    unsettled: new Set(),
    stalled: new Set(),
    hasUnusedToGive: false,
    moving: new Set(),
    ready: new Set(),
    sealable: new Set(),
    streamStartsLeft: 0,
    changeSentAtMs: Number.NEGATIVE_INFINITY,
    nextStream: 0,
    nextToken: 0,
    nextPublication: 0,
    manyOverdueAtMs: Number.NEGATIVE_INFINITY,
    sweptAtMs: 0,
    sweepNext: 0,
    memory: newMemory(),
  };
}

function newSlot(slot: number): SlotState {
  return {
    slot,
    known: 0,
    log: undefined,
    highestEpoch: 0,
    source: undefined,
    sourceTerm: 0,
    staging: undefined,
    own: undefined,
    lostTerm: 0,
    orphan: undefined,
    isHalted: false,
  };
}
