/**
 * Every number that a worker's operator may set: default, range, and what it does. One table
 * gives the defaults, the flags (`--handler-deadline-ms`), the variables
 * (`RINGWAY_HANDLER_DEADLINE_MS`) and the text of `ringway worker --help-all`.
 */
import type { WorkerLimits } from './core-types.ts';

/** What one run of a handler may do; the error of each names the option. */
export interface ApplicationLimits {
  /** Bytes of a key's state as JSON. Default 64 KiB. Larger: bigger snapshots and moves. */
  readonly stateBytesMax: number;
  /**
   * Bytes of one record: pushes, replies, outward messages and state. Default 512 KiB. Must fit
   * a link frame; larger: longer pauses of other keys on the same link.
   */
  readonly recordBytesMax: number;
  /** Pushes + replies + outward messages of one run. Default 256. */
  readonly effectsPerRunMax: number;
  /** Bytes of the data of one `ctx.send`. Default 256 KiB. At most what the bus takes. */
  readonly eventBytesMax: number;
}

/** Numbers of the worker's I/O shell. */
export interface ShellLimits {
  /** Period of the core's clock. Default 20 ms. Smaller: finer deadlines, more idle CPU. */
  readonly tickMs: number;
  /** Period of the lease's renewal. Default 1 s. Larger: less ZooKeeper load, less slack. */
  readonly renewIntervalMs: number;
  /** A coordinator call without an answer for this long has failed. Default 1 s. */
  readonly callDeadlineMs: number;
  /** Longest wait of a drain for moves and the outbox. Default 30 s. */
  readonly drainTimeoutMs: number;
  /** A drain ends after this long without any worker in the ring to hand over to. Default 3 s. */
  readonly drainAloneMs: number;
  /** Outward messages sent but not confirmed. Default 64. Larger: more throughput per round trip. */
  readonly publishInFlightMax: number;
  /** Outward messages waiting in the shell; beyond it the log keeps them. Default 10,000. */
  readonly publishQueueMax: number;
  /** First wait after a failed publication. Default 100 ms. */
  readonly publishBackOffMs: number;
  /** Longest wait between attempts to publish. Default 5 s. */
  readonly publishBackOffMaxMs: number;
  /** Starts and lost sessions within `flapWindowMs` before a worker waits. Default 3. */
  readonly flapsMax: number;
  /** Default 1 min. */
  readonly flapWindowMs: number;
  /** First wait of a flapping worker before it enters the ring; doubles with each flap. Default 2 s. */
  readonly flapWaitMs: number;
  /** Longest such wait. Default 1 min. */
  readonly flapWaitMaxMs: number;
}

export type Limits = WorkerLimits & ApplicationLimits & ShellLimits;
export type NumericLimit = Exclude<keyof Limits, 'isStrict'>;

export interface LimitSpec {
  readonly standard: number;
  readonly min: number;
  readonly max: number;
  /** One line: meaning, and what larger and smaller do. */
  readonly about: string;
}

const minute = 60_000;

function spec(standard: number, min: number, max: number, about: string): LimitSpec {
  return { standard, min, max, about };
}

const membership = {
  sessionTimeoutMs: spec(
    6000,
    100,
    10 * minute,
    'ZooKeeper session; larger: a silent host is missed later',
  ),
  leaseMs: spec(
    4000,
    50,
    10 * minute,
    'age of the last confirmation up to which a worker acts; at most two thirds of the session',
  ),
  slackMs: spec(
    2000,
    10,
    10 * minute,
    'how much fresher a confirmation elsewhere may be while ZooKeeper is away',
  ),
  pingWindowMs: spec(
    1500,
    10,
    minute,
    'age of the last answered PING that still counts while ZooKeeper is away',
  ),
  pingIntervalMs: spec(500, 5, minute, 'heartbeat of links; a link is dead after three misses'),
  holdOffMs: spec(
    9000,
    100,
    30 * minute,
    'wait before an unreachable log is declared lost; larger: fewer losses, longer pauses',
  ),
  degradeAfterMs: spec(5000, 10, 10 * minute, 'wait for a second copy before going on with one'),
  settleMs: spec(
    300,
    0,
    minute,
    'quiet time of the view before slots start to move; larger: fewer, later moves',
  ),
  moveTurnMs: spec(
    60,
    0,
    minute,
    "how long each worker in turn may begin to move slots; 0: all at once, in each other's way",
  ),
  gatewayGoneMs: spec(
    15_000,
    10,
    30 * minute,
    'absence of a gateway after which its sessions are closed',
  ),
  renewIntervalMs: spec(
    1000,
    5,
    minute,
    'period of the lease renewal; larger: less ZooKeeper load, less slack',
  ),
  callDeadlineMs: spec(
    1000,
    5,
    minute,
    'a ZooKeeper call without an answer for this long has failed',
  ),
} as const satisfies Partial<Record<NumericLimit, LimitSpec>>;

