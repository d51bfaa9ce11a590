/**
 * Decides which readings become views. An older table than the one in force is no news (a
 * lagging follower answered), and a reading in which more than half of the live workers are
 * missing counts only when a second one says the same: silence is never an empty list.
 */
import type { Reading } from './coordinator.ts';
import { type View, viewOf } from './view.ts';

export type Verdict =
  | { readonly kind: 'view'; readonly view: View }
  | { readonly kind: 'older' }
  /** Held back: read once more. */
  | { readonly kind: 'unconfirmed' };

export interface ViewGate {
  offer(reading: Reading): Verdict;
}

export function createViewGate(): ViewGate {
  let current: View | undefined;
  /** What `current` was made of: the same reading is the same view. */
  let seen: Reading | undefined;
  let isDropSeen = false;
  return {
    offer(reading) {
      // Versions of another cluster id are not comparable: its data is new (rule W1).
      const before = current?.cluster === reading.config.cluster ? current : undefined;
      if (before !== undefined && reading.tableVersion < before.tableVersion) {
        return { kind: 'older' };
      }
      const view = (reading === seen ? current : undefined) ?? viewOf(reading);
      if (before !== undefined && dropsMoreThanHalf(before, view) && !isDropSeen) {
        isDropSeen = true;
        return { kind: 'unconfirmed' };
      }
      isDropSeen = false;
      current = view;
      seen = reading;
      return { kind: 'view', view };
    },
  };
}

function dropsMoreThanHalf(before: View, after: View): boolean {
  let dropped = 0;
  for (const boot of before.live.keys()) if (!after.live.has(boot)) dropped += 1;
  return dropped * 2 > before.live.size;
}
