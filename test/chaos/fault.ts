/** What a fault is to the runner: it happens to the stage, proves that it bit, and is over. */
import type { Random } from '../../base/index.ts';
import type { ChaosStage } from './stage.ts';

export interface FaultReport {
  /** How it was seen to bite, for people. */
  readonly bit: string;
  /** Keys whose owner or copy it hit. */
  readonly affected: ReadonlySet<string>;
  /** From the fault to the first sign in the cluster that somebody has noticed. */
  readonly detection?: Detection;
  /** How many sockets it closed: by the death of their gateway, or of a plain client's log. */
  readonly closed?: number;
}

export interface Detection {
  /** Until a worker's log says that it evicts; undefined = no log says so. */
  readonly decidedMs: number | undefined;
  /** Until ZooKeeper told of a change. */
  readonly changedMs: number | undefined;
}

export interface Fault {
  readonly name: string;
  /** Resolves when the fault is over; recovery may still be under way. */
  run(chaos: ChaosStage, random: Random): Promise<FaultReport>;
}

/** @returns one of them */
export function drawn<T>(random: Random, from: Iterable<T>): T {
  const all = [...from];
  if (all.length === 0) throw new Error('nothing to draw from');
  return all[random.int(all.length)] as T;
}
