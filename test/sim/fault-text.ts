/**
 * A fault as one line of text that a person reads, and back: `   812 ms  crash w2`. Each kind has
 * its sentences; of several the first whose fields the fault has.
 */
import type { Fault, FaultKind } from './fault.ts';

export const sentences: Readonly<Record<FaultKind, readonly string[]>> = {
  join: ['join {worker}'],
  drain: ['drain {worker}'],
  weight: ['give {worker} the weight {weight}'],
  crash: ['crash {worker}, back after {backMs} ms', 'crash {worker} for good'],
  pause: ['pause {process} for {forMs} ms'],
  linkCut: ['cut {from} and {to} apart for {forMs} ms'],
  oneWayCut: ['cut the way from {from} to {to} for {forMs} ms'],
  linkReset: ['reset the link of {from} and {to}'],
  coordinatorCut: ['cut {process} from ZooKeeper for {forMs} ms'],
  copiesCut: [
    'cut the copies of slot {slot} and {gateway} from ZooKeeper for {forMs} ms',
    'cut the copies of slot {slot} from ZooKeeper for {forMs} ms',
  ],
  copiesPause: ['pause the copies of slot {slot} for {forMs} ms, ending {apartMs} ms apart'],
  sessionLoss: ['end the ZooKeeper session of {process}'],
  outage: ['stop ZooKeeper for {forMs} ms'],
  island: ['make an island of {inside} for {forMs} ms'],
  gatewayCrash: ['crash {gateway}, back after {backMs} ms'],
  gatewayDrain: ['drain {gateway}, back {backMs} ms after it has left'],
  client: ['client {client} {does}, back after {backMs} ms'],
  channelLoss: ['close the channel of {gateway} on partition {partition}'],
  brokerOutage: ['stop publishing for {forMs} ms'],
  twin: ['start a twin of {worker}'],
  wipe: ['wipe ZooKeeper'],
  followerLag: ['let ZooKeeper server {server} lag up to {lagMs} ms for {forMs} ms'],
  followerCut: ['cut ZooKeeper server {server} from its leader for {forMs} ms'],
  followerCrash: ['crash ZooKeeper server {server}, back after {backMs} ms'],
  failOver: [
    'fail partition {partition} over in {forMs} ms, forgetting {unheardMs} ms; {late} notices {lateMs} ms late',
  ],
  stuckKey: ['let the handlers of key {key} hang for {forMs} ms, with {events} events to come'],
  slowLink: ['slow the link of {from} and {to} down by {delayMs} ms for {forMs} ms'],
};

/** What the placeholders stand for; any other is an id of its role, such as `w2`. */
const patterns: Readonly<Record<string, RegExp>> = {
  worker: /w\d+/,
  gateway: /g\d+/,
  inside: /[wg]\d+(?: [wg]\d+)*/,
  does: /closes|breaks/,
  late: /g\d+/,
  process: /[wg]\d+/,
  from: /[wg]\d+/,
  to: /[wg]\d+/,
};

export function printFault(fault: Fault): string {
  return `${String(fault.atMs).padStart(6)} ms  ${sentenceOf(fault)}`;
}

export function sentenceOf(fault: Fault): string {
  const fields = new Map(Object.entries(fault));
  const fitting = sentences[fault.kind].find((sentence) =>
    namesIn(sentence).every((name) => fields.has(name)),
  );
  return (fitting ?? '').replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value: unknown = fields.get(name);
    return Array.isArray(value) ? value.join(' ') : String(value);
  });
}

/** @throws Error unless the line is one of `printFault` */
export function parseFault(line: string): Fault {
  const [, atMs = '', text = ''] = /^\s*(\d+) ms\s+(.*?)\s*$/.exec(line) ?? [];
  for (const [kind, ofKind] of Object.entries(sentences)) {
    for (const sentence of ofKind) {
      const match = expressionOf(sentence).exec(text);
      if (match === null) continue;
      const fields = Object.entries(match.groups ?? {}).map(([name, value]) => [
        name,
        fieldOf(name, value),
      ]);
      return { atMs: Number(atMs), kind, ...Object.fromEntries(fields) } as Fault;
    }
  }
  throw new Error(`no fault: "${line}"`);
}

function namesIn(sentence: string): readonly string[] {
  return [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

function expressionOf(sentence: string): RegExp {
  const body = sentence.replace(/\{(\w+)\}/g, (_all, name: string) => {
    return `(?<${name}>${(patterns[name] ?? /-?\d+(?:\.\d+)?/).source})`;
  });
  return new RegExp(`^${body}$`);
}

function fieldOf(name: string, text: string): unknown {
  if (name === 'inside') return text.split(' ');
  return patterns[name] === undefined ? Number(text) : text;
}
