/** SIGKILL of a worker; its supervisor starts it again under the same id. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../base/index.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { heldBy } from '../../support/processes/placement.ts';
import { type Detection, drawn, type Fault, type FaultReport } from '../fault.ts';
import type { ChaosStage } from '../stage.ts';

export const kill: Fault = {
  name: 'kill',
  run: async (chaos, random) => {
    const { bit, ...report } = await killOne(chaos, random);
    await report.restarted;
    return { ...report, bit };
  },
};

export interface Killed extends FaultReport {
  /** When it runs again, and is ready. */
  readonly restarted: Promise<unknown>;
}

/** Resolves once the others have noticed; the supervisor's restart is under way. */
export async function killOne(chaos: ChaosStage, random: Random): Promise<Killed> {
  const { cluster, logs, placement, options } = chaos;
  const victim = drawn(random, chaos.workers);
  const before = await placement.read();
  const { pid } = cluster.get(victim).child.process;
  logs.begin();
  const killedAt = { wallMs: Date.now(), machineMs: machineMs() };
  await cluster.kill(victim);
  const restarted = sleep(options.restartAfterMs).then(() => cluster.restart(victim));
  restarted.catch(() => undefined);
  const detection = await noticed(chaos, killedAt, options.restartAfterMs);
  const affected = heldBy(before, [victim]);
  return { bit: `${victim} (${pid}) died of SIGKILL`, affected, detection, restarted };
}

interface Moment {
  readonly wallMs: number;
  readonly machineMs: number;
}

/** When the others decided, and when ZooKeeper knew. */
async function noticed(chaos: ChaosStage, at: Moment, deadlineMs: number): Promise<Detection> {
  const { logs, placement } = chaos;
  const endMs = at.machineMs + deadlineMs;
  while (placement.changedAtMs === undefined && machineMs() < endMs) await sleep(10);
  const decided = logs.first('worker.evicting');
  const changedAtMs = placement.changedAtMs;
  return {
    decidedMs: decided && decided.wallMs - at.wallMs,
    changedMs: changedAtMs === undefined ? undefined : changedAtMs - at.machineMs,
  };
}
