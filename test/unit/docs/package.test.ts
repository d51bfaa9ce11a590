/** What `npm pack` would put into the package, against what its manifest and its README promise. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../../..');
const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** `./dist/ring/index.d.ts` → `ring/index.ts`. */
function sourceOf(built: string): string {
  return built.replace(/^(\.\/)?dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts');
}

describe('the package', () => {
  it('is built before it is packed: dist/ is not in the repository', () => {
    expect(manifest.files).to.include('dist');
    expect(manifest.scripts.prepack).to.match(/\bbuild\b/);
  });

  it('runs what may last without a shell between, for npm signals nothing but that', () => {
    for (const name of ['start', 'ringway']) {
      expect(manifest.scripts[name], name).to.match(/^exec node /);
    }
  });

  it('exports files that the build makes', () => {
    const exported = Object.values(manifest.exports).flatMap((each) => [each.types, each.default]);
    const built = [...exported, ...Object.values(manifest.bin)];
    const missing = built.filter((file) => !existsSync(join(root, sourceOf(file))));
    expect(built).to.have.length.greaterThan(2);
    expect(missing).to.deep.equal([]);
  });

  it('exports every subpath that documents and examples import', () => {
    const pages = ['README.md', 'docs/applications.md', 'docs/events.md', 'docs/ring.md'];
    pages.push('examples/todo.mjs', 'examples/publish.mjs');
    const texts = pages.map((page) => readFileSync(join(root, page), 'utf8')).join('\n');
    const imported = [...texts.matchAll(/'ringway(\/\w+)'/g)].map(([, path = '']) => `.${path}`);
    expect(imported).to.include('./worker');
    expect(Object.keys(manifest.exports)).to.include.members(imported);
  });

  it('holds every file that the README links to', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const targets = [...readme.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) => to);
    const outside = targets.filter(
      (to) => !manifest.files.some((file) => to === file || to.startsWith(`${file}/`)),
    );
    expect(targets).to.have.length.greaterThan(5);
    expect(outside).to.deep.equal([]);
  });
});
