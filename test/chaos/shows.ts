/**
 * Named exercises of one fault each, as the figures of the documents were taken: fixed loads and
 * fixed rhythms, so that runs can be compared.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { memberIdOf, type Random } from '../../base/index.ts';
import { machineMs } from '../support/processes/journal.ts';
import { heldBy } from '../support/processes/placement.ts';
import type { Fault } from './fault.ts';
import { both } from './faults/both.ts';
import { kill } from './faults/kill.ts';
import { movedBetween } from './faults/moves.ts';
import { zombie } from './faults/zombie.ts';
import { playRound, type Round } from './round.ts';
import type { ChaosOptions, ChaosStage } from './stage.ts';

export interface Exercise {
  readonly about: string;
  readonly options: Partial<ChaosOptions>;
  run(chaos: ChaosStage, random: Random, print: (round: Round) => void): Promise<void>;
}

/** 500 clients that can resume at 300 events a second; messages of clients beside them. */
const fullLoad = { users: 250, eventsPerSecond: 300, messagesPerSecond: 25, plainEvery: 0 };

const killEveryMs = 10_000;
const killForMs = 180_000;
const zombies = 5;
const losses = 3;

const shows: Readonly<Record<string, Exercise>> = {
  kill: {
    about: `SIGKILL of a random worker every ${killEveryMs / 1000} s for ${killForMs / 1000} s`,
    options: fullLoad,
    run: async (chaos, random, print) => {
      const startMs = machineMs();
      for (let n = 0; n < killForMs / killEveryMs; n += 1) {
        // Never early; late when the cluster needed longer to have two copies of everything.
        await sleep(Math.max(0, startMs + n * killEveryMs - machineMs()));
        print(await playRound(chaos, kill, random));
      }
    },
  },
  zombie: {
    ...repeated(zombie, zombies, 'SIGSTOP of a random worker for twice its session timeout'),
    // What is said on the links is read: nothing may be, by a zombie.
    options: { ...fullLoad, between: 'taps' },
  },
  moves: {
    about: '3 → 4 → 3 → 6 → 2 workers, one at a time',
    options: { ...fullLoad, workers: 3 },
    run: async (chaos, random, print) => {
      for (const count of [4, 3, 6, 2]) {
        while (chaos.workers.size !== count) {
          const step = chaos.workers.size < count ? join : leave;
          print(await playRound(chaos, step, random));
        }
      }
    },
  },
  both: repeated(both, losses, 'SIGKILL of two workers in one moment'),
};

/** @throws Error that lists the names */
export function showNamed(name: string): Exercise {
  const show = shows[name];
  if (show !== undefined) return show;
  throw new Error(`no show "${name}": ${Object.keys(shows).join(', ')}`);
}

const join: Fault = {
  name: 'join',
  run: async (chaos) => {
    const before = await chaos.placement.read();
    const newcomer = `w-${chaos.workers.size + 1}`;
    await chaos.startWorker(newcomer);
    const moved = movedBetween(before, await chaos.untilHealthy());
    return { bit: `${newcomer} took ${moved.size} users`, affected: moved };
  },
};

const leave: Fault = {
  name: 'drain',
  run: async (chaos) => {
    const before = await chaos.placement.read();
    const leaver = `w-${chaos.workers.size}`;
    const owned = [...before.entries].filter(([, { owner }]) => memberIdOf(owner) === leaver);
    await chaos.drainWorker(leaver);
    const after = await chaos.untilHealthy();
    const rest = heldBy(after, [leaver]).size;
    if (rest > 0) throw new Error(`${leaver} is gone and has ${rest} users`);
    return {
      bit: `${leaver} gave ${owned.length} users away`,
      affected: movedBetween(before, after),
    };
  },
};

function repeated(fault: Fault, times: number, about: string): Exercise {
  return {
    about: `${times} times ${about}`,
    options: fullLoad,
    run: async (chaos, random, print) => {
      for (let n = 0; n < times; n += 1) print(await playRound(chaos, fault, random));
    },
  };
}
