import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');

describe('the files in examples/', () => {
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(root, 'test', file), 'utf8'));

  for (const example of readdirSync(join(root, 'examples'))) {
    if (example.startsWith('.') || example.startsWith('__')) continue;
    it(`${example} has a test`, () => {
      expect(tests.some((text) => text.includes(`examples/${example}`))).to.equal(true);
    });
  }
});
