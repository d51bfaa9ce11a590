import { assert } from 'chai';
import { describe, it } from 'mocha';
import { htmlReport } from '../../../../cli/simulate/html/html-report.ts';
import { htmlLimits } from '../../../../cli/simulate/html/view.ts';
import type { SimulationReport } from '../../../../cli/simulate/report.ts';
import type { RingState } from '../../../../ring/index.ts';
import { pageOf, sectionOf } from '../../../support/page.ts';
import { equalMembers } from '../../../support/simulated.ts';
import { fullReport, reportOf } from '../../../support/simulation-report.ts';

const full = fullReport();
const fullPage = htmlReport(full);

describe('hostile names on the page', () => {
  const names = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '</title></style></svg>&lt;b&gt;',
    '\u202e evil \u0000\u001b[31m \ud800 \ufeff',
    `long-${'x'.repeat(2_000)}`,
  ];

  /** The report with every `w-1` … `w-6` replaced, wherever it stands. */
  function poisoned(report: SimulationReport): SimulationReport {
    let text = JSON.stringify({
      ...report,
      ringway: names[1],
      problems: names,
      headline: names[0],
    });
    names.forEach((name, i) => {
      text = text.replaceAll(`"w-${i + 1}"`, JSON.stringify(name));
      text = text.replaceAll(`w-${i + 1}`, JSON.stringify(name).slice(1, -1));
    });
    text = text.replaceAll('zone-1', JSON.stringify(names[1]).slice(1, -1));
    text = text.replaceAll('user:alice', JSON.stringify(names[2]).slice(1, -1));
    return JSON.parse(text);
  }

  const page = htmlReport(poisoned(full));

  it('become text, never markup', () => {
    const { elements, attributes, text } = pageOf(page);
    const harmless = pageOf(fullPage);
    assert.deepEqual([...new Set(elements)].sort(), [...new Set(harmless.elements)].sort());
    for (const [name] of attributes) assert.notMatch(name, /^(on|src|style)/);
    for (const name of names.slice(0, 4)) assert.include(text, name);
  });

  it('cannot turn the text around or hide in it', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    assert.notMatch(page, /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\ufeff]/);
    assert.include(page, '\\u{202e} evil \\u{0}');
    assert.strictEqual(Buffer.from(page).toString(), page, 'no lone surrogate');
  });

  it('are shortened in pictures', () => {
    assert.notMatch(page, /<text[^>]*circle-label[^>]*>[^<]{60,}</);
  });
});

describe('a page of very much', () => {
  it('stays small and says what it leaves out', () => {
    const page = htmlReport(manifold(htmlLimits.workersMax + 20, htmlLimits.stepsMax + 10));
    pageOf(page);
    assert.isBelow(page.length, 3_000_000);
    assert.include(sectionOf(page, 'load'), '20 more rows are left out');
    assert.include(sectionOf(page, 'steps'), '10 more rows are left out');
    assert.include(sectionOf(page, 'steps'), 'of neighbours the worst is drawn');
  }).timeout(20_000);
});

/** One step of ten workers, told as if it were many of many. */
function manifold(workers: number, steps: number): SimulationReport {
  const report = reportOf({
    members: equalMembers(10),
    scenario: [{ kind: 'weight', weights: { 'w-7': 1.5 } }],
  });
  const {
    before,
    after,
    steps: [step = assert.fail('no step')],
  } = report.simulation;
  const ids = Array.from({ length: workers }, (_, i) => `w-${i + 1}`);
  const many = (state: RingState): RingState => ({
    ...state,
    workers: ids.flatMap((id, i) =>
      state.workers.slice(i % 10, (i % 10) + 1).map((w) => ({ ...w, id })),
    ),
  });
  return {
    ...report,
    placement: { ...report.placement, workers: ids },
    simulation: {
      ...report.simulation,
      before: many(before),
      after: many(after),
      steps: Array.from({ length: steps }, (_, i) => ({ ...step, step: i + 1 })),
    },
  };
}
