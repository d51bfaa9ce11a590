/** How often faults of each kind happen, in named groups that mixes are made of (`mixes.ts`). */
import type { Random } from '../../base/index.ts';

/** What happens at a rate; a kind of fault may have several (`draw.ts`). */
export const faultRates = [
  'join',
  'drain',
  'weight',
  'crash',
  'pause',
  'longPause',
  'linkCut',
  'oneWayCut',
  'linkReset',
  'coordinatorCut',
  'copiesCut',
  'copiesPause',
  'sessionLoss',
  'outage',
  'island',
  'gatewayCrash',
  'gatewayPause',
  'clientChurn',
  'channelLoss',
  'brokerOutage',
  'twin',
  'wipe',
  'gatewayDrain',
  'followerLag',
  'followerCut',
  'followerCrash',
  'slowLink',
  'failOver',
  'stuckKey',
] as const;

export type FaultRate = (typeof faultRates)[number];

/** Mean virtual milliseconds between two of them; absent = none. */
export type Rates = Partial<Record<FaultRate, number>>;

/** What an operator does. */
export const planned: Rates = { join: 400, drain: 450, weight: 700 };
/** What clients and gateways do. */
export const churn: Rates = {
  clientChurn: 40,
  gatewayCrash: 700,
  gatewayPause: 900,
  channelLoss: 400,
  gatewayDrain: 1_500,
};
/** What breaks. */
export const hard: Rates = {
  crash: 350,
  pause: 350,
  longPause: 900,
  linkCut: 500,
  oneWayCut: 900,
  linkReset: 150,
  coordinatorCut: 500,
  copiesCut: 1_500,
  copiesPause: 1_800,
  sessionLoss: 900,
  outage: 1_800,
  island: 1_800,
  brokerOutage: 900,
  twin: 1_500,
};

/** What is wrong with everything that is not Ringway. */
export const around: Rates = {
  followerLag: 1_200,
  followerCut: 1_500,
  followerCrash: 1_500,
  slowLink: 700,
  failOver: 900,
  stuckKey: 1_500,
};

/** Hit both copies of a slot at once: that is more than one fault. */
export const groupFaults: readonly FaultRate[] = ['copiesCut', 'copiesPause', 'island'];

export function without(rates: Rates, kinds: readonly FaultRate[]): Rates {
  return Object.fromEntries(
    Object.entries(rates).filter(([kind]) => !kinds.some((one) => one === kind)),
  );
}

/** A random part of the kinds, each at between half and twice its rate. */
export function swarm(rates: Rates, random: Random): Rates {
  const chosen: Rates = {};
  for (const kind of faultRates) {
    const mean = rates[kind];
    if (mean !== undefined && random.int(3) > 0) chosen[kind] = mean * (0.5 + 1.5 * random.next());
  }
  return chosen;
}
