/** The points of one member: the package's, all of them, remembered within a bound. */
import { assert } from 'chai';
import { describe, it } from 'mocha';
import { vnodesOf } from '../../../ring/index.ts';
import { cachedPoints, hashringPoints, pointsOf } from '../../../ring/virtual-nodes.ts';
import { twinPoints } from '../../support/ring-twin.ts';

describe('virtual nodes', () => {
  it('are 160 per unit of weight, rounded, and at least one', () => {
    const cases: [weight: number, vnodes: number][] = [
      [1, 160],
      [2, 320],
      [0.5, 80],
      [1 / 160, 1],
      [1e-9, 1],
      [2.5 / 160, 3],
      [100, 16_000],
    ];
    for (const [weight, vnodes] of cases) assert.strictEqual(vnodesOf(weight), vnodes);
  });

  it('have four points each, which are the words of an MD5 sum', () => {
    for (const [id, weight] of [
      ['w-1', 1],
      ['a', 0.01],
      ['constructor', 2],
      ['9', 0.2],
    ] as const) {
      const expected = twinPoints(id, weight).sort((a, b) => a - b);
      assert.deepEqual([...hashringPoints(id, vnodesOf(weight))], expected, id);
    }
  });

  it('of a smaller weight are among those of a larger one', () => {
    const large = new Set(pointsOf('w-1', 160));
    assert.isTrue(pointsOf('w-1', 80).every((point) => large.has(point)));
  });

  it('are asked for once and remembered by id and count', () => {
    assert.strictEqual(pointsOf('w-1', 160), pointsOf('w-1', 160));
    assert.notStrictEqual(pointsOf('w-1', 160), pointsOf('w-1', 161));
    assert.notStrictEqual(pointsOf('w-1', 160), pointsOf('w-2', 160));
  });

  it('are forgotten past the bound, the longest unused first', () => {
    const asked: string[] = [];
    const points = cachedPoints((id, vnodes) => {
      asked.push(id);
      return new Uint32Array(vnodes * 4);
    }, 12);
    for (const id of ['a', 'b', 'c', 'a', 'd', 'a', 'c', 'd', 'b']) points(id, 1);
    assert.deepEqual(asked, ['a', 'b', 'c', 'd', 'b']);
    points('huge', 4);
    points('a', 1);
    assert.deepEqual(asked.slice(5), ['huge', 'a'], 'more than the bound is not remembered');
  });
});
