import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { htmlReport } from '../../../../cli/simulate/html/html-report.ts';
import { amount, duration, percent, times, whole } from '../../../../cli/simulate/html/numbers.ts';
import type { Measure, WorkerLoad } from '../../../../ring/index.ts';
import { pageOf, rowsOf, sectionOf } from '../../../support/page.ts';
import { equalMembers } from '../../../support/simulated.ts';
import { fullReport, reportOf } from '../../../support/simulation-report.ts';

const full = fullReport();
const fullPage = htmlReport(full);

const small = reportOf({
  members: equalMembers(3),
  users: 2_000,
  scenario: [{ kind: 'add', count: 1 }],
});

const empty = reportOf({ members: equalMembers(2) });

const fitted = reportOf({ members: equalMembers(4), optimizes: true });

/** The page's row of a worker in one part; tags such as "joins" may follow the name. */
function rowOf(part: string, id: string): string[] {
  const row = rowsOf(sectionOf(fullPage, part)).find(
    ([name]) => name === id || name?.startsWith(`${id} `) === true,
  );
  if (row === undefined) assert.fail(`no row of ${id} in ${part}`);
  return row;
}

function includesAll(cells: string[], expected: readonly string[], what: string): void {
  for (const text of expected) assert.include(cells, text, what);
}

