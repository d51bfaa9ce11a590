/**
 * `npm run chaos -- [--minutes 30] [--seed N] [--only kill,zombie] [--json]`: faults drawn by the
 * seed on real processes, one line or more a round. `--show kill` is one exercise at fixed rates.
 * Exit code 1, and the journals kept, when a promise was broken.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../../base/index.ts';
import { mayStartGently } from '../support/processes/cluster.ts';
import { machineMs } from '../support/processes/journal.ts';
import { calm } from './faults/calm.ts';
import { diskFull } from './faults/disk.ts';
import { allFaults, faultNamed, whyNoDisk } from './faults/index.ts';
import { planned } from './plan.ts';
import { calmLine, pauseLines, roundJson, roundLine, verdictJson, verdictLines } from './report.ts';
import { isBroken, playRound, type Round } from './round.ts';
import { type Exercise, showNamed } from './shows.ts';
import { type ChaosOptions, ChaosStage, chaosDefaults } from './stage.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    show: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const { only, show, json } = values;
const minutes = numberOf('--minutes', values.minutes);
const seed = numberOf('--seed', values.seed);

const rounds: Round[] = [];

function say(...lines: readonly string[]): void {
  if (!json) for (const line of lines) process.stdout.write(`${line}\n`);
}

function printRound(round: Round): void {
  rounds.push(round);
  process.stdout.write(`${(json ? roundJson : roundLine)(round, rounds.length)}\n`);
}

/** All kinds of faults for some minutes. */
function drawnBySeed(): Exercise {
  const faults = only === undefined ? allFaults : only.split(',').map(faultNamed);
  return {
    about: `${minutes} minutes of ${faults.map(({ name }) => name).join(', ')}`,
    options: {
      between: 'proxies',
      hasSmallDisk: faults.some(({ name }) => name === diskFull.name),
    },
    run: async (chaos, random, print) => {
      const endMs = machineMs() + minutes * 60_000;
      for (const fault of planned(faults, random)) {
        if (machineMs() > endMs) return;
        print(await playRound(chaos, fault, random));
      }
    },
  };
}

async function play(exercise: Exercise): Promise<void> {
  const options: ChaosOptions = { ...chaosDefaults, ...exercise.options };
  const { users, eventsPerSecond, messagesPerSecond, restartAfterMs } = options;
  say(
    `seed ${seed}: ${exercise.about}`,
    `${options.gateways} gateways, ${options.workers} workers, ${2 * users} clients` +
      `${options.plainEvery > 0 ? ' (some of them plain)' : ''}, ` +
      `${eventsPerSecond} events/s, ${messagesPerSecond} messages/s; killed processes run ` +
      `again after ${restartAfterMs} ms${mayStartGently ? ', at nice 19 until ready' : ''}; ` +
      `${options.between} between them; ` +
      'all else by default',
  );
  if (whyNoDisk !== undefined && show === undefined) {
    say(`NOT TESTED: ${diskFull.name}: ${whyNoDisk}`);
  }
  const chaos = await ChaosStage.start(options);
  let keep = true;
  try {
    const run = async (): Promise<void> => {
      const random = seededRandom(seed);
      if (show !== undefined) say(calmLine(await playRound(chaos, calm, random)));
      await exercise.run(chaos, random, printRound);
    };
    await Promise.race([run(), interrupted()]);
    const verdict = await chaos.verdict();
    keep = verdict.faults.length > 0 || rounds.some(({ broken }) => isBroken(broken));
    if (json) process.stdout.write(`${verdictJson(verdict, rounds)}\n`);
    say(...verdictLines(verdict), ...pauseLines(rounds));
  } catch (error) {
    // A fault that did not bite, a cluster that did not recover, an interrupt.
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  } finally {
    const folder = await chaos.close({ keep });
    if (keep) {
      process.exitCode = 1;
      process.stdout.write(`journals and logs are kept in ${folder}\n`);
    }
  }
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${flag} is ${text}, not a number from 0`);
}

/** Rejects at the first signal, so that everything is ended in order. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => reject(new Error(`ended by ${name}`)));
    }
  });
}

await play(show === undefined ? drawnBySeed() : showNamed(show));