const running = {
  handlerDeadlineMs: spec(
    10_000,
    10,
    10 * minute,
    'longest run of a handler; then once more, then it has failed',
  ),
  stuckEventsMax: spec(
    125,
    1,
    65_535,
    'events waiting for stuck keys, all together; more are refused; keep well below the prefetch',
  ),
  stuckKeysMax: spec(
    8,
    0,
    65_536,
    'overdue keys up to which one is stuck; more are taken for an outage: nothing is refused',
  ),
  sealWaitMs: spec(
    2000,
    0,
    minute,
    'longest wait of a move for running handlers; larger: longer pauses, fewer repeated runs',
  ),
  unsealAfterMs: spec(
    200,
    10,
    minute,
    'a sealed slot serves again after its target was silent for this long',
  ),
  strikeAfterMs: spec(
    1000,
    10,
    minute,
    'confirmed outward messages are struck off after this long without a record',
  ),
  movesMax: spec(
    64,
    1,
    16_384,
    'used slots moving at once; larger: quicker rebalancing, more load at once',
  ),
  stateBytesMax: spec(65_536, 256, 1 << 20, "bytes of a key's state as JSON"),
  recordBytesMax: spec(
    524_288,
    4096,
    16 << 20,
    'bytes of one record: pushes, replies, outward messages and state',
  ),
  effectsPerRunMax: spec(256, 1, 65_536, 'pushes + replies + outward messages of one run'),
  eventBytesMax: spec(
    262_144,
    256,
    16 << 20,
    'bytes of the data of one event that a handler sends; at most what the bus takes',
  ),
} as const satisfies Partial<Record<NumericLimit, LimitSpec>>;

const keeping = {
  retentionMs: spec(
    10 * minute,
    10,
    24 * 60 * minute,
    'how long an offline key and its events are kept for resuming',
  ),
  retentionEventsMax: spec(256, 1, 100_000, 'records kept per key'),
  retentionBytesMax: spec(262_144, 256, 64 << 20, 'bytes of records kept per key'),
  memoryBytesMax: spec(
    512 << 20,
    1 << 20,
    2 ** 40,
    'estimated bytes of all logs held here; above, the longest offline keys are forgotten first',
  ),
  idsPerKeyMax: spec(
    1024,
    16,
    1 << 20,
    "input ids kept per key; cover prefetch and publishers' retry time",
  ),
  handledPerKeyMax: spec(64, 1, 65_536, 'sessions per key whose handled position is kept'),
  outboxPerSlotMax: spec(
    1000,
    1,
    1 << 20,
    'unconfirmed outward messages per slot; beyond it inputs that publish wait',
  ),
  tailRecordsMax: spec(512, 0, 1 << 20, 'records kept to continue a copy without a snapshot'),
  tailBytesMax: spec(1 << 20, 4096, 256 << 20, 'bytes of the records kept to continue a copy'),
  copyBatchBytesMax: spec(
    256 * 1024,
    1024,
    64 << 20,
    'bytes of records or keys in one message to a copy; larger: fewer messages, longer pauses',
  ),
  copyBytesInFlightMax: spec(
    8 << 20,
    1024,
    32 << 20,
    'bytes under way to one peer to make its copies level; further slots wait for their turn',
  ),
  copies: spec(
    2,
    1,
    2,
    'workers that hold each log; 1: cheaper, but what a dead worker held is lost, and told so',
  ),
} as const satisfies Partial<Record<NumericLimit, LimitSpec>>;

