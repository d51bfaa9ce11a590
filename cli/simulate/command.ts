/**
 * `ringway simulate`: who would move, what it costs and whether it is safe, before anything is
 * done. Reading and printing are here; what moves is reckoned by the ring code of the cluster.
 */
import { type Scenario, type Timeline, timelineOf } from '../../ring/index.ts';
import { type Command, command, type ExitCode, exitCodes, type Terminal } from '../command.ts';
import { type ProcessParts, processParts } from '../process-parts.ts';
import { answerTo } from './build.ts';
import { contradictions } from './contradictions.ts';
import { csvOf } from './csv.ts';
import { writeDocument } from './document.ts';
import { refused } from './errors.ts';
import { helpLines } from './help.ts';
import { htmlReport } from './html/html-report.ts';
import { jsonOf } from './json.ts';
import { autoscaleJoined } from './option-kinds.ts';
import { type SimulateValues, simulateOptions } from './options.ts';
import { checkedPlan, writePlan } from './plan.ts';
import { Progress } from './progress.ts';
import type { SimulationReport } from './report.ts';
import { type RingSource, ringFrom } from './ring-source.ts';
import { scenarioFrom } from './scenario.ts';
import { colours, noPaint, textOf } from './text/index.ts';
import { usersFrom } from './users.ts';

/** Of text that goes to a file or a pipe. */
const plainWidth = 100;
const widthMin = 60;
const widthMax = 160;

export const simulateCommand: Command = simulateCommandOf(processParts);

export function simulateCommandOf(parts: ProcessParts): Command {
  return command({
    name: 'simulate',
    summary: 'Show who would move, what it costs and whether it is safe',
    details: helpLines,
    words: [],
    optionalWords: ['plan'],
    options: simulateOptions,
    arranged: autoscaleJoined,
    async run({ values, words }, terminal) {
      const problems = contradictions(values, words.includes('plan'));
      if (problems.length > 0) {
        for (const problem of problems) terminal.err(`ringway simulate: ${problem}`);
        return exitCodes.misused;
      }
      try {
        return await simulated(values, terminal, parts);
      } catch (error) {
        terminal.progress('');
        throw refused(error);
      }
    },
  });
}

async function simulated(
  values: SimulateValues,
  terminal: Terminal,
  parts: ProcessParts,
): Promise<ExitCode> {
  // Small mistakes first: a long list is read only when everything else is in order.
  const scenario = await scenarioFrom(values);
  const ring = await ringFrom(values, parts);
  if (values.check !== undefined) return checked(values.check, ring, values, terminal);
  const timeline = timelineOf(ring.live.members, scenario);
  const answer = await answered({ values, ring, scenario, timeline }, terminal, parts);
  const { report } = answer;
  if (values.html !== undefined) await writeDocument(values.html, htmlReport(report));
  // What nobody should carry out is not written down as a plan.
  if (values.out !== undefined && report.isOk) await writePlan(values.out, answer.timeline);
  print(report, values, terminal);
  if (values.out !== undefined) {
    const not = 'is not written: a plan must be OK';
    const said = report.isOk ? `plan written to ${values.out}` : `${values.out} ${not}`;
    terminal.err(said);
  }
  return report.isOk ? exitCodes.done : exitCodes.failed;
}

async function answered(
  asked: {
    readonly values: SimulateValues;
    readonly ring: RingSource;
    readonly scenario: Scenario;
    readonly timeline: Timeline;
  },
  terminal: Terminal,
  { clock }: ProcessParts,
) {
  const { values, ring, scenario, timeline } = asked;
  const progress = new Progress(terminal, clock);
  const users = await usersFrom(values, terminal, progress);
  return answerTo({ values, ring: ring.asked, timeline, scenario, users, progress });
}

async function checked(
  name: string,
  { live }: RingSource,
  { json }: SimulateValues,
  terminal: Terminal,
): Promise<ExitCode> {
  const { check, lines } = await checkedPlan(name, live);
  for (const line of json ? [JSON.stringify(check)] : lines) terminal.out(line);
  return check.isCurrent ? exitCodes.done : exitCodes.failed;
}

function print(report: SimulationReport, values: SimulateValues, terminal: Terminal): void {
  const { columns = plainWidth, hasColors } = terminal;
  const width = Math.min(widthMax, Math.max(widthMin, columns));
  const page = { width, paint: hasColors ? colours : noPaint, hasDetails: values.details };
  const text = (): Iterable<string> => textOf(report, page);
  const lines = values.json ? jsonOf(report) : values.csv ? csvOf(report) : text();
  for (const line of lines) terminal.out(line);
}
