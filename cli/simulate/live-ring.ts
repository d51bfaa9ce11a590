/**
 * The ring of a running cluster, read once from ZooKeeper and left alone: nothing is created,
 * nothing is watched for longer than the reading takes, and there is a deadline for all of it.
 */
import { memberIdOf, RingwayError, silentLogger } from '../../base/index.ts';
import { type Coordinator, CoordinatorError, type Reading, viewOf } from '../../cluster/index.ts';
import type { LiveRing } from '../../ring/index.ts';
import { secretLengthMin } from '../cluster-options.ts';
import type { ProcessParts } from '../process-parts.ts';

export interface LiveRingWish {
  readonly servers: string;
  readonly secret: string;
  readonly sessionTimeoutMs: number;
}

/** Of connecting and reading together. */
const readDeadlineMs = 5_000;
const closeDeadlineMs = 2_000;
const retryMs = 100;

/** @throws RingwayError `simulate.no_live_ring`, naming the servers; ConfigError */
export async function liveRing(wish: LiveRingWish, parts: ProcessParts): Promise<LiveRing> {
  if (wish.secret.length < secretLengthMin) {
    const what = wish.secret === '' ? 'is not set' : `has fewer than ${secretLengthMin} characters`;
    throw noLiveRing(wish, `RINGWAY_SECRET ${what}`);
  }
  const { clock, random } = parts;
  const coordinator = parts.createCoordinator({ ...wish, clock, random, logger: silentLogger });
  try {
    return ringOf(await readingOf(coordinator, wish, parts), wish);
  } finally {
    await withDeadline(coordinator.close(), closeDeadlineMs, parts).catch(() => undefined);
  }
}

async function readingOf(
  coordinator: Coordinator,
  wish: LiveRingWish,
  parts: ProcessParts,
): Promise<Reading> {
  const { clock } = parts;
  const endMs = clock.nowMs() + readDeadlineMs;
  coordinator.open({ onSession: () => undefined, onChange: () => undefined });
  for (;;) {
    const leftMs = endMs - clock.nowMs();
    try {
      return await withDeadline(coordinator.read(), Math.max(1, leftMs), parts);
    } catch (error) {
      if (!(error instanceof TimedOut || error instanceof CoordinatorError)) throw error;
      // Not yet connected is not unreachable; a refusal is one at once.
      const mayPass = error instanceof TimedOut || error.code === 'coordinator.unavailable';
      if (!mayPass) throw noLiveRing(wish, error.message, error);
      if (clock.nowMs() + retryMs > endMs) {
        throw noLiveRing(wish, `no answer within ${readDeadlineMs} ms`, error);
      }
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    }
  }
}

function ringOf(reading: Reading, wish: LiveRingWish): LiveRing {
  const { ring, table } = viewOf(reading);
  const members = [...ring.values()]
    .map(({ id, weight = 1 }) => ({ id, weight }))
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  if (members.length === 0) throw noLiveRing(wish, 'the cluster has no worker in its ring');
  const owners = table.entries.map(({ owner }) => (owner === '' ? undefined : memberIdOf(owner)));
  return { members, owners };
}

function noLiveRing({ servers }: LiveRingWish, what: string, cause?: unknown): RingwayError {
  return new RingwayError('simulate.no_live_ring', `--zookeeper ${servers}: ${what}`, { cause });
}

class TimedOut extends Error {}

function withDeadline<T>(work: Promise<T>, deadlineMs: number, parts: ProcessParts): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = parts.clock.after(deadlineMs, () => reject(new TimedOut()));
    work.then(resolve, reject).finally(cancel);
  });
}
