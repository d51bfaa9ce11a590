import { assert } from 'chai';
import { describe, it } from 'mocha';
import { hashKey, slotCount } from '../../../../ring/hash.ts';
import { Load } from '../../../../ring/simulate/load.ts';
import { harmonic, SyntheticUsers } from '../../../../ring/simulate/synthetic.ts';
import { md5Word } from '../../../../ring/simulate/user-columns.ts';
import { refusalOf, syntheticLoad } from '../../../support/simulated.ts';

describe('load', () => {
  it('sums users, connections and events by slot', () => {
    const load = new Load();
    load.add('alice', 2, 0.5);
    load.add('bob');
    const [alice, bob] = [10077, 1161];
    assert.deepEqual(load.totals, { slots: 16_384, users: 2, connections: 3, eventsPerS: 0.5 });
    assert.deepEqual(
      [alice, bob].map((slot) => [load.perSlot.users[slot], load.perSlot.connections[slot]]),
      [
        [1, 2],
        [1, 1],
      ],
    );
    assert.strictEqual(load.perSlot.eventsPerS[alice], 0.5);
    assert.strictEqual(
      load.perSlot.users.reduce((sum, each) => sum + each, 0),
      2,
    );
    assert.isUndefined(load.columns);
  });

  it('counts the same user twice, or adds up if asked', () => {
    const [twice, summed] = [new Load(), new Load({ sumsRepeats: true, keepsHotIds: true })];
    for (const load of [twice, summed]) {
      for (const [user, connections] of [
        ['a', 1],
        ['b', 5],
        ['a', 2],
      ] as const) {
        load.add(user, connections, 1);
      }
    }
    assert.strictEqual(twice.totals.users, 3);
    assert.deepEqual(summed.totals, { slots: 16_384, users: 2, connections: 8, eventsPerS: 3 });
    assert.strictEqual(summed.squares.connections, 3 ** 2 + 5 ** 2);
    assert.deepEqual(
      summed.hotUsers().map(({ key, connections, eventsPerS }) => [key, connections, eventsPerS]),
      [
        ['user:a', 3, 2],
        ['user:b', 5, 1],
      ],
    );
  });

  it('adds up thirty thousand repeated users exactly', () => {
    const load = new Load({ sumsRepeats: true });
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 30_000; i += 1) load.add(`u${i}`, 1 + round);
    }
    assert.strictEqual(load.totals.users, 30_000);
    assert.strictEqual(load.totals.connections, 90_000);
    assert.strictEqual(load.squares.connections, 270_000);
    load.columns?.each((_hash, _md5, connections) => {
      if (connections !== 3) assert.fail(`connections ${connections}`);
    });
  });

  it('keeps hashes, MD5 and keys of every user if asked, over several chunks', () => {
    const load = new Load({ keepsMd5: true, keepsKeys: true, keyPrefix: 'room:' });
    for (let i = 0; i < 66_000; i += 1) load.add(`${i}`, i);
    let seen = 0;
    load.columns?.each((hash, md5, connections, index) => {
      if (index % 997 === 0) {
        assert.deepEqual(
          [hash, md5, connections, load.columns?.keys?.[index]],
          [hashKey(`room:${index}`), md5Word(`room:${index}`), index, `room:${index}`],
        );
      }
      seen += 1;
    });
    assert.strictEqual(seen, 66_000);
  });

  it('finds the busiest by connections and by events, and their ids only if asked', () => {
    const quiet = new Load({ hotKeys: 2 });
    const loud = new Load({ hotKeys: 2, keepsHotIds: true });
    for (const load of [quiet, loud]) {
      for (let i = 0; i < 1000; i += 1) load.add(`u${i}`, (i * 7919) % 1000, (i * 104_729) % 1000);
    }
    const most = (factor: number): string[] =>
      Array.from({ length: 1000 }, (_, i) => i)
        .sort((a, b) => ((b * factor) % 1000) - ((a * factor) % 1000))
        .slice(0, 2)
        .map((i) => `user:u${i}`);
    assert.sameMembers(
      loud.hotUsers().map(({ key }) => key),
      [...new Set([...most(7919), ...most(104_729)])],
    );
    assert.deepEqual(
      quiet.hotUsers().map(({ key, hash }) => [key, hash]),
      loud.hotUsers().map(({ hash }) => [undefined, hash]),
    );
  });

  it('refuses numbers that are none and more users than usersMax', () => {
    const load = new Load({ usersMax: 1 });
    for (const connections of [-1, 0.5, Number.NaN, Infinity, 2 ** 32]) {
      const error = refusalOf(() => load.add('a', connections));
      assert.strictEqual(error.code, 'ring.bad_load');
      assert.include(error.message, `connections ${connections} `);
    }
    for (const events of [-0.1, Number.NaN, Infinity]) {
      assert.include(refusalOf(() => load.add('a', 1, events)).message, `second ${events} `);
    }
    load.add('a');
    const error = refusalOf(() => load.add('b'));
    assert.deepEqual(
      [error.code, error.message],
      ['ring.too_many_users', 'more users than usersMax 1'],
    );
    assert.strictEqual(load.totals.users, 1);
    assert.strictEqual(refusalOf(() => new Load({ hotKeys: -1 })).code, 'ring.bad_option');
  });

  it('changes no prototype, whatever the ids', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const load = new Load({ keepsKeys: true, sumsRepeats: true, keyPrefix: '' });
    for (const id of ['__proto__', 'constructor', '', '\ud800', 'x'.repeat(10_000)]) load.add(id);
    assert.strictEqual(load.totals.users, 5);
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });
});

