/**
 * Whether a client that is told to start anew is told for a cause: its log was declared lost, its
 * cluster's data was replaced, its key was forgotten while it was away, or it was away for longer
 * than the key's records were kept. Anything else is a silent hole with a notice on it.
 */
import type { KeyEpoch } from '../../base/index.ts';
import type { Ledger } from './ledger.ts';

export interface Told {
  readonly key: string;
  /** Where the client stood. */
  readonly before: KeyEpoch;
  readonly after: KeyEpoch;
  readonly reason: string;
  /** With the handshake of a new socket. */
  readonly isFirst: boolean;
}

/** @throws Violation */
export function checkTold(ledger: Ledger, told: Told): void {
  const { stats, world } = ledger;
  const { key, reason } = told;
  stats.toldLoss += 1;
  if (world.isCalm && !told.isFirst) {
    ledger.expect('told.connected-in-calm', false, () => `${key}: ${JSON.stringify(told)}`);
  }
  ledger.expect('told.for-a-cause', hasCause(ledger, told), () => {
    return `${key}: ${reason}, from ${told.before} to ${told.after}`;
  });
}

function hasCause(ledger: Ledger, told: Told): boolean {
  const { stats, world, archive } = ledger;
  const before = partsOf(told.before);
  const after = partsOf(told.after);
  const lossEpoch = ledger.losses.get(world.slotOfKey(told.key))?.epoch ?? 0;
  // Losses in data that was replaced are not kept: all of it is lost.
  if (before.cluster !== world.cluster || after.cluster !== world.cluster) return stats.wipes > 0;
  switch (told.reason) {
    case 'epoch':
      if (before.epoch !== after.epoch) return lossEpoch >= Math.max(before.epoch, after.epoch);
      stats.toldForgotten += 1;
      return archive.evictedKeys > 0;
    case 'window':
      // The ledger has judged the window itself, when the owner spoke.
      stats.toldWindow += 1;
      return true;
    case 'unknown':
      return lossEpoch > 0;
    default:
      return false;
  }
}

function partsOf(epoch: KeyEpoch) {
  const [born = '', slotEpoch = '', ...cluster] = epoch.split('-').reverse();
  return { cluster: cluster.join('-'), epoch: Number(slotEpoch), born: Number(born) };
}
