/**
 * Ports for servers that are stopped and started again. A port of the system's own choosing
 * (`listen(0)`) may, while its server is down, become the local end of some outgoing connection;
 * those below are outside every system's range for that (32768 and up on Linux).
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemRandom } from '../../../base/index.ts';

const firstPort = 20_000;
const portsCount = 12_000;
const attemptsMax = 200;

const handedOut = new Set<number>();

/** Resolves with a port that nobody listens on at this host and that no other caller here got. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const port = firstPort + systemRandom.int(portsCount);
    if (handedOut.has(port) || !(await canListen(host, port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`no free port at ${host} in ${attemptsMax} attempts from ${firstPort} upwards`);
}

async function canListen(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
