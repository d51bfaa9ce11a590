/** What the moves cost: here, where sockets stay open, and where a system closes them. */
import type { Bill, BillRates, StepResult } from '../../../ring/index.ts';
import { plural } from '../numbers.ts';
import { bar } from './bar.ts';
import { type Content, type Markup, markup } from './markup.ts';
import { amount, bytes, duration, nothing, perSecond, plain, whole } from './numbers.ts';
import { section, table } from './table.ts';
import { htmlLimits, type View } from './view.ts';

export function billSection(view: View): Markup | undefined {
  const { simulation, hasUsers } = view;
  if (!hasUsers || simulation.steps.length === 0) return undefined;
  const { steps } = simulation;
  return section(
    'bill',
    'The bill',
    markup`<p class="quiet note">Ringway hands users over while their sockets stay open. A system that closes the sockets of those who move gets all of them back at once.${
      steps.length > 1 && ' All steps, one after another; peaks are those of the worst step.'
    }</p>
`,
    versus(view),
    steps.length > 1 && stepBills(view),
    assumptions(simulation.rates),
  );
}

function versus({ simulation }: View): Markup {
  const { steps, rates } = simulation;
  const sum = (part: (bill: Bill) => number): number =>
    steps.reduce((all, { bill }) => all + part(bill), 0);
  const most = (part: (bill: Bill) => number): number =>
    Math.max(...steps.map(({ bill }) => part(bill)));
  const peak = steps.reduce((worst, step) =>
    step.bill.reconnects.heirPerS > worst.bill.reconnects.heirPerS ? step : worst,
  ).bill.reconnects;
  const lost = sum(({ handover }) => handover.usersLost);
  const closed = sum(({ reconnects }) => reconnects.closed);
  const copied = sum(({ handover }) => handover.bytesBefore + handover.bytesAfter);
  const rows: readonly (readonly [Content, Content, Content])[] = [
    [
      'Sockets closed',
      markup`<strong class="big good">0</strong>${bar({ scale: closed || 1, value: 0 })}`,
      markup`<strong class="big bad">${amount(closed)}</strong>${bar({ scale: closed || 1, value: closed, isBad: true })}`,
    ],
    [
      'What a moved user feels',
      pausesOf(steps, rates),
      `a lost connection, and a new one within ${plain(rates.reconnectSpreadS)} s or later`,
    ],
    [
      'Time, as fast as it goes',
      `${duration(sum(({ handover }) => handover.seconds))}; ${duration(sum(({ handover }) => handover.secondsToCopies))} until every second copy is in its place`,
      `${duration(sum(({ reconnects }) => reconnects.seconds))} until the heaviest heirs have accepted theirs at ${whole(rates.acceptsPerS)} connections/s each`,
    ],
    [
      `Time, paced at ${whole(rates.pacePerS)} connections/s`,
      duration(sum(({ handover }) => handover.pacedSeconds)),
      nothing,
    ],
    [
      'The busiest moment of one worker',
      `${plural(
        most(({ handover }) => handover.rounds),
        'round',
      )} of at most ${plural(rates.movesMax, 'slot')}`,
      markup`${whole(peak.heirPerS)} connections/s at <bdi>${peak.heaviestHeir === '' ? nothing : peak.heaviestHeir}</bdi>`,
    ],
    [
      'Copied between workers',
      `${bytes(copied)} in ${whole(sum(({ handover }) => handover.messages))} messages, ${bytes(sum(({ handover }) => handover.bytesBefore))} of it before slots move`,
      'nothing is kept, so everything is fetched again',
    ],
    ['CPU for handshakes', 'none', duration(sum(({ reconnects }) => reconnects.cpuSeconds))],
  ];
  return markup`${table<(typeof rows)[number]>({
    caption: `${amount(sum(({ handover }) => handover.connections))} connections in ${whole(sum(({ handover }) => handover.usedSlots))} used slots move`,
    className: 'versus',
    rows,
    rowsMax: rows.length,
    columns: [
      { head: 'What', cell: ([name]) => name },
      { head: 'Handed over', cell: ([, here]) => here },
      { head: 'Sockets closed', cell: ([, , there]) => there },
    ],
  })}${
    lost > 0 &&
    markup`<p class="bad strong">${amount(lost)} users lose both copies at once: they are told recovered: false.</p>
`
  }${
    steps.some(({ bill }) => bill.handover.isDrainTooLong) &&
    markup`<p class="bad strong">A drain takes longer than drainTimeoutMs (${duration(rates.drainTimeoutMs / 1_000)}): raise it, or leave in smaller steps.</p>
`
  }`;
}

function stepBills({ simulation }: View): Markup {
  return table<StepResult>({
    caption: 'Step by step: what is handed over, and the storm that it spares',
    className: 'dense',
    rows: simulation.steps,
    rowsMax: htmlLimits.stepsMax,
    columns: [
      { head: 'Step', cell: ({ step }) => whole(step) },
      { head: 'What', className: 'wide', cell: ({ label }) => markup`<bdi>${label}</bdi>` },
      {
        head: 'Connections',
        isNumber: true,
        cell: ({ bill }) => amount(bill.handover.connections),
      },
      {
        head: 'Copied',
        isNumber: true,
        cell: ({ bill }) => bytes(bill.handover.bytesBefore + bill.handover.bytesAfter),
      },
      {
        head: 'Handed over in',
        isNumber: true,
        cell: ({ bill }) => duration(bill.handover.seconds),
      },
      {
        head: 'Pause',
        isNumber: true,
        cell: ({ bill }) => duration(bill.handover.pauseMs / 1_000),
      },
      {
        head: 'Storm at one worker',
        isNumber: true,
        cell: ({ bill }) => perSecond(bill.reconnects.heirPerS),
      },
      { head: 'over in', isNumber: true, cell: ({ bill }) => duration(bill.reconnects.seconds) },
    ],
  });
}

function assumptions(rates: BillRates): Markup {
  const entries: readonly (readonly [string, string])[] = [
    ['kept of a user', bytes(rates.bytesPerUser)],
    ['kept of a session', bytes(rates.bytesPerSession)],
    ['slots sealed at once (movesMax)', whole(rates.movesMax)],
    ['one message of a copy', bytes(rates.copyBatchBytesMax)],
    ['copying, by worker', `${bytes(rates.copyBytesPerS)}/s`],
    ['pause of a planned move', ms(rates.movePauseMs)],
    ['pause after a crash', ms(rates.crashPauseMs)],
    ['longest drain', duration(rates.drainTimeoutMs / 1_000)],
    ['pace', `${amount(rates.pacePerS)} connections/s`],
    ['accepted by a worker', `${amount(rates.acceptsPerS)} connections/s`],
    ['clients come back within', `${plain(rates.reconnectSpreadS)} s`],
    ['CPU of a handshake', ms(rates.handshakeCpuMs)],
  ];
  return markup`<p class="quiet note">Reckoned with: ${entries.map(([name, value]) => `${name} ${value}`).join(' · ')}.</p>
`;
}

function pausesOf(steps: readonly StepResult[], rates: BillRates): string {
  const moving = steps.filter(({ bill }) => bill.handover.connections > 0);
  const pauses = [
    moving.some(({ cause }) => cause === 'planned') && `a pause of about ${ms(rates.movePauseMs)}`,
    moving.some(({ cause }) => cause === 'crash') &&
      `${ms(rates.crashPauseMs)} when a worker is lost`,
  ];
  return pauses.filter((pause) => pause !== false).join('; ') || nothing;
}

function ms(value: number): string {
  return `${plain(value)}\u00a0ms`;
}
