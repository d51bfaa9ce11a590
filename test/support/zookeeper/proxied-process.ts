/** For a suite: before each test a process on the shared ZooKeeper, behind a proxy of its own. */
import { afterEach, before, beforeEach } from 'mocha';
import { present } from '../../../base/index.ts';
import { createStage, type Process, type Stage } from '../coordinator-stage.ts';
import { eventually } from '../eventually.ts';
import { createRecordingLogger, type RecordingLogger } from '../recording-logger.ts';
import { freshChroot, serverStartTimeoutMs, sharedZooKeeperServer } from '../servers/index.ts';
import type { ZooKeeperProxy } from './proxy.ts';
import { createProxiedStore, type ProxiedStore } from './store.ts';

export interface ProxiedProcess {
  readonly process: Process;
  readonly proxy: ZooKeeperProxy;
  readonly store: ProxiedStore;
  /** For more processes on the same data. */
  readonly stage: Stage;
  readonly logger: RecordingLogger;
  readonly chroot: string;
  /** The server behind the proxy. */
  readonly target: string;
  /** Of the session that passed through the proxy last. */
  sessionId(): string;
  /** Resolves when contact was lost and found again. */
  resumed(): Promise<unknown>;
}

/** To be called inside `describe`; what it returns is replaced before each test. */
export function eachOnProxiedProcess(): () => ProxiedProcess {
  let target: string;
  let current: ProxiedProcess | undefined;
  before(async function () {
    this.timeout(serverStartTimeoutMs);
    target = (await sharedZooKeeperServer()).address;
  });
  beforeEach(async () => {
    current = await start(target);
  });
  afterEach(() => current?.stage.close());
  return () => present(current, 'a test that runs');
}

async function start(target: string): Promise<ProxiedProcess> {
  const logger = createRecordingLogger();
  const chroot = freshChroot();
  const store = await createProxiedStore({ target, chroot, proxies: 2, logger });
  const stage = createStage(store);
  const process = await stage.startConfigured();
  const proxy = store.proxyOf(process.coordinator);
  return {
    process,
    proxy,
    store,
    stage,
    logger,
    chroot,
    target,
    sessionId: () => present(proxy.session, 'session').id.toString('hex'),
    resumed: () =>
      eventually('suspended, then connected', () =>
        process.events.join().endsWith('suspended,connected'),
      ),
  };
}
