/** Rounds and verdicts as lines of text, or of JSON. */
import { spreadOf } from '../support/history-pauses.ts';
import type { Verdict } from '../support/history-verdict.ts';
import { faultLines } from '../support/processes/judge.ts';
import { shownSpread } from '../support/processes/waits.ts';
import type { Detection } from './fault.ts';
import { type Broken, isBroken, type Round } from './round.ts';

/** What the figures are; printed with them. */
const whatIsAPause =
  'A wait is the longest one of a client in the round: from the sending of an event or message ' +
  'for its user to the arrival.';

export function roundLine(round: Round, number: number): string {
  const { fault, bit, tookMs, broken, affectedMs, othersMs, detection, disturbed } = round;
  return [
    `${String(number).padStart(3)} ${fault}: ${bit}; ${(tookMs / 1000).toFixed(1)} s`,
    brokenLine(broken),
    `affected: ${shownSpread(affectedMs)}`,
    `others: ${shownSpread(othersMs)}, ${disturbed} disturbed`,
    ...(detection ? [`noticed: ${shownDetection(detection)}`] : []),
  ].join('\n    ');
}

/** What the waits of the other rounds must be compared with. */
export function calmLine({ tookMs, othersMs }: Round): string {
  return `before any fault, in ${(tookMs / 1000).toFixed(1)} s: ${shownSpread(othersMs)}`;
}

/** As `roundLine`, for programs. */
export function roundJson(round: Round, number: number): string {
  const { affectedMs, othersMs, ...rest } = round;
  const waits = { affected: spreadOf(affectedMs), others: spreadOf(othersMs) };
  return JSON.stringify({ round: number, ...rest, waits });
}

function brokenLine(broken: Broken): string {
  const { disconnects, lost, repeated, reordered, breaks, other } = broken;
  return (
    `${disconnects} disconnects, ${lost} lost, ${repeated} repeated, ${reordered} out of order, ` +
    `${breaks} recovered:false, ${other} other${isBroken(broken) ? '  <-- BROKEN' : ''}`
  );
}

function shownDetection({ decidedMs, changedMs }: Detection): string {
  const ms = (value: number | undefined): string =>
    value === undefined ? 'not seen' : `${value.toFixed(0)} ms`;
  return `by a worker's log after ${ms(decidedMs)}, in ZooKeeper after ${ms(changedMs)}`;
}

/** Pauses over many rounds, and what of them is detection. */
export function pauseLines(rounds: readonly Round[]): readonly string[] {
  const { affected, others, decided, changed } = pooled(rounds);
  return [
    `affected users: ${shownSpread(affected)}`,
    `other users:    ${shownSpread(others)}`,
    `of it detection: decided ${shownSpread(decided)};`,
    `                 in ZooKeeper ${shownSpread(changed)}`,
    whatIsAPause,
  ];
}

function pooled(rounds: readonly Round[]) {
  return {
    affected: rounds.flatMap(({ affectedMs }) => affectedMs),
    others: rounds.flatMap(({ othersMs }) => othersMs),
    decided: rounds.flatMap(({ detection }) => detection?.decidedMs ?? []),
    changed: rounds.flatMap(({ detection }) => detection?.changedMs ?? []),
  };
}

/** With the spreads over all rounds, in milliseconds. */
export function verdictJson({ windows: _, ...verdict }: Verdict, rounds: readonly Round[]): string {
  const spreads = Object.entries(pooled(rounds)).map(([name, ms]) => [name, spreadOf(ms)]);
  return JSON.stringify({ verdict, waits: Object.fromEntries(spreads) });
}

export function verdictLines(verdict: Verdict): readonly string[] {
  const { confirmed, received, disconnects, breaks, faults } = verdict;
  return [
    `${confirmed} events confirmed, ${received} received, ${disconnects} sockets closed, ` +
      `${breaks} times recovered:false`,
    ...faultLines(verdict),
    faults.length === 0 ? 'verdict: the promise was kept' : 'verdict: the promise was BROKEN',
  ];
}
