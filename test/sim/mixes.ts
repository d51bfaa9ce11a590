/**
 * Which faults a schedule draws from, and how the world is tuned: named mixes, each seed of
 * which enables a random part of the faults at random rates.
 */
import type { Random } from '../../base/index.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { type ApplicationModel, allHandled, noneHandled } from './application.ts';
import { neverReached, stuckBoundMs, worldLimits } from './limits.ts';
import { around, churn, groupFaults, hard, planned, type Rates, swarm, without } from './rates.ts';

export interface Setting {
  readonly rates: Rates;
  /** Workers to begin with. */
  readonly workerCount: number;
  readonly application: ApplicationModel;
  readonly isStrict: boolean;
  readonly linkDelayMaxMs: number;
  readonly socketDelayMaxMs: number;
  readonly answerLoss: number;
  /** ZooKeeper servers, the leader among them, and how late the others are. */
  readonly ensemble: { readonly servers: number; readonly lagMaxMs: number };
  /** How far clocks are from the world's: 0.01 = up to one in a hundred; and wall clocks. */
  readonly clocks: { readonly driftMax: number; readonly wallErrorMaxMs: number };
  readonly hintDelayMaxMs: number;
  readonly resetAtDeath: number;
  /** Events that a gateway may hold of a partition. */
  readonly prefetch: number;
  /** What a stuck key may make others of its partition wait; undefined = not measured. */
  readonly stuckBoundMs: number | undefined;
  /** Three clients of different keys share a connection. */
  readonly isBundled: boolean;
  /** Else what they publish is stored at once. */
  readonly publishersHaveChannels: boolean;
  /** At most one fault at a time, with time to heal: then no loss may be declared. */
  readonly isSingle: boolean;
  /** Only planned changes and clients that come and go. */
  readonly isCalm: boolean;
  /** How long most clients that go stay away. */
  readonly awayMaxMs: number;
  readonly limits: Partial<WorkerLimits>;
  /** Which workers keep one copy of what they own, by their ids (rule C13). */
  readonly oneCopyAt: 'none' | 'even' | 'all';
}

