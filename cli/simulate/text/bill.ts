/** What it costs to hand users over, beside what it would cost to close their sockets. */
import type { CrashCase, StepResult, Survey } from '../../../ring/index.ts';
import { bytes, count, duration, percent, shortCount, times } from '../numbers.ts';
import type { SimulationReport } from '../report.ts';
import { type Column, heading, note, type Page, shown, table } from './table.ts';

interface Line {
  readonly what: string;
  readonly here: string;
  readonly there: string;
}

export function billLines(report: SimulationReport, page: Page): readonly string[] {
  const { steps, load, rates } = report.simulation;
  if (steps.length === 0 || load.users === 0) return [];
  const sum = (of: (step: StepResult) => number): number =>
    steps.reduce((all, step) => all + of(step), 0);
  const most = (of: (step: StepResult) => number): number => Math.max(...steps.map(of));
  const worst = steps.reduce((a, b) =>
    b.bill.reconnects.heirPerS > a.bill.reconnects.heirPerS ? b : a,
  );
  const lost = sum(({ bill }) => bill.handover.usersLost);
  const pace = `${duration(sum(({ bill }) => bill.handover.pacedSeconds))} at ${count(rates.pacePerS)}/s`;
  const copied = sum(({ bill: { handover: h } }) => h.bytesBefore + h.bytesAfter);
  const rows: readonly Line[] = [
    { what: 'sockets closed', here: '0', there: count(sum(({ bill }) => bill.reconnects.closed)) },
    {
      what: 'until it is over',
      here: duration(sum(({ bill }) => bill.handover.seconds)),
      there: duration(sum(({ bill }) => bill.reconnects.seconds)),
    },
    {
      what: 'a moved user waits',
      here: duration(most(({ bill }) => bill.handover.pauseMs) / 1000),
      there: `up to ${duration(most(({ bill }) => bill.reconnects.seconds))}`,
    },
    {
      what: 'new sockets at one worker',
      here: '0',
      there: `${shortCount(worst.bill.reconnects.heirPerS)}/s at ${worst.bill.reconnects.heaviestHeir}`,
    },
    {
      what: 'handshakes',
      here: '0',
      there: `${duration(sum(({ bill }) => bill.reconnects.cpuSeconds))} of CPU`,
    },
    { what: 'copied', here: bytes(copied), there: 'state is fetched anew' },
    {
      what: '… in so many messages',
      here: count(sum(({ bill }) => bill.handover.messages)),
      there: '',
    },
    {
      what: 'slots sealed, in rounds',
      here: `${count(sum(({ bill }) => bill.handover.usedSlots))} in ${count(sum(({ bill }) => bill.handover.rounds))}`,
      there: '',
    },
    {
      what: 'second copies in place',
      here: duration(sum(({ bill }) => bill.handover.secondsToCopies)),
      there: '',
    },
    { what: 'if paced', here: pace, there: pace },
    ...(lost > 0 ? [{ what: 'users losing both copies', here: count(lost), there: '' }] : []),
  ];
  const columns: Column<Line>[] = [
    { head: '', isText: true, text: ({ what }) => what },
    { head: 'RINGWAY', text: ({ here }) => here },
    { head: 'CLOSING SOCKETS', text: ({ there }) => there },
  ];
  const all = steps.length > 1 ? 'all steps together' : '';
  const slow = steps.find(({ bill }) => bill.handover.isDrainTooLong);
  return [
    ...heading('The bill', all, page),
    ...table({ columns, rows }, page),
    ...(slow === undefined ? [] : note(slowText(slow, rates.drainTimeoutMs), page)),
  ];
}

function slowText({ step }: StepResult, drainTimeoutMs: number): string {
  return `step ${step}: a worker needs longer than drainTimeoutMs ${drainTimeoutMs} to leave`;
}

const casesShown = 5;

/** N−1 and N−2. */
export function surveyLines(report: SimulationReport, page: Page): readonly string[] {
  return report.simulation.surveys.flatMap((survey) => oneSurvey(survey, page));
}

function oneSurvey(survey: Survey, page: Page): readonly string[] {
  const { kind, cases, afterStep, mean, worstCases } = survey;
  const name = kind === 'any-one' ? 'Any one crash' : 'Any two crashes';
  const when = afterStep === 0 ? '' : `, after step ${afterStep}`;
  const about = `${count(cases)} cases, all tried${when}; on average the busiest has ${times(mean)} × its share`;
  const { items, more } = shown(worstCases, casesShown, page);
  const hasLoss = kind === 'any-two' && worstCases.some(({ usersLost }) => usersLost > 0);
  return [
    ...heading(name, about, page),
    ...table(
      {
        rows: items,
        columns: [
          { head: 'CRASHED', isText: true, text: ({ crashed }) => crashed.join(', ') },
          { head: 'BUSIEST', isText: true, text: ({ busiest }) => busiest },
          { head: 'LOAD', rank: 1, text: ({ load }) => count(load) },
          { head: '× FAIR', text: ({ timesFair }) => times(timesFair) },
          ...(hasLoss
            ? [
                {
                  head: 'USERS LOST',
                  text: ({ usersLost }: CrashCase) => count(usersLost),
                },
              ]
            : []),
        ],
        bar: {
          ...{ head: '', after: '× FAIR', mark: 1 },
          max: Math.max(1.25, ...worstCases.map(({ timesFair }) => timesFair)),
          value: ({ timesFair }) => timesFair,
        },
      },
      page,
    ),
    ...more,
  ];
}

const hotShown = 5;

export function hotKeyLines(report: SimulationReport, page: Page): readonly string[] {
  const { hotKeys } = report.simulation;
  if (hotKeys.length === 0) return [];
  const { items, more } = shown(hotKeys, hotShown, page);
  const hasKeys = hotKeys.some(({ key }) => key !== undefined);
  const hex = (hash: number): string => hash.toString(16).padStart(8, '0');
  const about = hasKeys ? 'the busiest users' : 'the busiest users; --show-ids names them';
  return [
    ...heading('Hot keys', about, page),
    ...table(
      {
        rows: items,
        columns: [
          {
            head: hasKeys ? 'KEY' : 'HASH',
            isText: true,
            text: ({ key, hash }) => key ?? hex(hash),
          },
          { head: 'CONNS', text: ({ connections }) => count(connections) },
          { head: 'EVENTS/S', rank: 2, text: ({ eventsPerS }) => count(eventsPerS) },
          { head: 'WORKER', isText: true, text: ({ ownerAfter }) => ownerAfter },
          { head: 'OF ITS CONNS', rank: 1, text: ({ ofOwner }) => percent(ofOwner.connections) },
          { head: 'OF ITS EVENTS', rank: 2, text: ({ ofOwner }) => percent(ofOwner.eventsPerS) },
          {
            head: 'OF A FAIR WORKER',
            text: ({ ofFairWorker }) => times(ofFairWorker),
            hue: ({ ofFairWorker }) => (ofFairWorker > 1 ? 'bad' : 'plain'),
          },
        ],
      },
      page,
    ),
    ...more,
    ...(hotKeys.some(({ ofFairWorker }) => ofFairWorker > 1)
      ? note('above 1.00 a user is more than one worker should carry: no placement helps', page)
      : []),
  ];
}
