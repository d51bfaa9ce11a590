/**
 * Other programs that tests run: a proxy in front of gateways, Docker Compose to read its file, and
 * a Python with an AMQP client.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { thisMachine } from './machine.ts';
import { missing } from './missing.ts';

/** Debian's own Python has Debian's packages, another one on the PATH usually has not. */
const pythons = ['python3', '/usr/bin/python3'];

/** The Python that can `import pika`. @throws Error saying how to get one */
export function pythonWithPika(): string {
  const found = pythons.find(canImportPika);
  if (found === undefined) throw missing(['pika']);
  return found;
}

/** The path of haproxy; its health check's wget is there too. @throws Error saying how to get it */
export function haproxyPath(): string {
  const found = thisMachine.onPath('haproxy');
  if (found === undefined || thisMachine.onPath('wget') === undefined) throw missing(['haproxy']);
  return found;
}

/** Docker Compose, as far as it needs no engine. @throws Error saying how to get it */
export function composeCommand(): readonly string[] {
  const plugin = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' });
  if (plugin.status === 0) return ['docker', 'compose'];
  const found = thisMachine.onPath('docker-compose');
  if (found === undefined) throw missing(['compose']);
  return [found];
}

function canImportPika(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import pika'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
