/** One session, servers played by hand, and time that stands still. */
import { seededRandom } from '../../../base/index.ts';
import { ZooKeeperSession } from '../../../cluster/zookeeper-session.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createRecordingLogger, type RecordingLogger } from '../recording-logger.ts';
import { createHandWire, type HandWire } from './hand-wire.ts';

export interface SessionWorld {
  readonly clock: FakeClock;
  readonly wire: HandWire;
  readonly logger: RecordingLogger;
  readonly session: ZooKeeperSession;
  readonly heard: string[];
  /** How long the process was frozen: its timers did not see it. */
  frozenMs: number;
  open(): void;
  /** An operation of no meaning. */
  ask(): Promise<unknown>;
  /** Closes, and lets the time pass that it may take. */
  close(): Promise<void>;
}

export const sessionTimeoutMs = 6000;
const addresses = ['a', 'b', 'c'].map((host) => ({ host, port: 2181 }));

export function createSessionWorld(): SessionWorld {
  const clock = createFakeClock();
  const wire = createHandWire();
  const logger = createRecordingLogger();
  const session = new ZooKeeperSession({
    addresses,
    credentials: 'ringway:x',
    sessionTimeoutMs,
    callDeadlineMs: 1000,
    clock: { ...clock, nowMs: () => clock.nowMs() + world.frozenMs },
    random: seededRandom(1),
    logger,
    dial: wire.dial,
  });
  const heard: string[] = [];
  const world: SessionWorld = {
    clock,
    wire,
    logger,
    session,
    heard,
    frozenMs: 0,
    open() {
      session.open({
        onSession: (event) => heard.push(event),
        onChange: () => heard.push('hint'),
      });
    },
    ask: () => session.call((zk) => zk.exists('/x')),
    async close() {
      const closed = session.close();
      await clock.run(1000);
      await closed;
    },
  };
  return world;
}
