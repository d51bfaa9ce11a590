/** Rounds and verdicts as lines of text, or of JSON. */
import { spreadOf } from '../support/history-pauses.ts';
import type { Verdict } from '../support/history-verdict.ts';
import { faultLines } from '../support/processes/judge.ts';
import { shownSpread } from '../support/processes/waits.ts';
import type { Detection } from './fault.ts';
import { type Broken, isBroken, type Round } from './round.ts';

/** What the figures are; printed with them. */
export const whatIsAPause =
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

export function brokenLine(broken: Broken): string {
  const { disconnects, lost, repeated, reordered, breaks, other } = broken;
  return (
    `${disconnects} disconnects, ${lost} lost, ${repeated} repeated, ${reordered} out of order, ` +
    `${breaks} recovered:false, ${other} other${isBroken(broken) ? '  <-- BROKEN' : ''}`
  );
}

export function shownDetection({ decidedMs, changedMs }: Detection): string {
  const ms = (value: number | undefined): string =>
    value === undefined ? 'not seen' : `${value.toFixed(0)} ms`;
  return `by a worker's log after ${ms(decidedMs)}, in ZooKeeper after ${ms(changedMs)}`;
}

/** Pauses over many rounds, and what of them is detection. */
export function pauseLines(rounds: readonly Round[]): readonly string[] {
  const all = (pick: (round: Round) => readonly number[]) => rounds.flatMap(pick);
  const part = (pick: (detection: Detection) => number | undefined): string => {
    const values = rounds.flatMap(({ detection }) => (detection && pick(detection)) ?? []);
    return shownSpread(values);
  };
  return [
    `affected users: ${shownSpread(all(({ affectedMs }) => affectedMs))}`,
    `other users:    ${shownSpread(all(({ othersMs }) => othersMs))}`,
    `of it detection: decided ${part(({ decidedMs }) => decidedMs)};`,
    `                 in ZooKeeper ${part(({ changedMs }) => changedMs)}`,
    whatIsAPause,
  ];
}

/** Without its maps, which JSON does not know. */
export function verdictJson({ windows: _, ...verdict }: Verdict): string {
  return JSON.stringify({ verdict });
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
