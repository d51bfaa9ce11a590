/**
 * Draws a schedule of faults from a mix's rates and a stream of chance of its own: nothing of it
 * depends on how the run goes, so leaving a fault out changes no other. Who lives is estimated.
 */
import type { Random } from '../../base/index.ts';
import { slotOf } from '../../ring/index.ts';
import type { Fault, Happening } from './fault.ts';
import { workerLimits, worldLimits, worldSize } from './limits.ts';
import type { Setting } from './mixes.ts';
import { Population } from './population.ts';
import { type FaultRate, faultRates } from './rates.ts';

/** Longer than the longest fault, session timeout, hold-off and copying together. */
const singleApartMs = 2_200;

export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** @returns sorted by time */
export function drawFaults(setting: Setting, random: Random, span: Span): readonly Fault[] {
  const population = new Population(setting.workerCount, random);
  const faults: Fault[] = [];
  let lastAtMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, rate } of strikesOf(setting, random, span)) {
    if (setting.isSingle && atMs - lastAtMs < singleApartMs) continue;
    population.nowMs = atMs;
    const happening = happenings[rate]({ random, population, setting });
    if (happening === undefined) continue;
    lastAtMs = atMs;
    faults.push({ atMs, ...happening });
  }
  return faults;
}

interface Strike {
  readonly atMs: number;
  readonly rate: FaultRate;
}

function strikesOf({ rates }: Setting, random: Random, { fromMs, untilMs }: Span): Strike[] {
  const strikes: Strike[] = [];
  for (const rate of faultRates) {
    const mean = rates[rate];
    if (mean === undefined) continue;
    const gap = (): number => Math.ceil(-Math.log(1 - random.next()) * mean);
    for (let atMs = fromMs + gap(); atMs < untilMs; atMs += gap()) strikes.push({ atMs, rate });
  }
  return strikes.sort((a, b) => a.atMs - b.atMs);
}

interface Draw {
  readonly random: Random;
  readonly population: Population;
  readonly setting: Setting;
}

