/** HAProxy itself, with docker/haproxy.cfg and the variables that docker/compose.yaml gives it. */
import { join } from 'node:path';
import { haproxyPath } from '../servers/index.ts';
import { type ComposeFile, root } from './compose-file.ts';
import { Container } from './container.ts';
import type { Network } from './network.ts';

const haproxyConfig = join(root, 'docker/haproxy.cfg');

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
    command: [haproxyPath(), '-f', haproxyConfig],
    hostsFile: network.hostsFile,
    ...place,
  });
}
