/**
 * Which faults come in which order, drawn by seed: each of them once in every lap, in an order of
 * its own, so that a short run has seen as many kinds as it can. What the servers and the
 * scheduler make of it is not repeatable; the faults, their victims and their lengths are.
 */
import type { Random } from '../../base/index.ts';
import type { Fault } from './fault.ts';

/** Endless. */
export function* planned(faults: readonly Fault[], random: Random): Generator<Fault> {
  if (faults.length === 0) throw new Error('no faults to draw from');
  for (;;) yield* shuffled(faults, random);
}

function shuffled<T>(from: readonly T[], random: Random): readonly T[] {
  const all = [...from];
  for (let n = all.length - 1; n > 0; n -= 1) {
    const other = random.int(n + 1);
    [all[n], all[other]] = [all[other] as T, all[n] as T];
  }
  return all;
}
