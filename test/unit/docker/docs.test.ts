import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { commands } from '../../../cli/commands.ts';
import {
  composePath,
  exampleVariables,
  readComposeFile,
  root,
} from '../../support/containers/compose-file.ts';

const page = readFileSync(join(root, 'docs/docker.md'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const compose = readComposeFile(exampleVariables);

/** Names from the first column of the table of variables. */
const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);

describe('docs/docker.md', () => {
  it('names every variable of the compose file, and no other', () => {
    const text = readFileSync(composePath, 'utf8');
    const used = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    expect(documented).to.have.members([...new Set(used)]);
  });

  it('lists first those without a default, which docker/make-env.sh writes', () => {
    const script = readFileSync(join(root, 'docker/make-env.sh'), 'utf8');
    const written = [...script.matchAll(/^([A-Z_]+)=\$\(secret\)/gm)].map(([, name]) => name);
    expect(written).to.have.members(Object.keys(exampleVariables));
    expect(documented.slice(0, written.length)).to.have.members(written);
  });

  it('shows the defaults of the file', () => {
    const defaults = {
      ...compose.services.haproxy?.environment,
      ...compose.services.worker?.environment,
    };
    expect(page).to.include(`\`${defaults.RINGWAY_APP}\``);
    expect(page).to.include(compose.services.gateway?.environment?.RINGWAY_TRUSTED_PROXIES);
  });

  it('uses commands and services that exist', () => {
    const used = [...page.matchAll(/dc exec (?:-T )?(\w+) ringway (\w+)/g)];
    expect(used).to.have.length.greaterThan(4);
    for (const [, service = '', name = ''] of used) {
      expect(Object.keys(compose.services)).to.include(service);
      expect(commands.map((command) => command.name)).to.include(name);
    }
  });

  it('says which versions the file takes of what others made', () => {
    const images = Object.values(compose.services).filter(({ build }) => build === undefined);
    const versions = images.map(({ image }) => /:(\d+\.\d+)/.exec(image)?.[1]);
    const unproved = page.slice(page.indexOf('Not proved'));
    expect(versions).to.have.length(3);
    for (const version of versions) expect(unproved).to.include(version);
  });
});

describe('the README', () => {
  it('starts the compose file as its page does', () => {
    for (const command of [
      'sh docker/make-env.sh',
      'docker compose -f docker/compose.yaml up --build',
    ]) {
      expect(readme).to.include(command);
      expect(page).to.include(command);
    }
  });
});