const mixes: Readonly<Record<string, (random: Random) => Partial<Setting>>> = {
  mixed: (random) => {
    const rates = swarm({ ...planned, ...churn, ...hard }, random);
    if (random.int(2) === 0) return { rates };
    return {
      rates: { ...rates, ...swarm(around, random) },
      ensemble: { servers: 3, lagMaxMs: random.int(20) },
      clocks: { driftMax: 0.01, wallErrorMaxMs: 60_000 },
      publishersHaveChannels: true,
    };
  },
  planned: () => ({
    rates: { ...planned, join: 200, drain: 220, clientChurn: 80, gatewayDrain: 500 },
    isCalm: true,
  }),
  churn: (random) => ({
    rates: { ...swarm({ ...planned, linkReset: 200, brokerOutage: 300 }, random), ...churn },
    linkDelayMaxMs: 20,
    application: { handled: allHandled, delayMaxMs: 20, slow: 0.05, stuck: 0.02 },
  }),
  islands: (random) => ({
    rates: {
      ...swarm(planned, random),
      island: 500,
      outage: 700,
      copiesCut: 700,
      pause: 600,
      clientChurn: 120,
    },
  }),
  pauses: (random) => ({
    rates: {
      ...swarm(planned, random),
      copiesPause: 700,
      longPause: 300,
      pause: 300,
      linkReset: 300,
      clientChurn: 80,
    },
  }),
  // Both copies of a slot out of sight, long enough for a loss to be declared.
  copiesAway: (random) => ({
    rates: { join: 900, copiesCut: 900, copiesPause: 900, clientChurn: 40, linkReset: 900 },
    workerCount: 3 + random.int(2),
  }),
  // Members come and go faster than copies are made.
  storm: () => ({
    rates: { join: 110, drain: 250, crash: 130, linkReset: 100, pause: 250, sessionLoss: 600 },
  }),
  single: (random) => ({
    rates: { ...swarm(without(hard, groupFaults), random), crash: 500 },
    isSingle: true,
  }),
  strict: (random) => ({
    rates: swarm({ ...planned, ...churn, ...hard, island: 900, outage: 900 }, random),
    isStrict: true,
  }),
  forwarding: (random) => ({
    rates: swarm({ ...planned, ...churn, ...hard }, random),
    application: { handled: noneHandled, delayMaxMs: 1, slow: 0, stuck: 0 },
  }),
  volatile: (random) => ({
    rates: swarm({ ...planned, ...churn, ...hard }, random),
    application: {
      handled: { ...allHandled, open: false, close: false, volatile: true },
      delayMaxMs: 6,
      slow: 0.01,
      stuck: 0.01,
    },
  }),
  // Data is replaced, now and then, and processes are doubled.
  wiped: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), wipe: 900, twin: 900 },
  }),
  // Little is kept: clients fall out of the window, copies need snapshots, in several parts.
  trimming: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), clientChurn: 60 },
    limits: trimmed(random),
  }),
  trimmingCalm: (random) => ({
    rates: { ...planned, join: 250, drain: 280, clientChurn: 60 },
    isCalm: true,
    limits: trimmed(random),
  }),
  // Too little memory: keys are forgotten early, windows shortened, new keys refused.
  memory: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), clientChurn: 25 },
    awayMaxMs: 900,
    limits: { retentionMs: 4_000, gatewayGoneMs: 200, memoryBytesMax: 12_000 + random.int(60_000) },
  }),
  memoryCalm: (random) => ({
    rates: { ...planned, clientChurn: 25 },
    isCalm: true,
    awayMaxMs: 900,
    limits: { retentionMs: 4_000, gatewayGoneMs: 200, memoryBytesMax: 12_000 + random.int(60_000) },
  }),
  // Clients stay away until their keys are forgotten.
  idle: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), clientChurn: 25 },
    awayMaxMs: 700,
    limits: { ...trimmed(random), retentionEventsMax: 64, retentionMs: 200 },
  }),
  idleCalm: (random) => ({
    rates: { ...planned, clientChurn: 25, gatewayDrain: 700 },
    isCalm: true,
    awayMaxMs: 700,
    limits: { ...trimmed(random), retentionEventsMax: 64, retentionMs: 200 },
  }),
  // Followers of ZooKeeper show old states, for a while or until they are mended; some die.
  laggingFollowers: (random) => ({
    rates: {
      ...swarm({ ...planned, ...churn, ...hard }, random),
      followerLag: 500,
      followerCut: 600,
      followerCrash: 700,
      ...(random.int(4) === 0 ? { wipe: 900, twin: 900 } : {}),
    },
    ensemble: { servers: 3, lagMaxMs: 1 + random.int(30) },
  }),
  // Links that take longer than a heartbeat, for a while, and some that go one way only.
  slowLinks: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), slowLink: 250, oneWayCut: 500 },
  }),
  // Queues change their leader, acknowledgements and confirms are lost with the old one.
  failOvers: (random) => ({
    rates: {
      ...swarm({ ...planned, ...churn, ...hard }, random),
      failOver: 250,
      channelLoss: 300,
      gatewayPause: 500,
    },
    publishersHaveChannels: true,
    prefetch: 8 + random.int(32),
  }),
  // Handlers of a key hang, now and then, while many events come for it; nothing else is wrong.
  stuckKeys: (random) => ({
    rates: { stuckKey: 450, clientChurn: 80 },
    application: { handled: allHandled, delayMaxMs: 6, slow: 0, stuck: 0 },
    prefetch: 24 + random.int(16),
    answerLoss: 0,
    stuckBoundMs,
  }),
  // Handlers send to other keys, through the broker, which is often away.
  sending: (random) => ({
    rates: {
      ...swarm({ ...planned, ...churn, ...hard }, random),
      brokerOutage: 250,
      failOver: 500,
      crash: 400,
    },
    application: { handled: allHandled, delayMaxMs: 6, slow: 0.01, stuck: 0.005, sendsEvery: 3 },
  }),
  // Connections that carry three keys each.
  severalKeys: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), clientChurn: 60, stuckKey: 900 },
    isBundled: true,
  }),
  severalKeysCalm: () => ({
    rates: { ...planned, join: 200, drain: 220, clientChurn: 60, gatewayDrain: 500 },
    isBundled: true,
    isCalm: true,
  }),
  // Clocks of different rates, and wall clocks that are wrong in every life; little is kept.
  clocks: (random) => ({
    rates: { ...swarm({ ...planned, ...churn, ...hard }, random), outage: 900, clientChurn: 40 },
    clocks: { driftMax: [0.01, 0.05, 0.2][random.int(3)] ?? 0, wallErrorMaxMs: 3_600_000 },
    awayMaxMs: random.int(2) === 0 ? 20 : 300,
    limits:
      random.int(2) === 0 ? {} : { ...trimmed(random), retentionEventsMax: 64, retentionMs: 400 },
  }),
  // What a dead worker held is lost, and every loss is told; a move loses nothing.
  oneCopy: (random) => ({
    rates: swarm({ ...planned, ...churn, ...hard }, random),
    oneCopyAt: random.int(2) === 0 ? 'all' : 'even',
  }),
  oneCopyCalm: (random) => ({
    rates: { ...planned, join: 200, drain: 220, clientChurn: 80, gatewayDrain: 500 },
    isCalm: true,
    oneCopyAt: random.int(2) === 0 ? 'all' : 'even',
  }),
  // Workers take turns at moves, as they do by default; elsewhere they are in each other's way.
  turns: (random) => ({
    rates: swarm({ ...planned, ...churn, ...hard }, random),
    limits: { moveTurnMs: 20 },
  }),
  turnsCalm: () => ({
    rates: { ...planned, join: 200, drain: 220, clientChurn: 80, gatewayDrain: 500 },
    isCalm: true,
    limits: { moveTurnMs: 20 },
  }),
};

