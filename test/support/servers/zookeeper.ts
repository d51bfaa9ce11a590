/**
 * One ZooKeeper server on loopback, with its own port and data folder, to be stopped, killed,
 * frozen and wiped. Nothing is flushed to the disk (`forceSync=no`): that keeps what a killed
 * process wrote, because the machine lives on, and makes the tests fast.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findZooKeeper } from './find-servers.ts';
import { freePort } from './free-port.ts';
import { thisMachine } from './machine.ts';
import { missing } from './missing.ts';
import { ask } from './probes.ts';
import { ServerProcess } from './server-process.ts';
import { mountSmallDisk, unmountSmallDisk } from './small-disk.ts';
import { makeServerFolder } from './test-folder.ts';

export interface ZooKeeperServer {
  /** `host:port`; stays the same over restarts. */
  readonly address: string;
  readonly isRunning: boolean;
  /** The process id while it runs. */
  readonly pid: number | undefined;
  /** Starts it; resolves when it serves (in an ensemble: when it answers). */
  start(): Promise<void>;
  /** Ends it in order (SIGTERM). */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void;
  /** Continues it after `pause()`. */
  resume(): void;
  /** Kills it, empties its data folder and starts it again. */
  wipe(): Promise<void>;
  /** What it says it is; `undefined` while it does not serve. */
  mode(): Promise<ZooKeeperMode | undefined>;
  /** Its data folder, if that is a small disk of its own. */
  readonly smallDisk: string | undefined;
  /** Kills it and deletes its folder. */
  close(): Promise<void>;
}

export type ZooKeeperMode = 'standalone' | 'leader' | 'follower';

export interface ZooKeeperOptions {
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Its unit of time: sessions last 2 to 20 of them. Default 500. */
  readonly tickTimeMs?: number;
  /** Of its heap. Default 256. */
  readonly heapMegabytes?: number;
  /** Puts its data on a disk of this size (small-disk.ts). Default: the machine's disk. */
  readonly diskMegabytes?: number;
}

/** What makes a server one of an ensemble. */
export interface EnsembleSeat {
  /** Its number, from 1. */
  readonly number: number;
  /** All members' lines of the configuration (`server.1=…`). */
  readonly lines: readonly string[];
}

/** Starts a server by itself; resolves when it serves. */
export async function startZooKeeper(options: ZooKeeperOptions = {}): Promise<ZooKeeperServer> {
  const server = await prepareZooKeeper(options);
  await server.start();
  return server;
}

/** Makes a server ready to be started. */
export async function prepareZooKeeper(
  options: ZooKeeperOptions,
  seat?: EnsembleSeat,
): Promise<ZooKeeperServer> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await freePort(host));
  const folder = makeServerFolder('zookeeper');
  const dataFolder = join(folder, 'data');
  const { diskMegabytes, heapMegabytes } = options;
  if (diskMegabytes !== undefined) {
    mkdirSync(dataFolder);
    mountSmallDisk(dataFolder, diskMegabytes * 2 ** 20);
  }
  const prepareData = (): void => {
    // The folder itself may be a mount point.
    mkdirSync(dataFolder, { recursive: true });
    for (const name of readdirSync(dataFolder)) {
      rmSync(join(dataFolder, name), { recursive: true, force: true });
    }
    if (seat !== undefined) writeFileSync(join(dataFolder, 'myid'), `${seat.number}`);
  };
  prepareData();
  writeFileSync(
    join(folder, 'zoo.cfg'),
    [
      `tickTime=${options.tickTimeMs ?? 500}`,
      `dataDir=${dataFolder}`,
      `clientPortAddress=${host}`,
      `clientPort=${port}`,
      'initLimit=20',
      'syncLimit=4',
      // All clients of a test have one address.
      'maxClientCnxns=0',
      ...(seat?.lines ?? []),
      '',
    ].join('\n'),
  );
  const process = new ServerProcess(zooKeeperCommand(folder, heapMegabytes));
  const mode = (): Promise<ZooKeeperMode | undefined> => modeAt(host, port);
  const isReady = async (): Promise<boolean> =>
    seat === undefined ? (await mode()) !== undefined : await isAlive(host, port);

  return {
    address: `${host}:${port}`,
    get isRunning() {
      return process.isRunning;
    },
    get pid() {
      return process.pid;
    },
    start: () => process.start(isReady),
    stop: () => process.stop(),
    kill: () => process.kill(),
    pause: () => process.pause(),
    resume: () => process.resume(),
    wipe: async () => {
      await process.kill();
      prepareData();
      await process.start(isReady);
    },
    mode,
    smallDisk: diskMegabytes === undefined ? undefined : dataFolder,
    close: async () => {
      await process.kill();
      if (diskMegabytes !== undefined) unmountSmallDisk(dataFolder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function zooKeeperCommand(folder: string, heapMegabytes = 256) {
  const program = findZooKeeper(thisMachine);
  if (program === undefined) throw missing(['zookeeper']);
  const args = [
    `-Xmx${heapMegabytes}m`,
    // Or it leaves a file of its own in the temporary directory.
    '-XX:-UsePerfData',
    // Short-lived and several at once: little start-up work counts for more than peak speed.
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    // Or it takes port 8080.
    '-Dzookeeper.admin.enableServer=false',
    '-Dzookeeper.4lw.commands.whitelist=*',
    '-Dzookeeper.forceSync=no',
    '-cp',
    program.classPath,
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    'zoo.cfg',
  ];
  return { name: 'zookeeper', command: program.java, args, env: {}, folder };
}

async function isAlive(host: string, port: number): Promise<boolean> {
  return (await ask({ host, port }, 'ruok'))?.toString() === 'imok';
}

/** What the server at an address says it is. */
export async function modeAt(host: string, port: number): Promise<ZooKeeperMode | undefined> {
  const answer = (await ask({ host, port }, 'srvr'))?.toString() ?? '';
  const mode = /^Mode: (\w+)$/m.exec(answer)?.[1];
  return mode === 'standalone' || mode === 'leader' || mode === 'follower' ? mode : undefined;
}
