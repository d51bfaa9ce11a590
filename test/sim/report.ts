/**
 * A violation as text: what broke, the shortest schedule that was found to break it, the command
 * that runs it again, and the end of its trace, as far as it concerns the slot or key.
 */
import { slotOf } from '../../ring/index.ts';
import { type Case, commandOf, runCase } from './case.ts';
import { printFault } from './fault-text.ts';
import { worldSize } from './limits.ts';
import { type Run, scheduleOf } from './run.ts';
import { shorten } from './shorten.ts';

const traceLinesMax = 60;
const traceColumnsMax = 220;

/** The report of a seed's own schedule. */
export function reportSeed({ seed, mix, plant }: Pick<Case, 'seed' | 'mix' | 'plant'>): string {
  const found: Case = { seed, mix, plant, jitter: 0, faults: scheduleOf(seed, mix) };
  return reportShortened(found, runCase(found));
}

/** `VIOLATION …` with its schedule shortened; many runs, so not for each of many. */
export function reportShortened(found: Case, run: Run): string {
  const short = shorten(found, run);
  const { faults } = short.case;
  const count = `${faults.length} of ${found.faults.length} faults are left after ${short.runs} runs`;
  return [
    headline(short.case, short.run),
    faults.length === 0 ? 'No fault is needed.' : `${count}:`,
    ...faults.map(printFault),
    `The end of its trace${nameOfMarks(short.run)}:`,
    ...traceEnd(short.case, short.run),
    'Run it again, with its whole trace:',
    `  ${commandOf(short.case)}`,
    'The whole schedule:',
    `  ${commandOfSeed(found)}`,
  ].join('\n');
}

function headline({ seed, mix, plant }: Case, { endedAtMs, violation }: Run): string {
  const planted = plant === undefined ? '' : ` plant ${plant}`;
  return `VIOLATION seed ${seed} mix ${mix}${planted} at ${endedAtMs} ms: ${violation?.message}`;
}

export function commandOfSeed({ seed, mix, plant }: Pick<Case, 'seed' | 'mix' | 'plant'>): string {
  const planted = plant === undefined ? '' : ` --plant ${plant}`;
  return `npm run sim -- --seed ${seed} --mix ${mix}${planted}`;
}

function traceEnd(one: Case, run: Run): readonly string[] {
  const marks = marksOf(run);
  const lines: string[] = [];
  runCase(one, (line) => {
    const isFault = /^ *\d+ (?:fault|table) /.test(line);
    const isAbout = marks.length === 0 || marks.some((mark) => mark.test(line));
    if (!isAbout && !isFault) return;
    lines.push(line.length > traceColumnsMax ? `${line.slice(0, traceColumnsMax)}…` : line);
    if (lines.length > traceLinesMax) lines.shift();
  });
  return lines;
}

/** What of a trace concerns the slots and keys that the violation speaks of. */
function marksOf({ violation }: Run): readonly RegExp[] {
  return placesIn(violation?.message ?? '').map(({ slot, key }) => {
    const ofSlot = `"slot":${slot}\\b|slot ${slot}\\b`;
    return new RegExp(key === undefined ? ofSlot : `${ofSlot}|${key}\\b`);
  });
}

function nameOfMarks({ violation }: Run): string {
  const names = placesIn(violation?.message ?? '').map(({ slot, key }) => {
    return key === undefined ? `slot ${slot}` : `${key} in slot ${slot}`;
  });
  return names.length === 0 ? '' : `, of ${names.join(' and ')}`;
}

interface Place {
  readonly slot: number;
  readonly key: string | undefined;
}

function placesIn(message: string): readonly Place[] {
  const [first = ''] = message.split('\n');
  const keys = new Set([...first.matchAll(/user:k\d+/g)].map(([key]) => key));
  for (const [, client] of first.matchAll(/(?:^|[\s/])c(\d+)(?=[,: ]|-\d+[/:])/g)) {
    keys.add(`user:k${Number(client) % worldSize.keys}`);
  }
  const ofKeys = [...keys].map((key) => ({ slot: slotOf(key, worldSize.slots), key }));
  const slots = new Set([...first.matchAll(/\bslot (\d+)/g)].map(([, slot]) => Number(slot)));
  const others = [...slots].filter((slot) => ofKeys.every((one) => one.slot !== slot));
  return [...ofKeys, ...others.map((slot) => ({ slot, key: undefined }))].slice(0, 2);
}