export const mixNames = Object.keys(mixes);

/** Of ten seeds five are mixed and the others take turns. */
export function mixOf(seed: number): string {
  const others = mixNames.slice(1);
  return seed % 2 === 0 ? 'mixed' : (others[((seed - 1) / 2) % others.length] ?? 'mixed');
}

export function settingOf(mix: string, random: Random): Setting {
  const make = mixes[mix];
  if (make === undefined) throw new Error(`no mix ${mix}; known are ${mixNames.join(', ')}`);
  return {
    rates: {},
    workerCount: 2 + random.int(3),
    application: { handled: allHandled, delayMaxMs: 6, slow: 0.01, stuck: 0.005 },
    isStrict: false,
    linkDelayMaxMs: random.int(4) === 0 ? 12 : 4,
    socketDelayMaxMs: random.int(4) === 0 ? 20 : 4,
    answerLoss: random.int(2) === 0 ? 0.04 : 0,
    ensemble: { servers: 1, lagMaxMs: 0 },
    clocks: { driftMax: 0, wallErrorMaxMs: 0 },
    hintDelayMaxMs: random.int(4) === 0 ? 120 : 10,
    resetAtDeath: random.next(),
    prefetch: worldLimits.prefetch,
    publishersHaveChannels: false,
    stuckBoundMs: undefined,
    isBundled: false,
    isSingle: false,
    isCalm: false,
    awayMaxMs: 20,
    limits: {},
    oneCopyAt: 'none',
    ...make(random),
  };
}

/** Copies of each log that the worker of this id keeps. */
export function copiesOf({ oneCopyAt }: Setting, id: string): number {
  const isOne = oneCopyAt === 'all' || (oneCopyAt === 'even' && Number(id.slice(1)) % 2 === 0);
  return isOne ? 1 : 2;
}

/** Ids still cover what may come again: prefetch, publishers' repeats, resends of clients. */
function trimmed(random: Random): Partial<WorkerLimits> {
  return {
    retentionEventsMax: 16 + random.int(16),
    retentionBytesMax: random.int(2) === 0 ? neverReached : 6_000,
    idsPerKeyMax: 96,
    handledPerKeyMax: 24,
    // More than one step ever appends: the archive reads records from tails.
    tailRecordsMax: 16 + random.int(24),
    copyBatchBytesMax: 1_500,
    copyBytesInFlightMax: 4_000,
  };
}
