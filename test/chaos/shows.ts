/**
 * Named exercises of one fault each, as the figures of the documents were taken: fixed loads and
 * fixed rhythms, so that runs can be compared.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../base/index.ts';
import { machineMs } from '../support/processes/journal.ts';
import { kill } from './faults/kill.ts';
import { playRound, type Round } from './round.ts';
import type { ChaosOptions, ChaosStage } from './stage.ts';

export interface Show {
  readonly about: string;
  readonly options: Partial<ChaosOptions>;
  run(chaos: ChaosStage, random: Random, print: (round: Round) => void): Promise<void>;
}

/** 500 clients at 300 events a second; messages of clients beside them. */
const fullLoad = { users: 250, eventsPerSecond: 300, messagesPerSecond: 25 };

const killEveryMs = 10_000;
const killForMs = 180_000;

export const shows: Readonly<Record<string, Show>> = {
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
};