const happenings: Readonly<Record<FaultRate, (draw: Draw) => Happening | undefined>> = {
  join: ({ population }) => {
    const worker = population.join();
    return worker === undefined ? undefined : { kind: 'join', worker };
  },
  drain: ({ population }) => {
    const worker = population.leave();
    return worker === undefined ? undefined : { kind: 'drain', worker };
  },
  weight: ({ population, random }) => ({
    kind: 'weight',
    worker: population.worker(),
    weight: 0.5 + random.int(4) / 2,
  }),
  crash: ({ population, random }) => {
    const backMs = 20 + random.int(500);
    const gone = random.int(4) === 0 ? population.leave() : undefined;
    if (gone !== undefined) return { kind: 'crash', worker: gone };
    return { kind: 'crash', worker: population.worker(), backMs };
  },
  pause: ({ population, random }) => pause(population.worker(), 20 + random.int(150)),
  longPause: ({ population, random }) => pause(population.worker(), 250 + random.int(700)),
  gatewayPause: ({ population, random }) => pause(population.gateway(), 20 + random.int(300)),
  linkCut: (draw) => linkCut('linkCut', draw),
  oneWayCut: (draw) => linkCut('oneWayCut', draw),
  linkReset: ({ population }) => {
    const [from, to] = population.pair();
    return from === to ? undefined : { kind: 'linkReset', from, to };
  },
  coordinatorCut: ({ population, random }) => ({
    kind: 'coordinatorCut',
    process: population.process(),
    forMs: 20 + random.int(random.int(3) === 0 ? 900 : 300),
  }),
  copiesCut: ({ population, random }) => ({
    kind: 'copiesCut',
    slot: usedSlot(random),
    ...(random.int(2) === 0 ? { gateway: population.gateway() } : {}),
    forMs: 300 + random.int(1_200),
  }),
  copiesPause: ({ random }) => ({
    kind: 'copiesPause',
    slot: usedSlot(random),
    forMs: 300 + random.int(1_000),
    apartMs: random.int(40) - 20,
  }),
  sessionLoss: ({ population }) => ({ kind: 'sessionLoss', process: population.process() }),
  outage: ({ random }) => ({ kind: 'outage', forMs: 50 + random.int(600) }),
  island: ({ population, random }) => {
    const inside = population.all().filter(() => random.int(2) === 0);
    return inside.length === 0
      ? undefined
      : { kind: 'island', inside, forMs: 100 + random.int(900) };
  },
  gatewayCrash: ({ population, random }) => ({
    kind: 'gatewayCrash',
    gateway: population.gateway(),
    backMs: 30 + random.int(300),
  }),
  gatewayDrain: ({ population, random }) => ({
    kind: 'gatewayDrain',
    gateway: population.gateway(),
    backMs: 30 + random.int(200),
  }),
  clientChurn: ({ random, setting }) => ({
    kind: 'client',
    client: random.int(worldSize.clients),
    does: random.int(2) === 0 ? 'closes' : 'breaks',
    backMs: random.int(random.int(3) === 0 ? 600 : setting.awayMaxMs),
  }),
  channelLoss: ({ population, random }) => ({
    kind: 'channelLoss',
    gateway: population.gateway(),
    partition: random.int(worldLimits.partitions),
  }),
  brokerOutage: ({ random }) => ({ kind: 'brokerOutage', forMs: 10 + random.int(400) }),
  twin: ({ population }) => ({ kind: 'twin', worker: population.worker() }),
  wipe: () => ({ kind: 'wipe' }),
  followerLag: ({ random, setting }) => ({
    kind: 'followerLag',
    server: follower(random, setting),
    lagMs: 10 + random.int(random.int(3) === 0 ? 300 : 60),
    forMs: 100 + random.int(600),
  }),
  followerCut: ({ random, setting }) => ({
    kind: 'followerCut',
    server: follower(random, setting),
    forMs: 50 + random.int(random.int(3) === 0 ? 900 : 350),
  }),
  followerCrash: ({ random, setting }) => ({
    kind: 'followerCrash',
    server: follower(random, setting),
    backMs: 50 + random.int(400),
  }),
  failOver: ({ population, random }) => ({
    kind: 'failOver',
    partition: random.int(worldLimits.partitions),
    forMs: 5 + random.int(random.int(3) === 0 ? 400 : 60),
    unheardMs: random.int(40),
    late: population.gateway(),
    lateMs: random.int(random.int(2) === 0 ? 300 : 30),
  }),
  stuckKey: ({ random }) => ({
    kind: 'stuckKey',
    key: random.int(worldSize.keys),
    forMs: 100 + random.int(1_000),
    events: random.int(60),
  }),
  slowLink: ({ population, random }) => {
    const [from, to] = population.pair();
    const delayMs = slowLinkMinMs + random.int(2 * slowLinkMinMs);
    return from === to
      ? undefined
      : { kind: 'slowLink', from, to, delayMs, forMs: 50 + random.int(500) };
  },
};

/** A heartbeat: what is slower makes links look dead, or almost. */
const slowLinkMinMs = workerLimits.pingIntervalMs;

function follower(random: Random, { ensemble }: Setting): number {
  return 1 + random.int(Math.max(1, ensemble.servers - 1));
}

function pause(process: string, forMs: number): Happening {
  return { kind: 'pause', process, forMs };
}

function linkCut(kind: 'linkCut' | 'oneWayCut', draw: Draw): Happening | undefined {
  const pair = draw.population.pair();
  const isTurned = kind === 'oneWayCut' && draw.random.int(2) === 0;
  const [from, to] = isTurned ? [pair[1], pair[0]] : pair;
  return from === to ? undefined : { kind, from, to, forMs: 20 + draw.random.int(400) };
}

/** One that has a key: of the others nobody would notice. */
function usedSlot(random: Random): number {
  return slotOf(`user:k${random.int(worldSize.keys)}`, worldSize.slots);
}
