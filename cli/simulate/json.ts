/**
 * The report as JSON, a piece at a time: a time line of a thousand steps over hundreds of workers is
 * longer than a string may be. One piece is one line, so that two reports can be compared by line.
 */
import type { SimulationReport } from './report.ts';

export function* jsonOf(report: SimulationReport): Generator<string> {
  const { simulation, ...rest } = report;
  const { steps, ...others } = simulation;
  yield '{';
  for (const [name, value] of Object.entries(rest)) yield `${field(name, value)},`;
  yield '"simulation":{';
  for (const [name, value] of Object.entries(others)) yield `${field(name, value)},`;
  yield '"steps":[';
  for (const [i, step] of steps.entries()) {
    yield `${JSON.stringify(step)}${i < steps.length - 1 ? ',' : ''}`;
  }
  yield ']}}';
}

function field(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
