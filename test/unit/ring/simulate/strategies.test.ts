/** Each strategy against its original, or against values that its authors or others published. */
import { assert } from 'chai';
import HashRing from 'hashring';
import { describe, it } from 'mocha';
import { hashKey } from '../../../../ring/hash.ts';
import { placement } from '../../../../ring/placement.ts';
import { createRing } from '../../../../ring/ring.ts';
import { strategies } from '../../../../ring/simulate/compare.ts';
import { nginxPoints } from '../../../../ring/simulate/strategies/rings.ts';
import type { Layout } from '../../../../ring/simulate/strategies/strategy.ts';
import { jumpHash, maglevEntries } from '../../../../ring/simulate/strategies/tables.ts';
import type { SimulatedMember } from '../../../../ring/simulate/types.ts';
import { md5Word } from '../../../../ring/simulate/user-columns.ts';
import { equalMembers } from '../../../support/simulated.ts';

const keys = Array.from({ length: 3000 }, (_, i) => `user-${i}`);
const weighted: readonly SimulatedMember[] = [1, 2, 0.5, 4].map((weight, i) => ({
  id: `w-${i + 1}`,
  weight,
}));

/** Fractions of many hashes that each member gets. */
function sharesOf(layout: Layout): number[] {
  const counts = layout.members.map(() => 0);
  for (let i = 0; i < 40_000; i += 1) {
    const at = layout.place(hashKey(`user:${i * 7919}`));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count) => count / 40_000);
}

describe('strategy ringway', () => {
  it('is the production placement, members in any order', () => {
    const members = [...weighted].reverse();
    const layout = strategies.ringway.layOut(members);
    const placed = placement(createRing(members));
    for (const key of keys) {
      const hash = hashKey(key);
      assert.strictEqual(members[layout.place(hash)]?.id, placed.target(hash >>> 18));
    }
  });
});

describe('strategy hashring', () => {
  for (const [name, members, ring] of [
    ['a list of 5', equalMembers(5), () => new HashRing(equalMembers(5).map(({ id }) => id))],
    ['a list of 7', equalMembers(7), () => new HashRing(equalMembers(7).map(({ id }) => id))],
    [
      'weights',
      weighted,
      () => new HashRing(Object.fromEntries(weighted.map(({ id, weight }) => [id, { weight }]))),
    ],
  ] as const) {
    it(`answers as the package itself for ${name}`, () => {
      const layout = strategies.hashring.layOut(members);
      const original = ring();
      for (const key of keys) {
        assert.strictEqual(members[layout.place(md5Word(key))]?.id, original.get(key));
      }
    });
  }

  it('has 160 points per worker at 6 and 8 workers and 156 at 7', () => {
    const pointsAt = (count: number): number =>
      (strategies.hashring.layOut(equalMembers(count)).circle?.points.length ?? 0) / count;
    assert.deepEqual([6, 7, 8, 102, 103].map(pointsAt), [160, 156, 160, 160, 156]);
  });
});

describe('strategy ketama', () => {
  it('answers as the package does with explicit virtual nodes', () => {
    const layout = strategies.ketama.layOut(weighted);
    const servers = Object.fromEntries(
      weighted.map(({ id, weight }) => [id, { vnodes: weight * 40 }]),
    );
    const original = new HashRing(servers, 'md5', { 'vnode count': -1 });
    for (const key of keys) {
      assert.strictEqual(weighted[layout.place(md5Word(key))]?.id, original.get(key));
    }
  });
});

describe('strategy nginx', () => {
  it('chains its points as zlib.crc32 in another language computes them', () => {
    assert.deepEqual([...nginxPoints('w-1', 3)], [2734410676, 1652658538, 2341840746]);
    assert.deepEqual([...nginxPoints('127', 2)], [180752356, 636618592]);
  });

  it('places keys as a second program by the same rule does', () => {
    const members = [1, 2, 1].map((weight, i) => ({ id: `w-${i + 1}`, weight }));
    const layout = strategies.nginx.layOut(members);
    const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];
    assert.deepEqual(
      names.map((name) => layout.place(hashKey(`user:${name}`))),
      [1, 1, 1, 0, 2, 2, 1, 2],
    );
  });
});

