/**
 * `npm run chaos -- --show kill [--seed N] [--json]`: chaos on real processes. Exit code 1 and
 * the journals kept when a promise was broken.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../../base/index.ts';
import { pauseLines, roundJson, roundLine, verdictLines } from './report.ts';
import { isBroken, type Round } from './round.ts';
import { shows } from './shows.ts';
import { type ChaosOptions, ChaosStage, chaosDefaults } from './stage.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    show: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const rounds: Round[] = [];

function say(...lines: readonly string[]): void {
  if (!values.json) for (const line of lines) process.stdout.write(`${line}\n`);
}

function printRound(round: Round): void {
  rounds.push(round);
  const show = values.json ? roundJson : roundLine;
  process.stdout.write(`${show(round, rounds.length)}\n`);
}

const show = shows[values.show ?? ''];
if (show === undefined) throw new Error(`--show is one of ${Object.keys(shows).join(', ')}`);
const options: ChaosOptions = { ...chaosDefaults, ...show.options };
const { users, eventsPerSecond, messagesPerSecond, restartAfterMs } = options;
say(
  `npm run chaos -- --show ${values.show} --seed ${values.seed}: ${show.about}`,
  `${options.gateways} gateways, ${options.workers} workers, ${2 * users} clients, ` +
    `${eventsPerSecond} events/s, ${messagesPerSecond} messages/s; ` +
    `killed processes run again after ${restartAfterMs} ms; all else by default`,
);
const chaos = await ChaosStage.start(options);
let keep = true;
try {
  await show.run(chaos, seededRandom(Number(values.seed)), printRound);
  const verdict = await chaos.verdict();
  keep = verdict.faults.length > 0 || rounds.some(({ broken }) => isBroken(broken));
  if (values.json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  say(...verdictLines(verdict), ...pauseLines(rounds));
} finally {
  const folder = await chaos.close({ keep });
  if (keep) {
    process.exitCode = 1;
    process.stdout.write(`journals are kept in ${folder}\n`);
  }
}
