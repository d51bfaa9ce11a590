/** The column *retry* of docs/errors.md against the calls that make the errors. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');
const folders = ['base', 'cluster', 'events', 'worker', 'gateway', 'cli'];

/** From each `new …Error('a.code', …)` to the end of its statement: whether it may be retried. */
function retriesIn(source: string): readonly (readonly [code: string, isRetryable: boolean])[] {
  const made = /new \w*Error\(\s*'([a-z_]+\.[a-z_]+)'[\s\S]*?\);\n/g;
  return [...source.matchAll(made)].map(([call, code = '']) => [
    code,
    call.includes('retryable: true'),
  ]);
}

/** Every error of a link is retryable but those that the source lists as lasting. */
function linkRetries(): readonly (readonly [code: string, isRetryable: boolean])[] {
  const source = readFileSync(join(root, 'link/errors.ts'), 'utf8');
  const [, lasting = ''] = /const lasting[^[]*\[([^\]]*)\]/.exec(source) ?? [];
  const codes = [...source.matchAll(/^ {2}\| '(link\.[a-z_]+)'/gm)].map(([, code = '']) => code);
  return codes.map((code) => [code, !lasting.includes(`'${code}'`)]);
}

describe('docs/errors.md, which errors may be retried', () => {
  const made = new Map<string, boolean>();
  const stated = new Map<string, boolean>();

  before(() => {
    const sources = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    );
    for (const [code, isRetryable] of [...sources.flatMap(retriesIn), ...linkRetries()]) {
      made.set(code, isRetryable || made.get(code) === true);
    }
    const [, table = ''] = readFileSync(join(root, 'docs/errors.md'), 'utf8').split(
      '\n## Error codes\n',
    );
    for (const [, code = '', retry] of table.matchAll(/^\| `([\w.]+)` \| (yes|no) \|/gm)) {
      stated.set(code, retry === 'yes');
    }
  });

  it('states it as the source makes them', () => {
    const known = [...stated].filter(([code]) => made.has(code));
    const wrong = known.filter(([code, isRetryable]) => made.get(code) !== isRetryable);
    expect(known).to.have.length.greaterThan(40);
    expect(wrong.map(([code]) => code)).to.deep.equal([]);
  });

  it('reads a call over several lines', () => {
    const source = "throw new RingwayError(\n  'a.b',\n  `x`,\n  { retryable: true },\n);\n";
    expect(retriesIn(source)).to.deep.equal([['a.b', true]]);
  });
});