describe('the page of a simulation', () => {
  for (const [name, report] of Object.entries({ full, small, empty, fitted })) {
    it(`is well-formed, and no id is there twice: ${name}`, () => {
      const { ids } = pageOf(htmlReport(report));
      assert.strictEqual(new Set(ids).size, ids.length);
    });
  }

  it('gives the same bytes for the same report, also for one that was read from JSON', () => {
    assert.strictEqual(htmlReport(full), fullPage);
    assert.strictEqual(htmlReport(JSON.parse(JSON.stringify(full))), fullPage);
  });

  it('refers to nothing outside of itself', () => {
    const { attributes, elements, style, script } = pageOf(fullPage);
    assert.notMatch(style, /url\(|@import|@font-face/);
    assert.notMatch(script, /fetch|import|XMLHttp|http|innerHTML/);
    for (const [name, value] of attributes) {
      assert.notInclude(['src', 'srcset', 'action', 'data', 'style', 'xlink:href'], name);
      assert.notMatch(name, /^on/);
      if (name === 'href') assert.match(value, /^#/);
    }
    for (const name of ['link', 'img', 'iframe', 'object', 'embed', 'form', 'base', 'use']) {
      assert.notInclude(elements, name);
    }
  });

  it('lets the browser use its own style and script and nothing else', () => {
    const { attributes, style, script } = pageOf(fullPage);
    const policy =
      attributes.find(([, value]) => value.startsWith("default-src 'none'"))?.[1] ?? '';
    const hashOf = (text: string) => createHash('sha256').update(text).digest('base64');
    assert.include(policy, `style-src 'sha256-${hashOf(style)}'`);
    assert.include(policy, `script-src 'sha256-${hashOf(script)}'`);
    assert.notInclude(policy, 'unsafe');
    assert.doesNotThrow(() => new Script(script));
  });

  it('links to every part, and every picture has a title and a description', () => {
    const { attributes, ids, elements } = pageOf(fullPage);
    const links = attributes.filter(([name]) => name === 'href').map(([, value]) => value.slice(1));
    const parts = ids.filter((id) => ids.includes(`${id}-title`));
    assert.includeMembers(ids, links);
    assert.includeMembers(links, parts);
    assert.lengthOf(links, elements.filter((name) => name === 'section').length);
    for (const [name, value] of attributes) {
      if (name === 'aria-labelledby') assert.includeMembers(ids, value.split(' '));
    }
    const pictures = attributes.filter(([name, value]) => name === 'role' && value === 'img');
    assert.lengthOf(pictures, elements.filter((name) => name === 'desc').length);
    assert.isAtLeast(pictures.length, 5);
  });
});

describe('the verdict of the page', () => {
  it('stands first and says why not', () => {
    assert.isFalse(full.isOk);
    const { text } = pageOf(fullPage);
    assert.isBelow(fullPage.indexOf('id="verdict"'), fullPage.indexOf('id="ring"'));
    for (const words of [full.headline, 'Not OK', ...full.problems]) assert.include(text, words);
  });

  it('is OK in words where it is', () => {
    const verdict = sectionOf(htmlReport(small), 'verdict');
    assert.include(verdict, '✓');
    assert.notInclude(verdict, 'Not OK');
    assert.include(verdict, whole(small.simulation.total.moved.users));
  });
});

describe('the tables of the page', () => {
  const { simulation } = full;
  const measures: readonly Measure[] = ['users', 'connections', 'eventsPerS'];

  it('have every worker before and after, in numbers', () => {
    const sides: readonly (readonly WorkerLoad[])[] = [
      simulation.before.workers,
      simulation.after.workers,
    ];
    for (const worker of sides.flat()) {
      const { id, load, timesFair, zone = '', vnodes, circle } = worker;
      const numbers = measures.map((measure) => amount(load[measure], measure));
      includesAll(rowOf('workers', id), [zone, ...numbers], id);
      assert.include(rowOf('workers', id).join(' '), whole(vnodes));
      includesAll(rowOf('ring', id), [whole(load.slots), percent(circle)], id);
      includesAll(rowOf('load', id), [times(timesFair.connections)], id);
    }
    for (const { id, afterWorstCrash } of simulation.after.workers) {
      assert.include(
        rowOf('load', id).at(-1),
        `${times(afterWorstCrash?.timesFair ?? 0)} of ${afterWorstCrash?.crashed}`,
      );
    }
  });

  it('have every step, and who does what in it', () => {
    const rows = rowsOf(sectionOf(fullPage, 'steps'));
    for (const { step, label, movement, after, bill, workers } of simulation.steps) {
      const row = rows.find(([number, what]) => number === whole(step) && what?.startsWith(label));
      if (row === undefined) assert.fail(`no row of step ${step}`);
      const { moved, minimum, fraction, circle, collateral } = movement;
      const numbers = [moved.users, minimum.users, moved.connections, collateral.users];
      includesAll(row, numbers.map(whole), label);
      includesAll(row, [fraction.users, fraction.slots, circle].map(percent), label);
      includesAll(row, [times(after.balance.connections.max)], label);
      includesAll(row, [duration(bill.handover.pacedSeconds)], label);
      for (const worker of workers.filter(({ fate }) => fate !== 'stayed')) {
        const numbersOf = [worker.before, worker.in, worker.out, worker.after];
        const texts = numbersOf.map(({ connections }) => whole(connections));
        assert.deepInclude(rows, [worker.id, worker.fate, ...texts], label);
      }
    }
  });

  it('have who gives to whom, whose sums are what moves', () => {
    const rows = rowsOf(sectionOf(fullPage, 'flows'));
    const [head = [], ...body] = rows;
    const isTurned = head[0] === 'to ↓ from →';
    const sums = new Map<string, number>();
    for (const { from, to, moved } of simulation.steps.flatMap(({ movement }) => movement.flows)) {
      const place = isTurned ? `${to} ${from}` : `${from} ${to}`;
      sums.set(place, (sums.get(place) ?? 0) + moved.connections);
    }
    let shown = 0;
    for (const row of body) {
      head.slice(1, -1).forEach((column, i) => {
        const sum = sums.get(`${row[0]} ${column}`) ?? 0;
        assert.strictEqual(row[i + 1], sum === 0 ? '·' : whole(sum), `${row[0]} ${column}`);
        shown += sum;
      });
    }
    assert.strictEqual(shown, simulation.total.moved.connections);
  });

  it('have percentiles with the floor, and say what it means in a sentence', () => {
    const section = sectionOf(fullPage, 'balance');
    const { connections } = simulation.after.balance;
    const { min, p50, p90, p99, max, floor } = connections;
    const row = rowsOf(section).find(([name]) => name === 'Connections, after') ?? [];
    includesAll(row, [min, p50, p90, p99, max, floor].map(times), 'percentiles');
    assert.include(section, `even a perfect hash would put ${times(floor)}`);
  });

  it('have hot users, crashes, strategies, costs, keys and laws', () => {
    const has = (part: string, texts: readonly string[]): void => {
      const cells = rowsOf(sectionOf(fullPage, part)).flat();
      for (const text of texts) {
        assert.isTrue(
          cells.some((cell) => cell.includes(text)),
          `${text} in ${part}`,
        );
      }
    };
    assert.isNotEmpty(simulation.hotKeys);
    for (const { key = '?', connections, ofFairWorker, ofOwner } of simulation.hotKeys) {
      has('hot', [key, whole(connections), percent(ofFairWorker), percent(ofOwner.connections)]);
    }
    for (const { crashed, load, timesFair } of simulation.surveys.flatMap((s) => s.worstCases)) {
      has('surveys', [crashed.join(', '), amount(load), times(timesFair)]);
    }
    for (const { name, moved, minimum, collateral, after, steps } of full.comparison?.strategies ??
      []) {
      has('compare', [name, ...[moved, minimum, collateral].map(({ users }) => whole(users))]);
      has('compare', [times(after.users)]);
      has(
        'compare',
        steps.map((step) => percent(step.moved.users / 3_000)),
      );
    }
    for (const { name, messagesPerEvent } of full.schemes?.[0]?.costs ?? []) {
      has('schemes', [name, amount(messagesPerEvent)]);
    }
    for (const { key, slot, ownerAfter, movedBy } of full.explanations ?? []) {
      has('explain', [key, whole(slot), ownerAfter, ...movedBy.map(({ label }) => label)]);
    }
    for (const { law, says, cases } of full.verification?.laws ?? []) {
      has('verify', [law, says, whole(cases)]);
    }
  });

  it('have the bill against the storm of reconnects', () => {
    const { text } = pageOf(sectionText('bill'));
    const { handover, reconnects } = simulation.steps[0]?.bill ?? assert.fail('no step');
    for (const words of [duration(handover.seconds), `${whole(reconnects.heirPerS)}/s`]) {
      assert.include(text, words);
    }
    const closed = simulation.steps.reduce((sum, { bill }) => sum + bill.reconnects.closed, 0);
    assert.include(text, whole(closed));
  });

  it('have the weights to set', () => {
    const section = sectionOf(htmlReport(fitted), 'optimize');
    const { weights = {}, workers = [] } = fitted.optimization ?? {};
    assert.isNotEmpty(weights);
    for (const [id, weight] of Object.entries(weights)) assert.include(section, `${id}=${weight}`);
    const rows = rowsOf(section);
    for (const { id, vnodes, vnodesBefore } of workers) {
      const row = rows.find(([name]) => name === id) ?? [];
      includesAll(row, [whole(vnodes), whole(vnodesBefore)], id);
    }
  });

  it('leave out what was not asked', () => {
    const page = htmlReport(empty);
    for (const part of ['flows', 'bill', 'hot', 'compare', 'optimize', 'verify', 'explain']) {
      assert.strictEqual(sectionOf(page, part), '', part);
    }
    for (const html of [page, fullPage]) {
      assert.notMatch(pageOf(html).text, /NaN|Infinity|undefined|\[object/);
    }
  });
});

/** A part alone, as a page of its own for the reader of pages. */
function sectionText(id: string): string {
  return `<!DOCTYPE html>\n<div><style></style><script></script>${sectionOf(fullPage, id)}</div>`;
}
