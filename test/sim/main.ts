/**
 * `npm run sim`: runs many seeds and prints what was exercised, replays one with its trace, or
 * looks for the planted bugs. `--help` says how; docs/testing.md what to make of it.
 */
import { type Case, runCase } from './case.ts';
import { printFault } from './fault-text.ts';
import { runMany, searchMany, type Tally } from './many.ts';
import { mixNames, mixOf } from './mixes.ts';
import { type Command, parseOptions, UsageError, usage } from './options.ts';
import { plantNames, plantOf } from './plants.ts';
import { commandOfSeed, reportSeed, reportShortened } from './report.ts';
import { scheduleOf } from './run.ts';
import { writeScenario } from './scenarios.ts';
import type { Finding } from './search.ts';
import { printStatistics } from './statistics.ts';

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

// Whoever read along has read enough.
process.stdout.on('error', () => undefined);
await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  let command: Command;
  try {
    command = parseOptions(args);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    process.stderr.write(`${thrown.message}\nnpm run sim -- --help lists the options\n`);
    process.exitCode = 2;
    return;
  }
  if (command.kind === 'help') print(usage.trimEnd());
  else if (command.kind === 'many') await many(command);
  else if (command.kind === 'plants') await plants(command);
  else one(command);
}

function one(command: Of<'one'>): void {
  const { seed, plant, jitter, isQuiet, isListed } = command;
  const mix = command.mix ?? mixOf(seed);
  const faults = command.faults ?? scheduleOf(seed, mix);
  if (isListed) {
    for (const fault of faults) print(printFault(fault));
    return;
  }
  const found: Case = { seed, mix, plant, jitter, faults };
  const result = runCase(found, isQuiet ? undefined : print);
  print(printStatistics(result.statistics));
  for (const [note, count] of result.notes) print(`${note}: ${count}`);
  if (result.violation !== undefined) {
    process.exitCode = 1;
    print(reportShortened(found, result));
  }
  print(`seed ${seed} mix ${mix} hash ${result.hash}`);
}

async function many({ from, count, mix, plant, stop }: Of<'many'>): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const range = { from, count, mix, plant, stopAfter: stop };
  const tally = await runMany(range, (part) => {
    for (const { seed, mix: of, message } of part.violations) {
      print(`VIOLATION seed ${seed} mix ${of}: ${message}`);
      print(`  ${commandOfSeed({ seed, mix: of, plant })}`);
    }
  });
  const [first] = tally.violations;
  if (first !== undefined) {
    process.exitCode = 1;
    print(reportSeed({ ...first, plant }));
  }
  printTally(tally);
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const { ran, violations } = tally;
  print(`${ran} seeds from ${from}, ${violations.length} violations, ${seconds.toFixed(1)} s`);
}

function printTally({ statistics, notes, seedsOf }: Tally): void {
  print(printStatistics(statistics));
  for (const [note, times] of notes) print(`${note}: ${times}`);
  const known = mixNames.filter((mix) => seedsOf[mix] !== undefined);
  print(`seeds by mix: ${known.map((mix) => `${mix} ${seedsOf[mix]}`).join(', ')}`);
}

async function plants({ from, count, mix, plant, faults, isWritten }: Of<'plants'>): Promise<void> {
  const names = plant === undefined ? plantNames : [plant];
  const findings: Finding[] = [];
  print(
    `${'plant'.padEnd(30)}${'rule'.padEnd(10)}${'mix'.padEnd(14)}${'seeds'.padStart(6)}  found by`,
  );
  const searches = names.map((name) => {
    return { plant: name, mix, from, seedsMax: count, faults, isShortened: isWritten };
  });
  await searchMany(searches, (finding) => {
    findings.push(finding);
    print(rowOf(finding));
    if (isWritten && finding.scenario !== undefined) {
      writeScenario(finding.plant, finding.scenario);
    }
  });
  const missed = findings.filter(({ scenario }) => scenario === undefined);
  if (missed.some(({ plant: name }) => plantOf(name).coveredBy === undefined)) process.exitCode = 1;
  print(`${findings.length - missed.length} of ${findings.length} planted bugs found`);
}

function rowOf({ plant, mix, seeds, scenario }: Finding): string {
  const row = plant.padEnd(30) + plantOf(plant).rule.padEnd(10) + mix.padEnd(14);
  if (scenario === undefined) {
    const { coveredBy } = plantOf(plant);
    const covered = coveredBy === undefined ? '' : `; ${coveredBy} may cover for it`;
    return `${row}${`>${seeds}`.padStart(6)}  nothing${covered}`;
  }
  const faults = `${scenario.faults.length} faults`;
  return `${row}${String(seeds).padStart(6)}  ${scenario.invariant} (seed ${scenario.seed}, ${faults})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
