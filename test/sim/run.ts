/**
 * One seed from beginning to end: start, faults, heal, settle, judge. A violation is a result,
 * not an exception; an exception of a core is a violation too.
 */
import { messageOf, seededRandom } from '../../base/index.ts';
import type { Subjects } from './cores.ts';
import { drawFaults } from './draw.ts';
import type { Fault } from './fault.ts';
import { Faults } from './faults.ts';
import { checkFinal } from './final.ts';
import { mixOf, settingOf } from './mixes.ts';
import { Violation } from './omniscience.ts';
import { unfinished } from './settled.ts';
import type { Statistics } from './statistics.ts';
import { WorkerProcess } from './worker-process.ts';
import { World } from './world.ts';

export const spans = {
  startMs: 400,
  faultsMs: 2_000,
  trafficAfterMs: 200,
  settleStepMs: 100,
  settleMaxMs: 6_000,
} as const;

export interface Run {
  readonly seed: number;
  readonly mix: string;
  readonly hash: string;
  readonly statistics: Statistics;
  readonly notes: ReadonlyMap<string, number>;
  /** undefined = clean. */
  readonly violation: { readonly invariant: string; readonly message: string } | undefined;
  readonly endedAtMs: number;
}

export interface RunOptions {
  readonly seed: number;
  /** Default: `mixOf(seed)`. */
  readonly mix?: string | undefined;
  readonly subjects: Subjects;
  /** In the place of those that the seed draws; sorted by time. */
  readonly faults?: readonly Fault[] | undefined;
  /** Another chance for all but the setting and the faults. Default 0. */
  readonly jitter?: number | undefined;
  readonly print?: ((line: string) => void) | undefined;
}

/** What the seed fixes before anything runs. */
export function scheduleOf(seed: number, mix = mixOf(seed)): readonly Fault[] {
  const setting = settingOf(mix, seededRandom(seed));
  const span = { fromMs: spans.startMs, untilMs: spans.startMs + spans.faultsMs };
  return drawFaults(setting, seededRandom(seed ^ 0x5f3759df), span);
}

export function runSeed(options: RunOptions): Run {
  const { seed, mix = mixOf(seed), jitter = 0 } = options;
  const setting = settingOf(mix, seededRandom(seed));
  const faults = options.faults ?? scheduleOf(seed, mix);
  const chance = seededRandom(seed * 2 + 1 + jitter * 0x9e3779b1);
  const world = new World(chance, setting, options.subjects, options.print);
  const violation = violationOf(() => live(world, faults));
  return {
    seed,
    mix,
    hash: world.trace.hash,
    statistics: statisticsOf(world),
    notes: world.ledger.notes,
    violation,
    endedAtMs: world.nowMs(),
  };
}

function live(world: World, schedule: readonly Fault[]): void {
  const faults = new Faults(world, schedule);
  faults.run(spans.startMs + spans.faultsMs);
  world.trace.add(world.nowMs(), 'fault', 'heal');
  faults.heal();
  world.relieve();
  world.schedule.run(world.nowMs() + spans.trafficAfterMs);
  world.isBusy = false;
  world.touchEverything();
  settle(world);
  checkFinal(world);
}

/** Runs until nothing is unfinished any more, twice in a row. */
function settle(world: World): void {
  const untilMs = world.nowMs() + spans.settleMaxMs;
  let settled = 0;
  while (settled < 2) {
    world.schedule.run(world.nowMs() + spans.settleStepMs);
    const problems = unfinished(world);
    settled = problems.length === 0 ? settled + 1 : 0;
    if (world.nowMs() < untilMs) continue;
    world.ledger.expect('liveness', settled > 0, () => problems.slice(0, 8).join('; '));
    return;
  }
}

function violationOf(task: () => void): Run['violation'] {
  try {
    task();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Violation) {
      return { invariant: thrown.invariant, message: thrown.message };
    }
    const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
    return { invariant: 'exception', message: `${messageOf(thrown)}\n${stack}` };
  }
}

function statisticsOf(world: World): Statistics {
  const { network, events, out } = world.parts;
  const { stats } = world.ledger;
  stats.heartbeatDeaths = network.heartbeatDeaths;
  stats.refusals = network.refusals;
  stats.redeliveries = events.redeliveries;
  stats.acknowledgementsLost = events.acknowledgementsLost;
  stats.outward = out.first.size;
  stats.outwardRepeated = out.repeated;
  for (const { membership } of world.processes) {
    stats.answersLost += membership.answersLost;
    stats.serverChanges += membership.serverChanges;
    stats.readsBehind += membership.readsBehind;
    stats.writesUnheard += membership.writesUnheard;
  }
  for (const worker of world.processes) {
    if (!(worker instanceof WorkerProcess)) continue;
    const { evictedForMemory, trims, delayedSessions } = worker.core.state.memory.counts;
    stats.forgottenEarly += evictedForMemory;
    stats.windowsShortened += trims;
    stats.birthsDelayed += delayedSessions;
  }
  stats.birthsRefused = world.ledger.refusedEvents.size;
  stats.stuckWaitMaxMs = world.parts.stuckKeys.longestWaitMs;
  stats.steps = world.schedule.steps;
  return stats;
}
