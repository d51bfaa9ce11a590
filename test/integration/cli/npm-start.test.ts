import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../../support/eventually.ts';

const root = join(import.meta.dirname, '../../..');
const source = `--import ${import.meta.resolve('tsx')} ${join(root, 'cli/main.ts')}`;

/** The package's own script, run by npm, but from the source: nothing needs to be built. */
describe('npm start', function () {
  this.timeout(60_000);
  let folder = '';
  let npm: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringway-start-'));
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const start = scripts.start.replace('dist/cli/main.js', source);
    expect(start).not.to.equal(scripts.start);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
  });

  after(async () => {
    // The whole group: a signal that npm does not pass on would leave the cluster behind.
    if (npm?.pid !== undefined && npm.exitCode === null) process.kill(-npm.pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  });

  const cases = [
    ['SIGTERM to npm', 'SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['SIGINT to npm', 'SIGINT', (child: ChildProcess) => child.kill('SIGINT')],
    // As a terminal does it: to the whole group, and npm passes its own on.
    ['Ctrl-C', 'SIGINT', (child: ChildProcess) => process.kill(-Number(child.pid), 'SIGINT')],
  ] as const;
  for (const [what, signal, send] of cases) {
    it(`ends the cluster in order on ${what}`, async () => {
      const ports = ['--port', '0', '--admin-port', '0', '--workers', '1'];
      const child = spawn('npm', ['start', '--', ...ports], { cwd: folder, detached: true });
      npm = child;
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (part: string) => {
          output += part;
        });
      }
      // `close` comes when the last process that writes to these pipes has ended.
      const ended = new Promise((resolve) => child.on('close', resolve));
      await eventually('it is ready', () => output.includes('Ctrl-C stops it.'), 30_000);
      send(child);
      expect(await ended, output).to.equal(0);
      expect(output).to.include(`${signal}: stopping`).and.not.include('again');
    });
  }
});
