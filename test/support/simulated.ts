/** Members, loads and refusals for the tests of the ring simulator. */
import { AssertionError, assert } from 'chai';
import { RingError } from '../../ring/error.ts';
import type { Chance } from '../../ring/simulate/chance.ts';
import { Load, type LoadOptions } from '../../ring/simulate/load.ts';
import { SyntheticUsers } from '../../ring/simulate/synthetic.ts';
import type { SimulatedMember } from '../../ring/simulate/types.ts';

/** `w-1` … of weight 1, without zones. */
export function equalMembers(count: number, prefix = 'w-'): SimulatedMember[] {
  return Array.from({ length: count }, (_, i) => ({ id: `${prefix}${i + 1}`, weight: 1 }));
}

/** Any members with few points, so that thousands of rings take a moment. */
export function randomMembers(chance: Chance, countMax: number): SimulatedMember[] {
  const ids = new Set(
    Array.from({ length: 1 + chance.int(countMax) }, () => `m${chance.int(1e6).toString(36)}`),
  );
  return [...ids].map((id) => ({ id, weight: (1 + chance.int(20)) / 160 }));
}

export function syntheticLoad(users: number, options: LoadOptions = {}, zipf?: number): Load {
  const load = new Load(options);
  new SyntheticUsers({ users, zipf }).addTo(load);
  return load;
}

export function refusalOf(call: () => unknown): RingError {
  try {
    call();
  } catch (error) {
    assert.instanceOf(error, RingError);
    return error;
  }
  throw new AssertionError('nothing was refused');
}

/** docs/ring.md: alice is w-1's, bob w-1's with w-3 next, room:42 w-2's. */
export const documented: readonly SimulatedMember[] = [
  { id: 'w-1', weight: 1 },
  { id: 'w-2', weight: 1 },
  { id: 'w-3', weight: 0.5 },
];

export function documentedLoad(): Load {
  const load = new Load({ keyPrefix: '', keepsKeys: true, keepsHotIds: true });
  load.add('user:alice', 3, 1);
  load.add('user:bob', 1, 2);
  load.add('room:42', 4, 0);
  return load;
}
