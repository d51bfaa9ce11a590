/** Counters of a run: they show that the faults bit and that the rules were exercised. */
import { stuckBoundMs } from './limits.ts';

const names = [
  'faults',
  'crashes',
  'pauses',
  'joins',
  'drains',
  'cleanExits',
  'weightChanges',
  'plannedAtOnce',
  'gatewayCrashes',
  'clientChurn',
  'linkCuts',
  'coordinatorCuts',
  'copiesCut',
  'copiesPaused',
  'sessionLosses',
  'coordinatorOutages',
  'islands',
  'channelLosses',
  'brokerOutages',
  'linkResets',
  'slowLinks',
  'heartbeatDeaths',
  'refusals',
  'answersLost',
  'followersLagging',
  'followersCut',
  'followerCrashes',
  'serverChanges',
  'readsBehind',
  'writesUnheard',
  'firstClaims',
  'plannedMoves',
  'crashClaims',
  'reclaims',
  'replicaChanges',
  'degraded',
  'declaredLosses',
  'snapshots',
  'fenced',
  'resyncs',
  'bindingsClosed',
  'attached',
  'resumes',
  'toldLoss',
  'toldForgotten',
  'toldWindow',
  'forgottenEarly',
  'windowsShortened',
  'birthsDelayed',
  'birthsRefused',
  'wipes',
  'twins',
  'exits',
  'gatewayDrains',
  'eventsPassed',
  'volatileRuns',
  'socketsClosed',
  'attachedTogether',
  'runs',
  'stuckKeys',
  'stuckRuns',
  'stuckWaitMaxMs',
  'revoked',
  'effects',
  'effectsPastLease',
  'islandEffects',
  'inputsAcknowledged',
  'duplicatesAcknowledged',
  'eventsPublished',
  'eventsRepeated',
  'publishedAgain',
  'redeliveries',
  'failOvers',
  'acknowledgementsLost',
  'messagesSent',
  'messagesAccepted',
  'resent',
  'delivered',
  'volatileReplies',
  'outward',
  'outwardRepeated',
  'recordsInFinalLogs',
  'slotsWithoutLoss',
  'steps',
] as const;

export type Statistics = Record<(typeof names)[number], number>;

export function newStatistics(): Statistics {
  return Object.fromEntries(names.map((name) => [name, 0])) as Statistics;
}

export function addStatistics(sum: Statistics, more: Statistics): void {
  for (const name of names) {
    sum[name] = name.endsWith('MaxMs') ? Math.max(sum[name], more[name]) : sum[name] + more[name];
  }
}

/** Two columns of counters, for the summary. */
export function printStatistics(statistics: Statistics): string {
  const cells = names.map((name) => `${name.padEnd(24)}${String(statistics[name]).padStart(10)}`);
  const rows: string[] = [];
  for (let at = 0; at < cells.length; at += 2) rows.push(cells.slice(at, at + 2).join('    '));
  const { stuckWaitMaxMs } = statistics;
  rows.push(`longest wait for one stuck key ${stuckWaitMaxMs} ms, bound ${stuckBoundMs} ms`);
  return rows.join('\n');
}
