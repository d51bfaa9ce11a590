/**
 * Every time span of the simulated world, in virtual milliseconds: the defaults of the design
 * divided by twenty, so that a schedule of a few thousand units meets every timer many times.
 * Ratios between them are what the rules speak of; keep those when a number changes.
 */
import type { GatewayLimits } from '../../gateway/core-types.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';

/** A retention or bound that no run reaches. */
export const neverReached = 1_000_000;

export const workerLimits: WorkerLimits = {
  sessionTimeoutMs: 300,
  leaseMs: 200,
  slackMs: 100,
  pingWindowMs: 75,
  pingIntervalMs: 25,
  holdOffMs: 400,
  degradeAfterMs: 250,
  settleMs: 15,
  moveTurnMs: 0,
  handlerDeadlineMs: 120,
  stuckEventsMax: 6,
  stuckKeysMax: 2,
  sealWaitMs: 60,
  unsealAfterMs: 40,
  strikeAfterMs: 60,
  gatewayGoneMs: 500,
  retentionMs: neverReached,
  retentionEventsMax: 100_000,
  retentionBytesMax: 100_000_000,
  idsPerKeyMax: 100_000,
  memoryBytesMax: 1_000_000_000,
  handledPerKeyMax: 10_000,
  movesMax: 4,
  outboxPerSlotMax: 64,
  tailRecordsMax: 64,
  tailBytesMax: 1_000_000,
  copyBatchBytesMax: 256 * 1024,
  copyBytesInFlightMax: 1_000_000,
  copies: 2,
  isStrict: false,
};

export const gatewayLimits: GatewayLimits = {
  rebindAfterMs: 5,
  heldPerSessionMax: 8,
  orphanTimeoutMs: 1_500,
  pingIntervalMs: 25,
  sessionsPerBindMax: 3,
};

/** What belongs to the world and not to a core. */
export const worldLimits = {
  tickMs: 10,
  renewIntervalMs: 50,
  callDeadlineMs: 50,
  heartbeatsMissedMax: 3,
  coordinatorBeatMs: 40,
  suspectedAfterMs: 100,
  dialEveryMs: 10,
  handshakeTimeoutMs: 400,
  drainTimeoutMs: 1_500,
  /** A supervisor starts an exited process again after this, at the earliest. */
  restartMinMs: 20,
  prefetch: 24,
  partitions: 2,
} as const;

/** Who is there, at most or for ever. */
export const worldSize = {
  slots: 8,
  keys: 8,
  clients: 12,
  gateways: ['g0', 'g1'],
  workersMax: 5,
} as const;

/**
 * How long one stuck key may make another key of its partition wait (rule H7): two deadlines, and
 * the time to refuse, window by window, or to deal with all that came for it at once.
 */
export const stuckBoundMs = 2 * workerLimits.handlerDeadlineMs + 160;
