/** A process as ZooKeeper sees it: membership over a coordinator, and what it reports. */
import { type Random, systemClock, systemRandom } from '../../../base/index.ts';
import {
  createZooKeeper,
  type MembershipReport,
  type RunningMembership,
  runMembership,
  type View,
  type ZooKeeperCoordinator,
} from '../../../cluster/index.ts';
import { config } from '../coordinator-stage.ts';
import { eventually } from '../eventually.ts';
import { createRecordingLogger, type RecordingLogger } from '../recording-logger.ts';
import { testSecret } from './store.ts';

export interface MemberOptions {
  /** As in `--zookeeper`. */
  readonly servers: string;
  readonly sessionTimeoutMs: number;
  /** Cluster id that this process would make. */
  readonly cluster?: string;
  /** Begins with the first server of the list. */
  readonly isFirstServerFirst?: boolean;
}

export interface Member {
  readonly coordinator: ZooKeeperCoordinator;
  readonly membership: RunningMembership;
  readonly logger: RecordingLogger;
  readonly reports: MembershipReport[];
  readonly refusals: Error[];
  /** Kinds of the reports so far, repeats of `view`, `confirmed` and `note` left out. */
  readonly milestones: readonly string[];
  readonly view: View | undefined;
  readonly confirmations: number;
  /** The server that it was connected to last. */
  readonly server: string | undefined;
  close(): Promise<void>;
}

/** Resolves when it is registered, in the ring, and has a view that shows it. */
export async function startMember(id: string, options: MemberOptions): Promise<Member> {
  const member = openMember(id, options);
  await eventually(`${id} in the ring`, () => isInRing(member, id), 20_000);
  return member;
}

export function openMember(id: string, options: MemberOptions): Member {
  const { servers, sessionTimeoutMs, cluster = 'made-first' } = options;
  const logger = createRecordingLogger();
  const random: Random =
    options.isFirstServerFirst === true ? { ...systemRandom, int: () => 0 } : systemRandom;
  const coordinator = createZooKeeper({
    servers,
    secret: testSecret,
    sessionTimeoutMs,
    logger,
    random,
  });
  const reports: MembershipReport[] = [];
  const refusals: Error[] = [];
  const membership = runMembership({
    coordinator,
    clock: systemClock,
    random: systemRandom,
    membership: {
      role: 'worker',
      id,
      address: `${id}:7000`,
      build: 'test',
      nonce: systemRandom.hex(8),
      weight: 1,
      renewIntervalMs: 200,
      callDeadlineMs: 500,
    },
    config: { ...config, cluster },
    tickIntervalMs: 20,
    report: (report) => reports.push(report),
    onRefused: (error) => refusals.push(error),
  });
  membership.start();
  membership.input({ kind: 'join' });
  const quiet: readonly string[] = ['view', 'confirmed', 'note'];
  return {
    coordinator,
    membership,
    logger,
    reports,
    refusals,
    get milestones() {
      return reports.map(({ kind }) => kind).filter((kind) => !quiet.includes(kind));
    },
    get view() {
      return reports.findLast((report) => report.kind === 'view')?.view;
    },
    get confirmations() {
      return reports.filter(({ kind }) => kind === 'confirmed').length;
    },
    get server() {
      const line = logger.of('zookeeper.connected').at(-1);
      return line === undefined ? undefined : String(line.server);
    },
    close: () => membership.close(),
  };
}

/** Its own last view shows its present boot in the ring. */
export function isInRing({ view, membership }: Member, id: string): boolean {
  return membership.boot !== undefined && view?.ring.get(id)?.boot === membership.boot;
}

/** Resolves when the lease was renewed once more: an operation went through the leader. */
export async function confirmedAgain(member: Member, deadlineMs = 20_000): Promise<void> {
  const before = member.confirmations;
  await eventually('a confirmation', () => member.confirmations > before, deadlineMs);
}
