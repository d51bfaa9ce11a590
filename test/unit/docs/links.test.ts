import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');
const pages = ['README.md', 'CHANGELOG.md', ...pagesIn('docs'), ...pagesIn('docs/decisions')];

function pagesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** `## Options of \`ringway up\`` → `options-of-ringway-up`. */
function anchorsOf(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documents', () => {
  for (const page of pages) {
    it(`${page} links to files that are there`, () => {
      const text = readFileSync(join(root, page), 'utf8');
      const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) => to);
      const missing = targets.filter((to) => !existsSync(join(root, dirname(page), to)));
      expect(missing).to.deep.equal([]);
    });
  }

  it('link to headings that are there', () => {
    const links = pages.flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8');
      const found = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
      return found.map(([, to = '', anchor = '']) => ({
        target: to === '' ? page : join(dirname(page), to),
        anchor,
      }));
    });
    const missing = links.filter(({ target, anchor }) => !anchorsOf(target).includes(anchor));
    expect(links).to.have.length.greaterThan(0);
    expect(missing).to.deep.equal([]);
  });

  it('gives two commands first, and they are scripts of the package', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block.trim());
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(blocks.slice(0, 2)).to.deep.equal(['npm ci && npm start', 'npm ci && npm test']);
    expect(scripts).to.include.keys('start', 'test');
  });
});
