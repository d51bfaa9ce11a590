/** Strategies without a circle: rendezvous, Maglev, jump, modulo, and a table of who is where. */
import { hashKey } from '../../hash.ts';
import { mixed } from '../mixed.ts';
import type { SimulatedMember } from '../types.ts';
import type { Layout, Strategy } from './strategy.ts';

/** Highest random weight: every worker bids for every key. */
export const rendezvous: Strategy = {
  name: 'rendezvous',
  about: 'highest random weight, every worker tried for every user',
  source:
    'Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 1998; weights: −w / ln(u)',
  placesBy: 'crc32',
  usesWeights: true,
  layOut(members) {
    const seeds = Uint32Array.from(members, ({ id }) => mixed(hashKey(id) ^ 0x9e3779b9));
    const isEqual = members.every(({ weight }) => weight === members[0]?.weight);
    const weights = Float64Array.from(members, ({ weight }) => weight);
    const place = (hash: number): number => {
      let best = 0;
      let most = -1;
      for (let i = 0; i < seeds.length; i += 1) {
        const drawn = mixed(hash ^ (seeds[i] ?? 0));
        // The logarithm keeps the order: with equal weights it can be left out.
        const bid = isEqual ? drawn : -(weights[i] ?? 0) / Math.log((drawn + 0.5) / 2 ** 32);
        if (bid <= most) continue;
        most = bid;
        best = i;
      }
      return best;
    };
    return { members, place };
  },
};

/** Entries of Maglev's table, a prime: the paper's small size and Envoy's default. */
export const maglevEntries = 65_537;

/**
 * Maglev: workers take turns to fill a table, each by a permutation of its own. Weights as Envoy
 * does it: a turn is skipped until the worker's share of turns is due.
 */
export const maglev: Strategy = {
  name: 'maglev',
  about: 'Maglev, table of 65,537',
  source:
    'Eisenbud et al., "Maglev: a fast and reliable software network load balancer", NSDI 2016, section 3.4',
  placesBy: 'crc32',
  usesWeights: true,
  layOut(members) {
    // By id: another order would fill the table otherwise.
    const turns = members
      .map(({ id, weight }, index) => ({ id, weight, index, ...permutationOf(id), taken: 0 }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const heaviest = Math.max(...members.map(({ weight }) => weight));
    const table = new Int32Array(maglevEntries).fill(-1);
    let filled = 0;
    for (let round = 1; filled < maglevEntries; round += 1) {
      for (const turn of turns) {
        if (round * turn.weight < turn.taken * heaviest) continue;
        while (table[turn.next] !== -1) turn.next = (turn.next + turn.skip) % maglevEntries;
        table[turn.next] = turn.index;
        turn.taken += 1;
        filled += 1;
        if (filled === maglevEntries) break;
      }
    }
    return { members, place: (hash) => table[hash % maglevEntries] ?? 0 };
  },
};

function permutationOf(id: string): { next: number; skip: number } {
  const hash = hashKey(id);
  return {
    next: mixed(hash ^ 0x2545f491) % maglevEntries,
    skip: (mixed(hash ^ 0x61c88647) % (maglevEntries - 1)) + 1,
  };
}

/** Jump: no table at all, but workers are numbers; only the last can leave without a mess. */
export const jump: Strategy = {
  name: 'jump',
  about: 'jump consistent hash over the list of workers',
  source:
    'Lamping and Veach, "A fast, minimal memory, consistent hash algorithm", arXiv:1406.2294, figure 1',
  placesBy: 'crc32',
  usesWeights: false,
  layOut: (members) => ({
    members,
    place: (hash) => jumpHash(0, hash, members.length),
  }),
};

/** The bucket of the 64-bit key high × 2³² + low. */
export function jumpHash(high: number, low: number, buckets: number): number {
  let h = high >>> 0;
  let l = low >>> 0;
  let bucket = 0;
  for (let next = 0; next < buckets; ) {
    bucket = next;
    // key = key × 2862933555777941757 + 1 modulo 2⁶⁴; the low word by halves, which stay exact.
    const outer = (l & 0xffff) * 0xb0fd;
    const inner = (l >>> 16) * 0xb0fd + (l & 0xffff) * 0x87b0;
    const sum = outer + (inner % 0x10000) * 0x10000 + 1;
    const carried = (l >>> 16) * 0x87b0 + Math.floor(inner / 0x10000) + Math.floor(sum / 2 ** 32);
    h = (carried + Math.imul(l, 0x27bb2ee6) + Math.imul(h, 0x87b0b0fd)) >>> 0;
    l = sum >>> 0;
    next = Math.floor((bucket + 1) * (2 ** 31 / ((h >>> 1) + 1)));
  }
  return bucket;
}

/** What most begin with: the number of the key modulo the number of workers. */
export const modulo: Strategy = {
  name: 'modulo',
  about: 'hash modulo the number of workers',
  source: 'nginx `hash` without `consistent`, and most home-made routers',
  placesBy: 'crc32',
  usesWeights: false,
  layOut: (members) => ({ members, place: (hash) => hash % members.length }),
};

/**
 * A table of users, as behind cookies or a routing table in Redis: who is placed stays, whose
 * worker left goes to the emptiest. Newcomers get only new users. Every user costs an entry.
 */
export const sticky: Strategy = {
  name: 'sticky',
  about: 'a table of users: who has a worker keeps it, others go to the emptiest',
  source: 'sticky sessions (HAProxy stick-table, AWS ALB cookies) and Redis routing tables',
  placesBy: 'order',
  usesWeights: true,
  layOut: (members, before) => new StickyTable(members, before),
};

class StickyTable implements Layout {
  readonly members: readonly SimulatedMember[];
  private readonly weights: readonly number[];
  /** Of each user the index of its worker + 1; 0 = not placed yet. */
  private table: Uint16Array;
  private readonly users: Float64Array;

  constructor(members: readonly SimulatedMember[], before: Layout | undefined) {
    this.members = members;
    this.weights = members.map(({ weight }) => weight);
    this.users = new Float64Array(members.length);
    const indexes = new Map(members.map(({ id }, index) => [id, index]));
    const known = before instanceof StickyTable ? before : undefined;
    const kept = known?.members.map(({ id }) => (indexes.get(id) ?? -1) + 1) ?? [];
    this.table = known?.table.map((entry) => kept[entry - 1] ?? 0) ?? new Uint16Array(1024);
    for (const entry of this.table) this.count(entry - 1);
  }

  place(user: number): number {
    if (user >= this.table.length) {
      const wider = new Uint16Array(Math.max(user + 1, this.table.length * 2));
      wider.set(this.table);
      this.table = wider;
    }
    const known = (this.table[user] ?? 0) - 1;
    if (known >= 0) return known;
    const index = this.emptiest();
    this.table[user] = index + 1;
    this.count(index);
    return index;
  }

  private emptiest(): number {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.users.length; i += 1) {
      const filled = (this.users[i] ?? 0) / (this.weights[i] ?? 1);
      if (filled >= least) continue;
      least = filled;
      best = i;
    }
    return best;
  }

  private count(index: number): void {
    if (index >= 0) this.users[index] = (this.users[index] ?? 0) + 1;
  }
}
