/** Several ZooKeeper servers on loopback that elect a leader among them. */
import { eventually } from '../eventually.ts';
import { freePort } from './free-port.ts';
import { prepareZooKeeper, type ZooKeeperOptions, type ZooKeeperServer } from './zookeeper.ts';

export interface ZooKeeperEnsemble {
  readonly servers: readonly ZooKeeperServer[];
  /** All addresses, separated by commas. */
  readonly connect: string;
  /** Resolves with the server that leads, once one does. */
  leader(): Promise<ZooKeeperServer>;
  /** Kills all and deletes their folders. */
  close(): Promise<void>;
}

const electionDeadlineMs = 30_000;

/**
 * Starts an ensemble; resolves when a leader serves and every other server follows it.
 * @param optionsOf what is particular about a server, by its number from 1
 */
export async function startEnsemble(
  size = 3,
  optionsOf: (number: number) => ZooKeeperOptions = () => ({}),
): Promise<ZooKeeperEnsemble> {
  const numbers = Array.from({ length: size }, (_, index) => index + 1);
  const lines = await Promise.all(
    numbers.map(async (n) => `server.${n}=127.0.0.1:${await freePort()}:${await freePort()}`),
  );
  const servers = await Promise.all(
    numbers.map((number) => prepareZooKeeper(optionsOf(number), { number, lines })),
  );
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    await Promise.all(servers.map((server) => server.start()));
    await eventually(
      'every server of the ensemble leads or follows',
      async () => (await modes(servers)).every((mode) => mode !== undefined),
      electionDeadlineMs,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    servers,
    connect: servers.map(({ address }) => address).join(','),
    leader: () =>
      eventually(
        'a server of the ensemble leads',
        async () => servers[(await modes(servers)).indexOf('leader')],
        electionDeadlineMs,
      ),
    close,
  };
}

async function modes(servers: readonly ZooKeeperServer[]) {
  return await Promise.all(servers.map((server) => (server.isRunning ? server.mode() : undefined)));
}
