/**
 * The `Coordinator` on real ZooKeeper. Everything lies below `/ringway` (or below a path of the
 * operator's choice): config, table, and three folders of ephemeral nodes, all with one access
 * list. It decides nothing; what it promises beyond the package is in `zookeeper-session.ts`.
 */
import { silentLogger, systemClock, systemRandom } from '../base/index.ts';
import type {
  ClusterConfig,
  Coordinator,
  CoordinatorListener,
  MultiResult,
  Op,
  Reading,
} from './coordinator.ts';
import { credentialsFrom } from './credentials.ts';
import { createNodeCodec } from './node-codec.ts';
import { dialZooKeeper } from './zookeeper-client.ts';
import { parseZooKeeperOptions, type ZooKeeperOptions } from './zookeeper-options.ts';
import { pathsBelow } from './zookeeper-paths.ts';
import { Reader } from './zookeeper-reader.ts';
import { translated } from './zookeeper-refusals.ts';
import { ZooKeeperSession } from './zookeeper-session.ts';
import { createSetup, type Setup } from './zookeeper-setup.ts';
import { Writer } from './zookeeper-writer.ts';

export interface ZooKeeperCoordinator extends Coordinator {
  /** Vanishes without a word, as a killed process does: the session ends after its timeout. */
  kill(): void;
}

/** Reaches for the servers when opened, and for ever after.
 * @throws ConfigError with all that is wrong with the options */
export function createZooKeeper(options: ZooKeeperOptions): ZooKeeperCoordinator {
  return new ZooKeeper(options);
}

class ZooKeeper implements ZooKeeperCoordinator {
  readonly sessionTimeoutMs: number;
  private readonly session: ZooKeeperSession;
  private readonly setup: Setup;
  private readonly reader: Reader;
  private readonly writer: Writer;
  /** Number of the session in which the access lists were looked at. */
  private checkedSession: number | undefined;

  constructor(options: ZooKeeperOptions) {
    const { ensemble, sessionTimeoutMs, callDeadlineMs } = parseZooKeeperOptions(options);
    const { clock = systemClock, random = systemRandom, logger = silentLogger } = options;
    const credentials = credentialsFrom(options.secret);
    const codec = createNodeCodec(credentials.signingKey);
    const paths = pathsBelow(ensemble.chroot);
    this.sessionTimeoutMs = sessionTimeoutMs;
    this.session = new ZooKeeperSession({
      addresses: ensemble.addresses,
      credentials: credentials.digest,
      sessionTimeoutMs,
      callDeadlineMs,
      clock,
      random,
      logger,
      dial: dialZooKeeper,
    });
    this.setup = createSetup(this.session, paths, credentials);
    this.reader = new Reader(this.session, paths, { codec, logger });
    this.writer = new Writer(this.session, paths, { reader: this.reader, codec, credentials });
  }

  open(listener: CoordinatorListener): void {
    this.session.open(listener);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  kill(): void {
    this.session.kill();
  }

  configure(wanted: ClusterConfig): Promise<ClusterConfig> {
    return inOurWords(() => this.setup.configure(wanted));
  }

  read(): Promise<Reading> {
    return inOurWords(async () => {
      const { number } = this.session;
      if (this.checkedSession !== number) {
        await this.setup.checkAccess();
        this.checkedSession = number;
      }
      return this.reader.read();
    });
  }

  multi(ops: readonly Op[]): Promise<MultiResult> {
    return inOurWords(() => this.writer.multi(ops));
  }
}

async function inOurWords<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translated(error);
  }
}
