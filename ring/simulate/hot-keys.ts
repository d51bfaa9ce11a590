/** Users who are so busy that where they go is felt, and what they are of their worker. */
import { nobody } from '../circle.ts';
import type { Load } from './load.ts';
import type { HotKey } from './results.ts';
import type { Frame, Weighed } from './state.ts';

/** From this many times the mean on, a user is called hot. */
const hotFactor = 2;

export function hotKeysOf(
  load: Load | undefined,
  before: Weighed,
  after: Weighed,
  { cast, totals }: Frame,
): HotKey[] {
  const workers = after.instant.members.length;
  const ofAll = (part: number, all: number): number => (all === 0 ? 0 : part / all);
  const keys = (load?.hotUsers() ?? []).flatMap((user): HotKey[] => {
    const { key, hash, connections, eventsPerS } = user;
    const ofTotal = Math.max(
      ofAll(connections, totals.connections),
      ofAll(eventsPerS, totals.eventsPerS),
    );
    if (ofTotal * totals.users < hotFactor) return [];
    const slot = hash >>> 18;
    const owner = after.instant.targets[slot] ?? nobody;
    const own = after.tally.at(owner);
    return [
      {
        ...(key === undefined ? {} : { key }),
        hash,
        slot,
        connections,
        eventsPerS,
        ownerBefore: cast.ids[before.instant.targets[slot] ?? nobody] ?? '',
        ownerAfter: cast.ids[owner] ?? '',
        ofOwner: {
          connections: ofAll(connections, own.connections),
          eventsPerS: ofAll(eventsPerS, own.eventsPerS),
        },
        ofFairWorker: ofTotal * workers,
      },
    ];
  });
  keys.sort((a, b) => b.ofFairWorker - a.ofFairWorker || a.hash - b.hash);
  return keys.slice(0, load?.hotKeysMax ?? 0);
}
