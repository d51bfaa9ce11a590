/**
 * A program that tests need besides Node: one that is installed, else Debian's or Ubuntu's package,
 * installed now, when the tests run as root there, else an error that says what to do.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Wanted {
  readonly program: string;
  readonly package: string;
  /** What it is for, to complete “… need it”. */
  readonly who: string;
}

/** Debian keeps servers in folders that only root's PATH has. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin'];

/** Its path. @throws Error saying what to install */
export function findProgram(wanted: Wanted): string {
  const found = located(wanted.program);
  if (found !== undefined) return found;
  const problem = install(wanted.package);
  const installed = located(wanted.program);
  if (installed !== undefined) return installed;
  const { program, package: name, who } = wanted;
  throw new Error(
    `${who} need ${program}, and it cannot be installed from here (${problem}). Install it, for ` +
      `instance with \`apt-get install ${name}\`, and run the tests again.`,
  );
}

function located(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), ...serverFolders];
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

/** Why it failed; lists of packages may be missing or old, so a second try follows an update. */
function install(name: string): string {
  if (process.getuid?.() !== 0) return 'not root';
  const installation = ['install', '-y', '--no-install-recommends', name];
  let problem = '';
  for (const args of [installation, ['update'], installation]) {
    const run = spawnSync('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
    });
    if (run.error !== undefined) return run.error.message;
    problem = run.stderr.trim();
    if (run.status === 0 && args === installation) break;
  }
  return problem;
}
