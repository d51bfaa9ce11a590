/** A ring and the load that lies on it at one instant: every worker and the balance. */

import { nobody } from '../circle.ts';
import { vnodesOf } from '../virtual-nodes.ts';
import { balanceOf, type Grain } from './balance.ts';
import type { Cast, Instant } from './instant.ts';
import type { Load, SlotLoad } from './load.ts';
import type { Balance, RingState, WorkerLoad } from './results.ts';
import { capacityOf } from './roster.ts';
import { PairTally, quantitiesOf, Tally } from './tally.ts';
import type { Measure, Quantities } from './types.ts';

/** What is the same at every instant of a simulation. */
export interface Frame {
  readonly cast: Cast;
  readonly load: SlotLoad;
  readonly totals: Quantities;
  readonly grains: Readonly<Record<Measure, Grain>>;
  readonly measure: Measure;
}

/** An instant with its tallies, by number in the cast. */
export interface Weighed {
  readonly instant: Instant;
  readonly tally: Tally;
  /** Capacity ÷ all capacities, by number in the cast; 0 for those who are not there. */
  readonly fair: Float64Array;
}

export function grainsOf(load: Load | undefined): Readonly<Record<Measure, Grain>> {
  const none = { spread: 0, heaviest: 0 };
  if (load === undefined) {
    return { slots: none, users: none, connections: none, eventsPerS: none };
  }
  const { users } = load.totals;
  const of = (measure: 'connections' | 'eventsPerS'): Grain => {
    const total = load.totals[measure];
    if (total === 0) return none;
    return {
      spread: load.squares[measure] / total ** 2,
      heaviest: load.largest[measure] / total,
    };
  };
  return {
    slots: none,
    users: { spread: 1 / users, heaviest: 1 / users },
    connections: of('connections'),
    eventsPerS: of('eventsPerS'),
  };
}

export function weighed(instant: Instant, frame: Frame): Weighed {
  const size = frame.cast.ids.length;
  const tally = new Tally(size);
  tally.addAll(instant.targets, frame.load);
  const fair = new Float64Array(size);
  const all = instant.members.reduce((sum, member) => sum + capacityOf(member), 0);
  instant.members.forEach((member, i) => {
    fair[instant.numbers[i] ?? nobody] = capacityOf(member) / all;
  });
  return { instant, tally, fair };
}

export function stateOf(at: Weighed, frame: Frame): RingState {
  const { instant, tally, fair } = at;
  const shares = instant.ring.shares();
  const crashes = worstCrashes(at, frame);
  const workers = instant.members.map((member, i): WorkerLoad => {
    const number = instant.numbers[i] ?? nobody;
    const load = tally.at(number);
    const fairPart = fair[number] ?? 0;
    const crash = crashes.get(number);
    return {
      id: member.id,
      ...(member.zone === undefined ? {} : { zone: member.zone }),
      weight: member.weight,
      capacity: capacityOf(member),
      vnodes: vnodesOf(member.weight),
      circle: shares.get(member.id) ?? 0,
      fair: fairPart,
      load,
      timesFair: quantitiesOf((measure) => {
        const total = frame.totals[measure];
        return total === 0 ? 0 : load[measure] / total / fairPart;
      }),
      ...(crash === undefined ? {} : { afterWorstCrash: crash }),
    };
  });
  return {
    ringId: instant.ring.id,
    members: instant.members,
    workers,
    balance: balances(workers, frame),
  };
}

function balances(
  workers: readonly WorkerLoad[],
  { grains }: Frame,
): Readonly<Record<Measure, Balance>> {
  const of = (measure: Measure): Balance => {
    const parts = workers.map(({ id, fair, load }) => ({ id, fair, load: load[measure] }));
    return balanceOf(parts, grains[measure]);
  };
  return {
    slots: of('slots'),
    users: of('users'),
    connections: of('connections'),
    eventsPerS: of('eventsPerS'),
  };
}

type CrashView = NonNullable<WorkerLoad['afterWorstCrash']>;

/**
 * Of each worker the one other whose crash loads it most. Who inherits nothing is worst off
 * after the crash of the smallest other, because then most is fair for those who are left.
 */
function worstCrashes(at: Weighed, frame: Frame): ReadonlyMap<number, CrashView> {
  const { instant, tally, fair } = at;
  const { measure } = frame;
  const worst = new Map<number, CrashView>();
  if (instant.numbers.length < 2) return worst;
  const consider = (heir: number, crashed: number, more: Quantities | undefined): void => {
    const own = tally.at(heir);
    const load = quantitiesOf((each) => own[each] + (more?.[each] ?? 0));
    const left = 1 - (fair[crashed] ?? 0);
    const total = frame.totals[measure];
    const timesFair = total === 0 ? 0 : (load[measure] / total / (fair[heir] ?? 0)) * left;
    if (timesFair <= (worst.get(heir)?.timesFair ?? -1)) return;
    worst.set(heir, { crashed: frame.cast.ids[crashed] ?? '', load, timesFair });
  };
  const heirs = heirsOf(instant, frame.load);
  heirs.pairs.forEach(([crashed, heir], i) => {
    consider(heir, crashed, heirs.at(i));
  });
  const bySize = [...instant.numbers].sort((a, b) => (fair[a] ?? 0) - (fair[b] ?? 0) || a - b);
  for (const heir of instant.numbers) {
    const smallest = bySize[0] === heir ? bySize[1] : bySize[0];
    if (smallest === undefined || heirs.has(smallest, heir)) continue;
    consider(heir, smallest, undefined);
  }
  return worst;
}

/** What each worker would leave to whom if it crashed alone: pairs (crashed, heir). */
export function heirsOf({ targets, replicas }: Instant, load: SlotLoad): PairTally {
  const heirs = new PairTally();
  targets.forEach((target, slot) => {
    heirs.addSlot(target, replicas[slot] ?? nobody, load, slot);
  });
  return heirs;
}
