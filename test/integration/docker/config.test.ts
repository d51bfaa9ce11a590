import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import {
  composePath,
  exampleVariables,
  readComposeFile,
} from '../../support/containers/compose-file.ts';
import { composeCommand } from '../../support/servers/programs.ts';

describe('docker compose config', function () {
  this.timeout(180_000);

  function config(env: Readonly<Record<string, string>>) {
    const [program = '', ...args] = composeCommand();
    return spawnSync(program, [...args, '-f', composePath, 'config'], {
      // Nothing of this process's variables: an .env of docker/ would still be read.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      encoding: 'utf8',
    });
  }

  it('accepts the file without a warning, and reads it as these tests do', () => {
    const { status, stdout, stderr } = config(exampleVariables);
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    const theirs = parse(stdout).services;
    const ours = readComposeFile(exampleVariables).services;
    expect(theirs).to.have.all.keys(Object.keys(ours));
    for (const [name, { environment, command }] of Object.entries(ours)) {
      expect(theirs[name].environment, name).to.deep.equal(environment);
      expect(theirs[name].command ?? undefined, name).to.deep.equal(command);
      expect(Object.keys(theirs[name].networks), name).to.have.members([
        ...(ours[name]?.networks ?? []),
      ]);
    }
    expect(theirs.worker.depends_on.zookeeper.condition).to.equal('service_healthy');
  });

  it('refuses to go on without secrets, and says how to make them', () => {
    const { RINGWAY_SECRET: _, ...others } = exampleVariables;
    // Set and empty: wins over an .env that a developer may have.
    const { status, stderr } = config({ ...others, RINGWAY_SECRET: '' });
    expect(status).not.to.equal(0);
    expect(stderr).to.include('make-env.sh');
  });
});
