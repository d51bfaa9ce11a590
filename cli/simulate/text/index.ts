/** The report as text for a terminal, or for a file: the verdict first, then what it rests on. */
import { count } from '../numbers.ts';
import type { SimulationReport, UsersAsked } from '../report.ts';
import {
  comparisonLines,
  explainLines,
  optimizationLines,
  schemeLines,
  verificationLines,
} from './answers.ts';
import { billLines, hotKeyLines, surveyLines } from './bill.ts';
import { flowLines, stepLines } from './steps.ts';
import { type Page, shown, wrapped } from './table.ts';
import { balanceLines, workerLines } from './workers.ts';

export { colours, noPaint } from './paint.ts';
export type { Page } from './table.ts';

export function textOf(report: SimulationReport, page: Page): readonly string[] {
  return [
    ...verdictLines(report, page),
    ...sourceLines(report, page),
    ...stepLines(report, page),
    ...workerLines(report, page),
    ...balanceLines(report, page),
    ...flowLines(report, page),
    ...billLines(report, page),
    ...surveyLines(report, page),
    ...hotKeyLines(report, page),
    ...optimizationLines(report, page),
    ...comparisonLines(report, page),
    ...schemeLines(report, page),
    ...explainLines(report, page),
    ...verificationLines(report, page),
  ];
}

const problemsShown = 12;

function verdictLines(
  { headline, isOk, problems }: SimulationReport,
  page: Page,
): readonly string[] {
  const { width, paint } = page;
  const hue = isOk ? 'good' : 'bad';
  const [first = '', ...rest] = wrapped(headline, width);
  const verdict = isOk ? 'OK' : 'NOT OK';
  const { items, more } = shown(problems, problemsShown, page);
  return [
    `${paint(hue, verdict)}${first.slice(verdict.length)}`,
    ...rest,
    ...items.flatMap((problem) =>
      wrapped(`✗ ${problem}`, width - 2, '  ').map((line) => `  ${paint('bad', line)}`),
    ),
    ...more,
  ];
}

function sourceLines({ asked }: SimulationReport, page: Page): readonly string[] {
  const text = userSource(asked.users);
  return text === '' ? [] : wrapped(text, page.width).map((line) => page.paint('dim', line));
}

function userSource({ from, name, lines, matched, repeated = 0, seed, zipf }: UsersAsked): string {
  const again = repeated === 0 ? '' : `, ${count(repeated)} of a user who was there before`;
  switch (from) {
    case 'none':
      return 'Slots only; --users or --synthetic says who is connected.';
    case 'synthetic':
      return `Users are synthetic, seed ${seed}${zipf === undefined ? '' : `, zipf ${zipf}`}.`;
    case 'csv':
      return `Users from ${name}: ${count(lines ?? 0)} lines${again}.`;
    case 'log':
      return `Users from ${name}: ${count(matched ?? 0)} of ${count(lines ?? 0)} lines match${again}.`;
  }
}
