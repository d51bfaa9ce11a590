/**
 * `npm run sim -- --seeds N [--from S] [--mix name]`: runs schedules, prints what was exercised
 * and the first violations. `--seed N` replays one, byte for byte, with its readable trace.
 */
import { parseArgs } from 'node:util';
import { plantedSubjects } from './plants.ts';
import { type Run, runSeed } from './run.ts';
import { addStatistics, newStatistics, printStatistics } from './statistics.ts';
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

const subjects = values.plant === undefined ? productionSubjects : plantedSubjects(values.plant);

if (values.seed === undefined) runMany(Number(values.from), Number(values.seeds));
else replay(Number(values.seed));

function replay(seed: number): void {
  const lines: string[] = [];
  const print = values.quiet ? undefined : (line: string): void => void lines.push(line);
  const run = runSeed({ seed, mix: values.mix, subjects, print });
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.stdout.write(`${printStatistics(run.statistics)}\n`);
  for (const [note, count] of run.notes) process.stdout.write(`${note}: ${count}\n`);
  report(run);
  process.stdout.write(`seed ${seed} mix ${run.mix} hash ${run.hash}\n`);
  if (run.violation !== undefined) process.exitCode = 1;
}

function runMany(from: number, count: number): void {
  const sum = newStatistics();
  const notes = new Map<string, number>();
  const found: Run[] = [];
  const startedAt = process.hrtime.bigint();
  let ran = 0;
  for (let seed = from; seed < from + count && found.length < Number(values.stop); seed += 1) {
    const run = runSeed({ seed, mix: values.mix, subjects });
    ran += 1;
    addStatistics(sum, run.statistics);
    for (const [note, times] of run.notes) notes.set(note, (notes.get(note) ?? 0) + times);
    if (run.violation === undefined) continue;
    found.push(run);
    report(run);
  }
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  process.stdout.write(`${printStatistics(sum)}\n`);
  for (const [note, times] of [...notes].sort()) process.stdout.write(`${note}: ${times}\n`);
  process.stdout.write(
    `${ran} seeds from ${from}, ${found.length} violations, ${seconds.toFixed(1)} s\n`,
  );
  if (found.length > 0) process.exitCode = 1;
}

function report(run: Run): void {
  if (run.violation === undefined) return;
  process.stdout.write(
    `VIOLATION seed ${run.seed} mix ${run.mix} at ${run.endedAtMs}: ${run.violation.message}\n` +
      `  replay: npm run sim -- --seed ${run.seed} --mix ${run.mix}\n`,
  );
}
