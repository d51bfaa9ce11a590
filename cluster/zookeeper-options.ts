/** Options of the ZooKeeper coordinator: what they mean, their defaults, and how they are read. */
import { type Clock, ConfigError, type Logger, type Random } from '../base/index.ts';
import { clusterDefaults } from './options.ts';
import type { ServerAddress } from './zookeeper-wire.ts';

export interface ZooKeeperOptions {
  /** `host:port[,host:port…][/path]`, from `--zookeeper`. All lies below the path, if there is one. */
  readonly servers: string;
  /** From `RINGWAY_SECRET`: gives the credentials, the access lists and the signatures. */
  readonly secret: string;
  /**
   * Default 6000; from 2 to 20 times the servers' `tickTime`, or they grant another one and
   * the process refuses to work.
   */
  readonly sessionTimeoutMs?: number;
  /** An operation without an answer for this long has failed. Default 1000. */
  readonly callDeadlineMs?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the system's. */
  readonly random?: Random;
  /** Default: silent. */
  readonly logger?: Logger;
}

export interface Ensemble {
  readonly addresses: readonly ServerAddress[];
  /** '' = none, else `/a/b`. */
  readonly chroot: string;
}

const secretLengthMin = 16;
/** Of an ensemble: more is a mistake. */
const serversMax = 64;
const longestMs = 24 * 3600 * 1000;

export interface ParsedZooKeeperOptions {
  readonly ensemble: Ensemble;
  readonly sessionTimeoutMs: number;
  readonly callDeadlineMs: number;
}

/** @throws ConfigError with all problems at once */
export function parseZooKeeperOptions(options: ZooKeeperOptions): ParsedZooKeeperOptions {
  const problems: string[] = [];
  const {
    sessionTimeoutMs = clusterDefaults.sessionTimeoutMs,
    callDeadlineMs = clusterDefaults.callDeadlineMs,
  } = options;
  const ensemble = parseServers(options.servers, problems);
  if (options.secret.length < secretLengthMin) {
    const { length } = options.secret;
    problems.push(`RINGWAY_SECRET has ${length} characters, fewer than ${secretLengthMin}`);
  }
  for (const [name, value] of Object.entries({ sessionTimeoutMs, callDeadlineMs })) {
    if (!Number.isInteger(value) || value < 1 || value > longestMs) {
      problems.push(`${name} is ${value}, not a whole number from 1 to ${longestMs}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { ensemble, sessionTimeoutMs, callDeadlineMs };
}

function parseServers(text: string, problems: string[]): Ensemble {
  const cut = text.indexOf('/');
  const list = cut < 0 ? text : text.slice(0, cut);
  const chroot = cut < 0 ? '' : text.slice(cut).replace(/^\/$/, '');
  if (chroot !== '' && !/^(\/[\w.-]+)+$/.test(chroot)) {
    problems.push(`--zookeeper names the path "${chroot}"; expected /name[/name…]`);
  } else if (chroot.split('/').some((part) => part === '.' || part === '..')) {
    problems.push(`--zookeeper names the path "${chroot}", which has "." or ".." in it`);
  }
  const servers = list.split(',');
  if (servers.length > serversMax) {
    problems.push(`--zookeeper names ${servers.length} servers, more than ${serversMax}`);
  }
  const addresses = servers.flatMap((server) => {
    const address = parseAddress(server);
    if (address === undefined) {
      problems.push(`--zookeeper names the server "${server}"; expected host:port`);
    }
    return address ?? [];
  });
  return { addresses, chroot };
}

/** `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`. */
function parseAddress(text: string): ServerAddress | undefined {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

export function addressText({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
