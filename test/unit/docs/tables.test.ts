/** Tables of defaults and addresses in the documents against the source. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { reasonCodes } from '../../../base/index.ts';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { defaultLimits } from '../../../worker/limits.ts';

const root = join(import.meta.dirname, '../../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const defaults: Readonly<Record<string, unknown>> = { ...gatewayDefaults, ...defaultLimits };

/** `64 KiB`, `20 s`, `200`: in the unit that the option's name ends with. */
function amountOf(shown: string): number {
  const [, digits = '', unit = ''] = /^([\d,]+)(?: (KiB|MiB|s|min))?\b/.exec(shown) ?? [];
  const factors: Readonly<Record<string, number>> = {
    KiB: 1024,
    MiB: 1024 ** 2,
    s: 1000,
    min: 60_000,
  };
  return Number(digits.replaceAll(',', '')) * (factors[unit] ?? 1);
}

/** Options and defaults of a table's rows: `| \`a\`, \`b\` (remark) | 1, 2 | … |`. */
function statedIn(page: string): readonly (readonly [name: string, value: number])[] {
  const [, section = ''] = page.split('\n## Limits\n');
  const rows = [...section.matchAll(/^\| (`[^|]+) \| (\d[^|]*) \|/gm)];
  return rows.flatMap(([, names = '', values = '']) => {
    const named = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const shown = named.length === 1 ? [values] : values.split(', ');
    return named.map((name, at) => [name, amountOf(shown[at] ?? '')] as const);
  });
}

describe('the limits in the documents', () => {
  for (const path of ['docs/client-protocol.md', 'docs/applications.md']) {
    it(`${path} shows as they are`, () => {
      const stated = statedIn(text(path));
      expect(stated).to.have.length.greaterThan(4);
      for (const [name, value] of stated) expect(defaults[name], name).to.equal(value);
    });
  }
});

describe('docs/admin-api.md', () => {
  it('lists every address that the admin port serves, and no other', () => {
    const listed = [...text('docs/admin-api.md').matchAll(/^\| `(?:GET|POST) (\/[^`?]*)/gm)];
    const source = text('gateway/admin.ts');
    const served = [...source.matchAll(/'(\/(?:v1\/\w+|healthz|readyz|metrics))'/g)];
    const workers = ['/v1/workers/w-2/drain', '/v1/workers/w-2/kill'];
    expect(listed.map(([, path]) => path)).to.have.members([
      ...['/', ...workers],
      ...new Set(served.map(([, path]) => path)),
    ]);
    expect(source).to.include('(drain|kill)');
  });
});

describe('the reasons of readiness', () => {
  it('are all in docs/admin-api.md, and no other', () => {
    const [, section = ''] = text('docs/admin-api.md').split('\n## Readiness\n');
    const listed = [...section.matchAll(/^\| `([a-z.]+)` \|/gm)].map(([, code]) => code);
    expect(listed).to.have.members([...reasonCodes]);
  });
});

describe('the list of documents in the README', () => {
  it('has every page', () => {
    const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
    const missing = pages.filter((name) => !text('README.md').includes(`(docs/${name})`));
    expect(missing).to.deep.equal([]);
  });
});
