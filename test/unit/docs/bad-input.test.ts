/** The table of bad input in docs/errors.md: each row names the test that holds its answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const [, section = ''] = page.split('\n## Bad input, and the answer to it\n');

/** Titles of `it` as they stand in the source; of a template, the parts between its holes count. */
function titlesIn(path: string): readonly string[] {
  const source = readFileSync(join(root, 'docs', path), 'utf8');
  const calls = [...source.matchAll(/\bit\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/g)];
  return calls.map(([, plain, template]) => plain ?? template ?? '');
}

describe('the answers to bad input', () => {
  it('are each held by tests that exist', () => {
    const rows = section.split('\n').filter((line) => /^\| (?!what |-)/.test(line));
    const unheld = rows.filter((row) => !row.includes('](../test/'));
    const links = [...section.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)];
    const missing = links.filter(
      ([, title = '', path = '']) => !titlesIn(path).some((each) => each.includes(title)),
    );
    expect(rows).to.have.length.greaterThan(20);
    expect(unheld).to.deep.equal([]);
    expect(missing.map(([link]) => link)).to.deep.equal([]);
  });
});
