import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { type Image, ourImage } from '../../support/containers/image.ts';

/** The folder that docker/Dockerfile makes, with what `npm ci --omit=dev` would install. */
describe('the image of docker/Dockerfile', function () {
  this.timeout(180_000);
  let image: Image;

  before(() => {
    image = ourImage();
  });

  function run(program: string, ...args: readonly string[]) {
    return spawnSync(program, args, {
      cwd: image.workingFolder,
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    });
  }

  function modules(): readonly string[] {
    const files = readdirSync(join(image.workingFolder, 'dist'), {
      recursive: true,
      encoding: 'utf8',
    });
    return files.filter((file) => file.endsWith('.js')).map((file) => `dist/${file}`);
  }

  it('imports no package but those that running needs', () => {
    const manifest = JSON.parse(readFileSync(join(image.workingFolder, 'package.json'), 'utf8'));
    const imports = modules().flatMap((file) => {
      const text = readFileSync(join(image.workingFolder, file), 'utf8');
      const found = text.matchAll(/(?:\bfrom|^import|\bimport\()\s*['"]([^'".\s][^'"\s]*)['"]/gm);
      return [...found].map(([, name = '']) => name);
    });
    const packages = new Set(imports.filter((name) => !isBuiltin(name)));
    expect(packages.size).to.be.greaterThan(4);
    expect(Object.keys(manifest.dependencies)).to.include.members([...packages]);
  });

  it('has no package that only development needs', () => {
    const manifest = JSON.parse(readFileSync(join(image.workingFolder, 'package.json'), 'utf8'));
    const installed = readdirSync(join(image.workingFolder, 'node_modules'));
    const unwanted = Object.keys(manifest.devDependencies).filter((name) =>
      installed.includes(name),
    );
    expect(installed).to.include.members(Object.keys(manifest.dependencies));
    expect(unwanted).to.deep.equal([]);
  });

  it('loads every module of the program', () => {
    const all = modules().filter((file) => file !== 'dist/cli/main.js');
    const script = `for (const file of ${JSON.stringify(all)}) await import('./' + file);`;
    const loaded = run(process.execPath, '--input-type=module', '--eval', script);
    expect(loaded.stderr).to.equal('');
    expect(loaded.status).to.equal(0);
    expect(all).to.have.length.greaterThan(100);
  });

  it('has the whole command line, by its entry point and as ringway on the PATH', () => {
    const [node = '', main = ''] = image.entrypoint;
    expect(node).to.equal('node');
    const help = run(process.execPath, image.inFolder(main), ...image.command);
    const ringway = run(image.inFolder('/usr/local/bin/ringway'), 'help');
    expect(help.status, help.stderr).to.equal(0);
    expect(help.stdout).to.match(/ gateway .* worker /s);
    expect(ringway.stdout).to.equal(help.stdout);
  });

  it('lets applications under /srv/app import ringway/worker', () => {
    const script = `
      import { defineApplication } from 'ringway/worker';
      console.log(typeof defineApplication);`;
    const loaded = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: image.inFolder('/srv/app'),
      encoding: 'utf8',
    });
    expect(loaded.stdout.trim(), loaded.stderr).to.equal('function');
  });
});
