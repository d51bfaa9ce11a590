/**
 * One round: a fault on a healthy cluster, its recovery, and what clients saw of both: sockets
 * closed, events lost, repeated or out of order, declared losses, and how long they waited.
 */
import { memberIdOf, type Random } from '../../base/index.ts';
import type { HistoryFault } from '../support/history-verdict.ts';
import { machineMs } from '../support/processes/journal.ts';
import type { Placement } from '../support/processes/placement.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { ChaosStage } from './stage.ts';

export interface Round {
  readonly fault: string;
  readonly bit: string;
  readonly tookMs: number;
  readonly broken: Broken;
  /** Waits of users whose owner or second copy it hit, and of all others. */
  readonly affectedMs: readonly number[];
  readonly othersMs: readonly number[];
  readonly detection: FaultReport['detection'];
  /** Keys that it did not hit and that have another owner or term afterwards. */
  readonly disturbed: number;
}

/** Broken promises of a stretch of time. */
export interface Broken {
  readonly disconnects: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  /** `recovered: false` to clients of keys that had a copy left. */
  readonly breaks: number;
  /** Whatever else the checker says: holes, foreign events, failed messages. */
  readonly other: number;
}

/** Resolves when the cluster is healthy again and all that was sent has arrived, or is lost. */
export async function playRound(chaos: ChaosStage, fault: Fault, random: Random): Promise<Round> {
  const before = await chaos.untilHealthy();
  await chaos.history.missing(machineMs());
  const faultsBefore = chaos.history.faults.length;
  const { disconnects } = await chaos.history.counts();
  const window = chaos.history.openWindow();
  const report = await fault.run(chaos, random);
  const after = await chaos.untilHealthy();
  window.toMs = machineMs();
  const missing = await chaos.history.missing(window.toMs);
  chaos.history.closeWindow(window);
  const broken = brokenBy(chaos.history.faults.slice(faultsBefore), missing);
  // While a gateway's sockets may close, no others may.
  const closed = (await chaos.history.counts()).disconnects - disconnects - (report.closed ?? 0);
  return {
    fault: fault.name,
    bit: report.bit,
    tookMs: window.toMs - window.fromMs,
    broken: { ...broken, disconnects: Math.max(broken.disconnects, closed) },
    affectedMs: window.waitsMs((key) => report.affected.has(key)),
    othersMs: window.waitsMs((key) => !report.affected.has(key)),
    detection: report.detection,
    disturbed: disturbed(before, after, report.affected),
  };
}

export function brokenBy(faults: readonly HistoryFault[], missing: number): Broken {
  const count = (...kinds: readonly HistoryFault['kind'][]): number =>
    faults.filter(({ kind }) => kinds.includes(kind)).length;
  return {
    disconnects: count('disconnect'),
    lost: count('loss') + missing,
    repeated: count('repeat'),
    reordered: count('reorder'),
    breaks: count('break'),
    other: count('unexpected', 'hole'),
  };
}

export function isBroken(broken: Broken): boolean {
  return Object.values(broken).some((count) => count > 0);
}

function disturbed(before: Placement, after: Placement, affected: ReadonlySet<string>): number {
  let count = 0;
  for (const [key, { owner, term }] of before.entries) {
    if (affected.has(key)) continue;
    const now = after.entries.get(key);
    const isSame = now?.term === term && memberIdOf(now.owner) === memberIdOf(owner);
    if (!isSame) count += 1;
  }
  return count;
}