describe('synthetic users', () => {
  it('are the same for the same seed, others for another, and come in portions', () => {
    const loadOf = (seed: number, portion: number): Load => {
      const load = new Load({ keepsKeys: true });
      const users = new SyntheticUsers({ users: 1000, seed, connectionsPerUser: 2.5 });
      while (users.addTo(load, portion)) assert.isAbove(users.left, 0);
      return load;
    };
    assert.deepEqual(loadOf(7, 1000), loadOf(7, 33));
    assert.notDeepEqual(loadOf(7, 1000).perSlot, loadOf(8, 1000).perSlot);
    const keys = loadOf(7, 1).columns?.keys ?? [];
    assert.strictEqual(new Set(keys).size, 1000);
    for (const key of keys) assert.match(key, /^user:s7-[0-9a-z]{1,7}$/);
    assert.closeTo(loadOf(7, 1000).totals.connections, 2500, 50);
  });

  it('without zipf are alike, with it follow 1 / rankˢ with the mean kept', () => {
    const alike = syntheticLoad(1000);
    assert.strictEqual(alike.largest.connections, 1);
    assert.closeTo(alike.totals.eventsPerS, 100, 1e-9);
    const skewed = syntheticLoad(100_000, { hotKeys: 2 }, 1);
    assert.closeTo(skewed.totals.eventsPerS, 10_000, 1);
    assert.closeTo(skewed.totals.connections, 200_000, 2000);
    const [first, second] = skewed.hotUsers();
    assert.closeTo((first?.eventsPerS ?? 0) / (second?.eventsPerS ?? 1), 2, 1e-9);
    assert.closeTo(first?.eventsPerS ?? 0, 10_000 / 12.0901461, 1e-3);
  });

  it('have a harmonic sum that is right beyond where it is summed', () => {
    for (const s of [0, 0.5, 1, 1.1, 2]) {
      let sum = 0;
      for (let rank = 1; rank <= 50_000; rank += 1) sum += rank ** -s;
      assert.closeTo(harmonic(50_000, s) / sum, 1, 1e-9, `s = ${s}`);
    }
  });

  it('spread over the slots as they should', () => {
    const { users } = syntheticLoad(slotCount * 10).perSlot;
    const variance = users.reduce((sum, each) => sum + (each - 10) ** 2, 0) / slotCount;
    assert.closeTo(variance, 10, 1);
  });
});
