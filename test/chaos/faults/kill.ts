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
    const { restarted, ...report } = await killOne(chaos, random);
    await restarted;
    return report;
  },
};

export interface Killed extends FaultReport {
  readonly victim: string;
  /** Resolves when it runs again, and is ready. */
  readonly restarted: Promise<unknown>;
}

/** Resolves once the others have noticed; the supervisor's restart is under way. */
export async function killOne(chaos: ChaosStage, random: Random): Promise<Killed> {
  const { cluster, logs, placement, options } = chaos;
  const victim = drawn(random, chaos.runningWorkers());
  const before = await placement.read();
  const { pid } = cluster.get(victim).child.process;
  logs.begin();
  const at = moment();
  await cluster.kill(victim);
  const restarted = chaos.restartLater(victim);
  const detection = await noticed(chaos, at, options.restartAfterMs);
  const affected = heldBy(before, [victim]);
  return { victim, bit: `${victim} (${pid}) died of SIGKILL`, affected, detection, restarted };
}

/** On the clocks of logs and of histories. */
export interface Moment {
  readonly wallMs: number;
  readonly machineMs: number;
}

export function moment(): Moment {
  return { wallMs: Date.now(), machineMs: machineMs() };
}

/** When the others decided that a worker is gone, and when ZooKeeper told of it. */
export async function noticed(
  { logs, placement }: ChaosStage,
  at: Moment,
  deadlineMs: number,
): Promise<Detection> {
  const endMs = at.machineMs + deadlineMs;
  while (placement.changedAtMs === undefined && machineMs() < endMs) await sleep(10);
  const decided = logs.first('worker.evicting');
  const changedAtMs = placement.changedAtMs;
  return {
    decidedMs: decided && decided.wallMs - at.wallMs,
    changedMs: changedAtMs === undefined ? undefined : changedAtMs - at.machineMs,
  };
}
