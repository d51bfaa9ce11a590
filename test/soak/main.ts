/**
 * `npm run soak -- --minutes 10`: runs a cluster under churn of users and workers, prints what it
 * holds every few seconds, and fails unless memory is flat in the second half.
 */
import { parseArgs } from 'node:util';
import { Churn } from './churn.ts';
import { judge, type Sample } from './samples.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    'memory-mib': { type: 'string', default: '4' },
    'retention-s': { type: 'string', default: '600' },
    visitors: { type: 'string', default: '24' },
  },
});
const minutes = Number(values.minutes);
const everyMs = Math.max(1_000, Math.min(5_000, minutes * 1_000));
const columns: readonly (readonly [string, (sample: Sample) => string])[] = [
  ['s', ({ atMs }) => (atMs / 1000).toFixed(0)],
  ['heap MB', ({ heapBytes }) => megabytes(heapBytes)],
  ['RSS MB', ({ residentBytes }) => megabytes(residentBytes)],
  ['logs MB', ({ heldBytes }) => megabytes(heldBytes)],
  ['keys', ({ keys }) => String(keys)],
  ['visits', ({ visits }) => String(visits)],
  ['idle', ({ forgottenIdle }) => String(forgottenIdle)],
  ['early', ({ forgottenEarly }) => String(forgottenEarly)],
  ['workers', ({ workers }) => String(workers)],
];

await soak();

async function soak(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc: npm run soak');
  const churn = await Churn.start({
    visitorsAtOnce: Number(values.visitors),
    memoryBytesMax: Number(values['memory-mib']) * 2 ** 20,
    retentionMs: Number(values['retention-s']) * 1_000,
    changeEveryMs: Math.min(30_000, minutes * 6_000),
  });
  const samples: Sample[] = [];
  if (!values.json) print(columns.map(([name]) => name));
  while (samples.at(-1) === undefined || (samples.at(-1)?.atMs ?? 0) < minutes * 60_000) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    const sample = churn.sample();
    samples.push(sample);
    if (!values.json) print(columns.map(([, read]) => read(sample)));
  }
  await churn.stop();
  report(samples, churn.failures);
}

function report(samples: readonly Sample[], failures: ReadonlyMap<string, number>): void {
  const verdict = judge(samples);
  process.exitCode = verdict.isFlat ? 0 : 1;
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ samples, failures: [...failures], ...verdict })}\n`);
    return;
  }
  const rise = (bytes: number, growth: number): string =>
    `${megabytes(bytes)} MB a minute, ${(100 * growth).toFixed(1)} % over the second half`;
  process.stdout.write(
    `heap ${rise(verdict.heapBytesPerMinute, verdict.heapGrowth)}\n` +
      `logs ${rise(verdict.heldBytesPerMinute, verdict.heldGrowth)}\n` +
      `${verdict.isFlat ? 'flat' : 'NOT FLAT'}\n`,
  );
  for (const [why, count] of failures) process.stdout.write(`${count} visits failed: ${why}\n`);
  const last = samples.at(-1);
  if (last === undefined || last.forgottenEarly + last.forgottenIdle > 0) return;
  process.stdout.write('nothing was forgotten yet: give it more minutes, or less memory\n');
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(9)).join('')}\n`);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