const shell = {
  tickMs: spec(20, 1, 1000, "period of the core's clock; smaller: finer deadlines, more idle CPU"),
  drainTimeoutMs: spec(30_000, 10, 30 * minute, 'longest wait of a drain for moves and the outbox'),
  drainAloneMs: spec(3000, 0, 30 * minute, 'wait of a drain while no worker is there to take over'),
  publishInFlightMax: spec(64, 1, 10_000, 'outward messages sent but not confirmed'),
  publishQueueMax: spec(10_000, 1, 1 << 20, 'outward messages waiting outside the log'),
  publishBackOffMs: spec(100, 1, minute, 'first wait after a failed publication'),
  publishBackOffMaxMs: spec(5000, 1, 10 * minute, 'longest wait between attempts to publish'),
  flapsMax: spec(3, 1, 1000, 'starts and lost sessions within flapWindowMs before a worker waits'),
  flapWindowMs: spec(minute, 1000, 60 * minute, 'span in which flaps are counted'),
  flapWaitMs: spec(
    2000,
    0,
    10 * minute,
    'first wait of a flapping worker before it enters the ring',
  ),
  flapWaitMaxMs: spec(minute, 0, 60 * minute, 'longest wait of a flapping worker'),
} as const satisfies Partial<Record<NumericLimit, LimitSpec>>;

export const limitSpecs: Readonly<Record<NumericLimit, LimitSpec>> = {
  ...membership,
  ...running,
  ...keeping,
  ...shell,
};

export const numericLimits = Object.freeze(Object.keys(limitSpecs)) as readonly NumericLimit[];

/** Every limit at its default. */
export const defaultLimits: Limits = Object.freeze({
  ...(Object.fromEntries(
    Object.entries(limitSpecs).map(([name, { standard }]) => [name, standard]),
  ) as Record<NumericLimit, number>),
  isStrict: false,
});

/** What must hold between limits for rules L4 and L5 and the hold-off; one line per breach. */
export function brokenRelations(limits: Limits): readonly string[] {
  const l = limits;
  const relations: readonly (readonly [boolean, string])[] = [
    [l.leaseMs * 3 <= l.sessionTimeoutMs * 2, 'leaseMs ≤ two thirds of sessionTimeoutMs'],
    [
      l.slackMs >= l.renewIntervalMs + l.callDeadlineMs,
      'slackMs ≥ renewIntervalMs + callDeadlineMs',
    ],
    [l.slackMs < l.leaseMs - l.renewIntervalMs, 'slackMs < leaseMs − renewIntervalMs'],
    [l.pingWindowMs <= 3 * l.pingIntervalMs, 'pingWindowMs ≤ 3 × pingIntervalMs'],
    [3 * l.pingIntervalMs < l.holdOffMs, '3 × pingIntervalMs < holdOffMs'],
    [l.holdOffMs > l.sessionTimeoutMs, 'holdOffMs > sessionTimeoutMs'],
    [l.moveTurnMs === 0 || l.moveTurnMs >= 2 * l.tickMs, 'moveTurnMs ≥ 2 × tickMs, or 0'],
    [l.sealWaitMs <= l.handlerDeadlineMs, 'sealWaitMs ≤ handlerDeadlineMs'],
    [l.stateBytesMax < l.recordBytesMax, 'stateBytesMax < recordBytesMax'],
    [l.publishBackOffMs <= l.publishBackOffMaxMs, 'publishBackOffMs ≤ publishBackOffMaxMs'],
    [l.flapWaitMs <= l.flapWaitMaxMs, 'flapWaitMs ≤ flapWaitMaxMs'],
  ];
  return relations
    .filter(([holds]) => !holds)
    .map(([, rule]) => `broken: ${rule}${valuesIn(rule, l)}`);
}

function valuesIn(rule: string, limits: Limits): string {
  const named = numericLimits.filter((name) => rule.includes(name));
  return ` (${named.map((name) => `${name} ${limits[name]}`).join(', ')})`;
}
