/** The verdict in words: one line that says what moves, what it costs and whether it is safe. */
import type { Measure, Simulation, StepResult, VerdictReason } from '../../ring/index.ts';
import { count, duration, percent, plural, times } from './numbers.ts';

/** What a measure is called in a sentence. */
export const measureNames: Readonly<Record<Measure, string>> = {
  slots: 'slots',
  users: 'users',
  connections: 'connections',
  eventsPerS: 'events/s',
};

export function headlineOf(simulation: Simulation, isOk: boolean): string {
  const parts = [
    sizeOf(simulation),
    ...(simulation.steps.length > 0 ? [movesOf(simulation), costsOf(simulation)] : []),
    balanceOf(simulation),
    ...surveysOf(simulation),
    ...lossOf(simulation),
    ...(simulation.steps.length > 0 ? [timeOf(simulation)] : []),
  ];
  return `${isOk ? 'OK' : 'NOT OK'}: ${parts.join('. ')}.`;
}

function sizeOf({ before, after, steps, load }: Simulation): string {
  const from = before.members.length;
  const to = after.members.length;
  const workers = from === to ? plural(to, 'worker') : `${from} → ${plural(to, 'worker')}`;
  if (steps.length > 1) return `${workers} in ${steps.length} steps`;
  return steps.length === 0 && load.users > 0
    ? `${workers}, ${plural(load.users, 'user')}`
    : workers;
}

/** Users and connections, or slots where nobody is connected. */
function movesOf(simulation: Simulation): string {
  const { load, total, timesMoved, slots } = simulation;
  if (load.users === 0) {
    return `${count(total.moved.slots)} of ${count(slots)} slots move; ${keysOf(simulation)}`;
  }
  const some = timesMoved.slice(1).reduce((sum, users) => sum + users, 0);
  const { users, connections } = total.moved;
  const again = users > some ? `, ${count(users)} moves in all` : '';
  const who = `${count(some)} of ${plural(load.users, 'user')} move (${percent(some / load.users)})`;
  return `${who}${again}, with ${plural(connections, 'connection')}; ${keysOf(simulation)}`;
}

/** Of a time line that of its largest step, since keys move again and again. */
function keysOf({ steps }: Simulation): string {
  const [first] = steps;
  const largest = steps.reduce(
    (most, step) => (keyFraction(step) > keyFraction(most) ? step : most),
    first as (typeof steps)[number],
  );
  const keys = `${percent(keyFraction(largest))} of all keys`;
  return steps.length === 1 ? keys : `at most ${keys} in one step (${largest.label})`;
}

/** Exact: a key goes where its slot goes, and all slots are as large. */
function keyFraction({ movement }: StepResult): number {
  return movement.fraction.slots;
}

function costsOf({ load, total, steps }: Simulation): string {
  const by = load.users > 0 ? 'users' : 'slots';
  const least = total.minimum[by];
  const isLeast = total.moved[by] <= least;
  const collateral = steps.reduce((sum, { movement }) => sum + movement.collateral.circle, 0);
  const minimum = isLeast
    ? 'No placement could move fewer'
    : `The least possible is ${count(least)}`;
  return `${minimum}; collateral ${collateral === 0 ? '0' : percent(collateral)}`;
}

function balanceOf({ verdict, steps, measure }: Simulation): string {
  const { imbalanceBefore, imbalanceAfter, worstImbalance } = verdict;
  const what = `its fair share of ${measureNames[measure]}`;
  if (steps.length === 0) return `The busiest worker has ${times(imbalanceBefore)} × ${what}`;
  const peak =
    worstImbalance > Math.max(imbalanceBefore, imbalanceAfter) + 0.005
      ? ` (${times(worstImbalance)} on the way)`
      : '';
  return `Busiest worker ${times(imbalanceBefore)} → ${times(imbalanceAfter)} × ${what}${peak}`;
}

function surveysOf({ surveys }: Simulation): readonly string[] {
  return surveys.flatMap(({ kind, worst }) => {
    if (worst === undefined) return [];
    const crash = kind === 'any-one' ? 'any one crash' : 'any two crashes';
    return [`After ${crash} at most ${times(worst.timesFair)} × (${worst.busiest})`];
  });
}

function lossOf({ steps }: Simulation): readonly string[] {
  const lost = steps.reduce((sum, { bill }) => sum + bill.handover.usersLost, 0);
  return lost === 0 ? [] : [`${plural(lost, 'user')} lose both copies of what is kept of them`];
}

function timeOf({ load, steps, rates }: Simulation): string {
  if (load.connections === 0) return 'How long it takes depends on who is connected';
  const sum = (of: (step: (typeof steps)[number]) => number): number =>
    steps.reduce((all, step) => all + of(step), 0);
  const seconds = sum(({ bill }) => bill.handover.seconds);
  const paced = sum(({ bill }) => bill.handover.pacedSeconds);
  const pace = `${duration(paced)} at ${count(rates.pacePerS)} connections/s`;
  return `Takes ${duration(seconds)}, or ${pace}`;
}

/** Why a verdict is not OK, one sentence each. */
export function problemOf(reason: VerdictReason, { measure, load }: Simulation): string {
  const { code, step, value, limit } = reason;
  const at = step === 0 ? 'before any step' : `after step ${step}`;
  const share = `× its fair share of ${measureNames[measure]}`;
  const bound = `more than --max-imbalance ${times(limit)}`;
  switch (code) {
    case 'moved': {
      const who = load.users > 0 ? 'users' : 'slots';
      return `step ${step} moves ${percent(value)} of the ${who}, more than --max-moved ${percent(limit)}`;
    }
    case 'imbalance':
      return `${at} the busiest worker has ${beyond(value, limit)} ${share}, ${bound}`;
    case 'imbalance-after-crash':
      return `a crash ${at} leaves a worker with ${beyond(value, limit)} ${share}, ${bound}`;
    case 'collateral':
      return `step ${step} moves ${percent(value)} of all keys between workers that it does not touch`;
  }
}

/** With as many digits as it takes to see that it is more. */
function beyond(value: number, limit: number): string {
  const short = times(value);
  return Number(short) > limit ? short : value.toFixed(6);
}