describe('strategy rendezvous', () => {
  it('places by weight and does not depend on the order of members', () => {
    const layout = strategies.rendezvous.layOut(weighted);
    sharesOf(layout).forEach((share, i) => {
      assert.closeTo(share, (weighted[i]?.weight ?? 0) / 7.5, 0.01);
    });
    const turned = [...weighted].reverse();
    const other = strategies.rendezvous.layOut(turned);
    for (const key of keys.slice(0, 500)) {
      const hash = hashKey(key);
      assert.strictEqual(turned[other.place(hash)]?.id, weighted[layout.place(hash)]?.id);
    }
  });

  it('takes the same with equal weights, with and without the logarithm', () => {
    const plain = strategies.rendezvous.layOut(equalMembers(5));
    const almost = equalMembers(5).map((m, i) => ({ ...m, weight: i === 0 ? 1 + 1e-12 : 1 }));
    const other = strategies.rendezvous.layOut(almost);
    for (const key of keys)
      assert.strictEqual(plain.place(hashKey(key)), other.place(hashKey(key)));
  });
});

describe('strategy maglev', () => {
  it('fills its table evenly, or by weight', () => {
    const countsOf = (members: readonly SimulatedMember[]): number[] => {
      const layout = strategies.maglev.layOut(members);
      const counts = members.map(() => 0);
      for (let entry = 0; entry < maglevEntries; entry += 1) {
        const at = layout.place(entry);
        counts[at] = (counts[at] ?? 0) + 1;
      }
      return counts;
    };
    for (const count of countsOf(equalMembers(10))) {
      assert.include([6553, 6554], count);
    }
    countsOf(weighted).forEach((count, i) => {
      assert.closeTo(count / maglevEntries, (weighted[i]?.weight ?? 0) / 7.5, 0.0005);
    });
  });
});

describe('strategy jump', () => {
  const whole = (key: bigint): [number, number] => [Number(key >> 32n), Number(key & 0xffff_ffffn)];

  it('gives the values that Guava and others publish', () => {
    const hundred = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83];
    assert.deepEqual(
      hundred.map((_, key) => jumpHash(0, key, 100)),
      hundred,
    );
    for (const [key, buckets, bucket] of [
      [10_863_919_174_838_991n, 11, 6],
      [2_016_238_256_797_177_309n, 11, 3],
      [1_673_758_223_894_951_030n, 11, 5],
      [2n, 100_001, 80_343],
      [2201n, 100_001, 22_152],
      [2202n, 100_001, 15_018],
    ] as const) {
      assert.strictEqual(jumpHash(...whole(key), buckets), bucket);
    }
  });

  it('agrees with 64-bit arithmetic on any key', () => {
    const slow = (key: bigint, buckets: number): number => {
      let state = key;
      let bucket = -1;
      let next = 0;
      while (next < buckets) {
        bucket = next;
        state = BigInt.asUintN(64, state * 2_862_933_555_777_941_757n + 1n);
        next = Math.floor((bucket + 1) * (2 ** 31 / (Number(state >> 33n) + 1)));
      }
      return bucket;
    };
    for (const key of keys.slice(0, 300)) {
      const wide = (BigInt(md5Word(key)) << 32n) | BigInt(hashKey(key));
      assert.strictEqual(jumpHash(...whole(wide), 50), slow(wide, 50));
    }
  });
});

describe('strategy modulo', () => {
  it('is the remainder', () => {
    const { place } = strategies.modulo.layOut(equalMembers(7));
    assert.deepEqual([0, 6, 7, 4_294_967_295].map(place), [0, 6, 0, 3]);
  });
});

describe('strategy sticky', () => {
  it('keeps who is placed, moves those of leavers to the emptiest', () => {
    const first = strategies.sticky.layOut(equalMembers(3));
    const users = Array.from({ length: 3000 }, (_, user) => user);
    const before = users.map((user) => first.place(user));
    const grown = strategies.sticky.layOut(equalMembers(4), first);
    assert.deepEqual(
      users.map((user) => grown.place(user)),
      before,
    );
    const left = equalMembers(4).slice(1);
    const shrunk = strategies.sticky.layOut(left, grown);
    const after = users.map((user) => left[shrunk.place(user)]?.id);
    users.forEach((user) => {
      if (before[user] === 0) assert.strictEqual(after[user], 'w-4');
      else assert.strictEqual(after[user], `w-${(before[user] ?? 0) + 1}`);
    });
  });

  it('fills by weight', () => {
    const layout = strategies.sticky.layOut(weighted);
    const counts = weighted.map(() => 0);
    for (let user = 0; user < 7500; user += 1) {
      const at = layout.place(user);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    counts.forEach((count, i) => {
      assert.closeTo(count, (weighted[i]?.weight ?? 0) * 1000, 4);
    });
  });
});
