import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exampleVariables, readComposeFile, root } from '../../support/containers/compose-file.ts';
import {
  copiesOf,
  execForm,
  readDockerfile,
  type Stage,
  stagesOf,
  textsOf,
} from '../../support/containers/dockerfile.ts';
import { isInContext } from '../../support/containers/image.ts';

const stages = readDockerfile();

function stage(name: string): Stage {
  const found = stages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found;
}

describe('docker/Dockerfile', () => {
  const last = stage('');

  it('ends with a stage that holds the results of the others', () => {
    expect(stages.at(-1)).to.equal(last);
    expect(copiesOf(last).map(({ from }) => from)).to.include.members(['build', 'dependencies']);
    expect(textsOf(last, 'RUN').join()).not.to.match(/\bnpm\b/);
  });

  it('installs from the lock file, for running only what running needs', () => {
    expect(textsOf(stage('build'), 'RUN')[0]).to.match(/^npm ci(?!.*--omit)/);
    expect(textsOf(stage('dependencies'), 'RUN')).to.have.length(1);
    expect(textsOf(stage('dependencies'), 'RUN')[0]).to.match(/^npm ci --omit=dev /);
  });

  it('runs as a user without rights, whom nothing takes them back from', () => {
    expect(textsOf(last, 'USER')).to.deep.equal(['node']);
    const names = last.instructions.map(({ name }) => name);
    const after = names.slice(names.indexOf('USER') + 1);
    expect(after).to.have.members(['STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD']);
  });

  it('starts node itself, so that signals reach the program and not a shell', () => {
    expect(execForm(textsOf(last, 'ENTRYPOINT')[0])).to.deep.equal([
      'node',
      '/opt/ringway/dist/cli/main.js',
    ]);
    expect(execForm(textsOf(last, 'CMD')[0])).to.deep.equal(['help']);
    expect(textsOf(last, 'STOPSIGNAL')).to.deep.equal(['SIGTERM']);
  });

  it('has the health check that the compose file writes out', () => {
    const { services } = readComposeFile(exampleVariables);
    const [, test] = /CMD (\[.*\])$/.exec(textsOf(last, 'HEALTHCHECK')[0] ?? '') ?? [];
    for (const name of ['gateway', 'worker']) {
      expect(services[name]?.healthcheck?.test, name).to.deep.equal(['CMD', ...execForm(test)]);
    }
  });

  it('takes one release line of Node for all stages', () => {
    const bases = [...new Set(stages.map(({ base }) => base))];
    expect(bases).to.have.length(1);
    expect(bases[0]).to.match(/^node:\$\{NODE_VERSION\}-bookworm-slim$/);
  });

  it('copies only what exists and what .dockerignore lets in', () => {
    const sources = stages.flatMap(copiesOf).filter(({ from }) => from === undefined);
    const paths = sources.flatMap((copy) => copy.sources);
    expect(paths).to.have.length.greaterThan(10);
    for (const path of paths) {
      expect(existsSync(join(root, path)), path).to.equal(true);
      expect(isInContext(path), path).to.equal(true);
    }
  });

  it('compiles every folder of the program', () => {
    const isSource = (name: string): boolean =>
      existsSync(join(root, name, 'index.ts')) || name === 'cli';
    const folders = readdirSync(root).filter((name) => !name.startsWith('.') && isSource(name));
    const copied = copiesOf(stage('build')).flatMap(({ sources }) => sources);
    expect(folders).to.have.length.greaterThan(8);
    expect(copied).to.include.members(folders);
  });
});

describe('a Dockerfile taken apart', () => {
  it('has stages, instructions over several lines, and no comments', () => {
    const text = 'ARG A=1\nFROM a AS one\nRUN x \\\n && y\n# no\nFROM b\nCOPY --from=one /p q ./\n';
    const [one, two] = stagesOf(text);
    expect(one).to.deep.equal({
      base: 'a',
      name: 'one',
      instructions: [{ name: 'RUN', text: 'x   && y' }],
    });
    expect(two && copiesOf(two)).to.deep.equal([
      { from: 'one', sources: ['/p', 'q'], target: './' },
    ]);
  });
});
