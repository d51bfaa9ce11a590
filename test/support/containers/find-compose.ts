/**
 * Docker Compose for the tests: the engine's plugin, the older program of its own, or Debian's
 * and Ubuntu's package of that, installed now when the tests run as root there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { thisMachine } from '../servers/machine.ts';

const packageName = 'docker-compose';
const aptGet = '/usr/bin/apt-get';

/** The command, as far as `config` goes. @throws Error saying what to install */
export function findCompose(): readonly string[] {
  const plugin = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' });
  if (plugin.status === 0) return ['docker', 'compose'];
  const problem = thisMachine.onPath('docker-compose') === undefined ? install() : '';
  const program = thisMachine.onPath('docker-compose');
  if (program !== undefined) return [program];
  throw new Error(
    'The test of docker/compose.yaml needs Docker Compose (no engine), and it cannot be installed ' +
      `from here (${problem}). Install its plugin, or \`apt-get install ${packageName}\`.`,
  );
}

/** Why it failed; lists of packages may be missing or old, so a second try follows an update. */
function install(): string {
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync(aptGet)) return 'neither Debian nor Ubuntu';
  const installation = ['install', '-y', '--no-install-recommends', packageName];
  let problem = '';
  for (const args of [installation, ['update'], installation]) {
    const run = spawnSync(aptGet, args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
    });
    problem = run.stderr.trim();
    if (run.status === 0 && args === installation) break;
  }
  return problem;
}
