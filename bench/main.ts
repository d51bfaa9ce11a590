/**
 * `npm run bench`: runs one benchmark and prints what it was measured on, with which command, and
 * what came out. Not a test: nothing fails here because it is slow.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { price } from './cases/price.ts';
import { readArguments, usage, type Wanted } from './harness/arguments.ts';
import type { BenchCase } from './harness/bench-case.ts';
import { linesOf, rowsOf } from './harness/comparison.ts';
import { describeMachine, machineLines } from './harness/machine.ts';

const cases: readonly BenchCase[] = [price];

const args = process.argv.slice(2);
try {
  await main(readArguments(args, cases));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main({ bench, options, isJson, isSaved }: Wanted): Promise<void> {
  if (bench === undefined) {
    for (const { name, about } of cases) console.log(`${name.padEnd(10)} ${about}`);
    for (const line of ['', ...usage]) console.log(line);
    return;
  }
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const command = ['npm run bench --', ...args].join(' ');
  // What is printed on the way is no part of the result.
  const { versions, comparisons } = await bench.run(options, (line) => console.error(`… ${line}`));
  const compared = comparisons.map((one) => ({ ...one, rows: rowsOf(one) }));
  const result = { bench: bench.name, startedAt, command, machine, versions, options, compared };
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  if (isSaved) save(`${startedAt.slice(0, 10)}-${bench.name}.json`, text);
  if (isJson) return console.log(text);
  const servers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const head = [command, startedAt, ...machineLines(machine), servers.join(', ')];
  for (const line of head) console.log(line);
  for (const one of comparisons) for (const line of ['', ...linesOf(one)]) console.log(line);
}

function save(name: string, text: string): void {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}
