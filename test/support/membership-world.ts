/** Several processes with running memberships on one in-memory ZooKeeper and one fake clock. */
import { seededRandom } from '../../base/index.ts';
import {
  type ClusterConfig,
  type Coordinator,
  CoordinatorError,
  clusterDefaults,
  createMemoryZooKeeper,
  type MembershipReport,
  type MemoryCoordinator,
  type MemoryZooKeeper,
  type RunningMembership,
  runMembership,
  type View,
} from '../../cluster/index.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

export interface Member {
  readonly id: string;
  readonly membership: RunningMembership;
  readonly coordinator: MemoryCoordinator;
  readonly reports: MembershipReport[];
  readonly refusals: Error[];
  /** Of the reports, in short: `registered w-1@0`, `session.lost`, `done`, … */
  readonly lines: () => string[];
  readonly view: () => View | undefined;
}

export interface World {
  readonly clock: FakeClock;
  readonly zk: MemoryZooKeeper;
  start(id: string, changes?: MemberChanges): Member;
  /** An onlooker's reading: the store as it is now. */
  look(): ReturnType<MemoryCoordinator['read']>;
  close(): Promise<void>;
}

export interface MemberChanges {
  readonly role?: 'worker' | 'gateway';
  readonly config?: Partial<ClusterConfig>;
  /** While true, the coordinator refuses this process's readings. */
  readonly isDenied?: () => boolean;
  readonly onReport?: (report: MembershipReport, member: Member) => void;
}

const config: ClusterConfig = {
  version: 1,
  partitions: 4,
  slotCount: 16,
  cluster: 'one',
  first: true,
};

export async function createWorld(): Promise<World> {
  const clock = createFakeClock();
  const random = seededRandom(1);
  const zk = createMemoryZooKeeper({ clock });
  const members: Member[] = [];
  const onlooker = zk.connect();
  onlooker.open({ onSession: () => undefined, onChange: () => undefined });
  await clock.run(0);
  return {
    clock,
    zk,
    start(id, changes = {}) {
      const { role = 'worker' } = changes;
      const coordinator = zk.connect();
      const reports: MembershipReport[] = [];
      const refusals: Error[] = [];
      const { renewIntervalMs, callDeadlineMs, tickIntervalMs } = clusterDefaults;
      const nonce = random.hex(8);
      const build = 'test';
      const membership = runMembership({
        coordinator: deniable(coordinator, changes.isDenied ?? (() => false)),
        clock,
        random,
        tickIntervalMs,
        config: { ...config, ...changes.config },
        membership: {
          ...{ role, id, nonce, build, renewIntervalMs, callDeadlineMs },
          ...{ address: `${id}:7000`, weight: 1 },
        },
        report(report) {
          reports.push(report);
          changes.onReport?.(report, member);
        },
        onRefused: (error) => refusals.push(error),
      });
      const member: Member = {
        ...{ id, membership, coordinator, reports, refusals },
        lines: () => reports.flatMap(lineOf),
        view: () => reports.findLast((report) => report.kind === 'view')?.view,
      };
      members.push(member);
      membership.start();
      return member;
    },
    look: () => onlooker.read(),
    async close() {
      await Promise.all(members.map(({ membership }) => membership.close()));
      await onlooker.close();
      zk.close();
    },
  };
}

function deniable(coordinator: Coordinator, isDenied: () => boolean): Coordinator {
  return {
    sessionTimeoutMs: coordinator.sessionTimeoutMs,
    open: (listener) => coordinator.open(listener),
    close: () => coordinator.close(),
    configure: (wanted) => coordinator.configure(wanted),
    multi: (ops) => coordinator.multi(ops),
    async read() {
      if (isDenied()) throw new CoordinatorError('coordinator.denied', 'not with this secret');
      return coordinator.read();
    },
  };
}

function lineOf(report: MembershipReport): string[] {
  switch (report.kind) {
    case 'registered':
      return [`registered ${report.boot}`];
    case 'session.lost':
      return ['session.lost'];
    case 'table.answered':
      return [report.outcome];
    default:
      return [];
  }
}
