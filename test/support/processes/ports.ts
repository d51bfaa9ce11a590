/**
 * Ports for servers that keep theirs over restarts: below the range from which the system takes
 * the ports of outgoing connections, so that no client sits on one when its server comes back.
 */
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;
const given = new Set<number>();

/** Free now, and given to nobody else in this process. */
export async function servicePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port within ${lowest} … ${highest}`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
