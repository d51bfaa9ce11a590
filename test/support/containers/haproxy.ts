/** HAProxy itself, with docker/haproxy.cfg and the variables that docker/compose.yaml gives it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ComposeFile, root } from './compose-file.ts';
import { Container } from './container.ts';
import type { Network } from './network.ts';

export const haproxyConfig = join(root, 'docker/haproxy.cfg');

/** On Debian in a folder that only root's PATH has. @throws Error saying what to install */
export function findHaproxy(): string {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, 'haproxy')).find((file) => existsSync(file));
  if (found !== undefined) return found;
  const install = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'haproxy'], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  });
  if (install.status === 0 && existsSync('/usr/sbin/haproxy')) return '/usr/sbin/haproxy';
  const why = install.error?.message ?? install.stderr;
  throw new Error(
    `the tests of docker/ need HAProxy 2.6 or newer (apt-get install haproxy): ${why}`,
  );
}

/** Its ports are those of the file, on an address of its own. */
export function startHaproxy(compose: ComposeFile, network: Network): Container {
  const service = compose.services.haproxy;
  if (service === undefined) throw new Error('docker/compose.yaml has no service haproxy');
  const place = network.join('haproxy');
  const environment = {
    ...service.environment,
    LISTEN: place.address,
    NAME_SERVER: network.nameServer,
    // A test may not be allowed as many file descriptors as a container is.
    CONNECTIONS_MAX: '1000',
  };
  return new Container({
    service: { ...service, environment },
    image: undefined,
    stopSignal: 'SIGUSR1',
    command: [findHaproxy(), '-f', haproxyConfig],
    hostsFile: network.hostsFile,
    ...place,
  });
}
