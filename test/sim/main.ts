/**
 * `npm run sim -- --seeds N [--from S] [--mix name]`: runs schedules, prints what was exercised
 * and the first violations. `--seed N` replays one, byte for byte, with its readable trace.
 */
import { parseArgs } from 'node:util';
import { runMany, type ViolationFound, violationOf } from './many.ts';
import { plantedSubjects } from './plants.ts';
import { runSeed } from './run.ts';
import { printStatistics } from './statistics.ts';
import { productionSubjects } from './subjects.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    mix: { type: 'string' },
    plant: { type: 'string' },
    stop: { type: 'string', default: '5' },
    quiet: { type: 'boolean', default: false },
  },
});

const { mix, plant } = values;

if (values.seed === undefined) await many(Number(values.from), Number(values.seeds));
else replay(Number(values.seed));

function replay(seed: number): void {
  const subjects = plant === undefined ? productionSubjects : plantedSubjects(plant);
  const lines: string[] = [];
  const print = values.quiet ? undefined : (line: string): void => void lines.push(line);
  const run = runSeed({ seed, mix, subjects, print });
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.stdout.write(`${printStatistics(run.statistics)}\n`);
  for (const [note, count] of run.notes) process.stdout.write(`${note}: ${count}\n`);
  const found = violationOf(run);
  if (found !== undefined) report(found);
  process.stdout.write(`seed ${seed} mix ${run.mix} hash ${run.hash}\n`);
}

async function many(from: number, count: number): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const range = { from, count, mix, plant, stopAfter: Number(values.stop) };
  const { ran, statistics, notes, violations } = await runMany(range, (part) => {
    for (const found of part.violations) report(found);
  });
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  process.stdout.write(`${printStatistics(statistics)}\n`);
  for (const [note, times] of notes) process.stdout.write(`${note}: ${times}\n`);
  process.stdout.write(
    `${ran} seeds from ${from}, ${violations.length} violations, ${seconds.toFixed(1)} s\n`,
  );
}

function report({ seed, mix: of, atMs, message }: ViolationFound): void {
  process.exitCode = 1;
  process.stdout.write(
    `VIOLATION seed ${seed} mix ${of} at ${atMs}: ${message}\n` +
      `  replay: npm run sim -- --seed ${seed} --mix ${of}\n`,
  );
}
