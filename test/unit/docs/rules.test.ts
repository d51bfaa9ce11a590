/** Every rule that the source names is written down in docs/rules.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');
const folders = ['cluster', 'events', 'gateway', 'link', 'worker', 'test/sim', 'test/scenario'];
const rule = /\b(?:[ZCSBHPOMLGWA])[0-9]{1,2}(?:[ab](?![a-z]))?′?(?![0-9A-Za-z])/g;

function rulesIn(text: string): readonly string[] {
  return [...text.matchAll(rule)].map(([name]) => name);
}

/** Only comments and test names speak of rules; `S1` may be a variable elsewhere. */
function spoken(source: string): string {
  const lines = source.split('\n');
  return lines
    .filter((line) => /^\s*(?:\/\*\*|\*|\/\/)|\/\/|describe\(|it\(/.test(line))
    .join('\n');
}

describe('docs/rules.md', () => {
  const written = new Set(rulesIn(readFileSync(join(root, 'docs/rules.md'), 'utf8')));

  for (const folder of folders) {
    it(`has every rule that ${folder}/ names`, () => {
      const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'));
      const missing = files.flatMap((name) => {
        const source = readFileSync(join(root, folder, name), 'utf8');
        const unknown = rulesIn(spoken(source)).filter((one) => !written.has(one));
        return unknown.map((one) => `${name}: ${one}`);
      });
      expect(missing).to.deep.equal([]);
    });
  }

  it('would notice a rule that is not there', () => {
    expect(rulesIn('as rule C99 says')).to.deep.equal(['C99']);
    expect(written.has('C99')).to.equal(false);
    expect(written.has('C1a′')).to.equal(true);
  });
});
