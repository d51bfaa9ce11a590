/** Key → CRC-32 → slot, against zlib, Python and the published vectors. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hashKey, RingError, slotCount, slotOf, slotPosition } from '../../../ring/index.ts';
import { python } from '../../support/python.ts';

interface Vector {
  readonly key: string;
  readonly crc32: number;
  readonly slot: number;
  readonly partition: number;
}

const file = new URL('../../../docs/vectors/keys.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] };

const sums =
  'import json, sys, zlib; ' +
  'json.dump([zlib.crc32(key.encode("utf-8")) for key in json.load(sys.stdin)], sys.stdout)';

describe('hash of a key', () => {
  it('gives the check value of CRC-32', () => {
    assert.strictEqual(hashKey('123456789'), 0xcbf43926);
    assert.strictEqual(hashKey(''), 0);
  });

  it('agrees with the published vectors', () => {
    assert.isAbove(vectors.length, 15);
    for (const vector of vectors) {
      assert.strictEqual(hashKey(vector.key), vector.crc32, vector.key);
      assert.strictEqual(slotOf(vector.key), vector.slot, vector.key);
      assert.strictEqual(hashKey(vector.key) % 16, vector.partition, vector.key);
    }
  });

  it('agrees with Python on the published vectors', () => {
    const keys = vectors.map(({ key }) => key);
    const expected = vectors.map((vector) => vector.crc32);
    assert.deepEqual(python(['-c', sums], keys), expected);
  });

  it('agrees with zlib on any string, halves of surrogate pairs included', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0xd7f0, max: 0xe00f }),
      fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xffff),
    );
    const anyString = fc.array(unit).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyString, (key) => {
        assert.strictEqual(hashKey(key), crc32(Buffer.from(key, 'utf8')));
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with zlib on every code point', () => {
    for (let from = 0; from < 0x110000; from += 0x400) {
      const points = Array.from({ length: 0x400 }, (_, i) => from + i);
      const text = points.map((point) => String.fromCodePoint(point)).join('');
      assert.strictEqual(hashKey(text), crc32(Buffer.from(text, 'utf8')), from.toString(16));
    }
  });
});

describe('slot of a key', () => {
  it('is the highest 14 bits of the hash', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        assert.strictEqual(slotOf(key), hashKey(key) >>> 18);
      }),
    );
  });

  it('is the segment of the circle that holds the hash, for every power of two', () => {
    for (let slots = 1; slots <= 2 ** 20; slots *= 2) {
      for (const { key } of vectors) {
        const slot = slotOf(key, slots);
        assert.strictEqual(slot, Math.floor((hashKey(key) / 2 ** 32) * slots));
        const distance = Math.abs(slotPosition(slot, slots) - hashKey(key));
        assert.isAtMost(distance, 2 ** 32 / slots / 2);
      }
    }
  });

  it('stands for the middle of its segment', () => {
    assert.strictEqual(slotCount, 16_384);
    assert.strictEqual(slotPosition(0), 131_072);
    assert.strictEqual(slotPosition(1), 393_216);
    assert.strictEqual(slotPosition(16_383), 2 ** 32 - 131_072);
    assert.strictEqual(slotPosition(0, 1), 2 ** 31);
  });

  it('refuses slot counts that are no power of two', () => {
    for (const slots of [0, -1, 3, 1.5, 16_383, 2 ** 21, 2 ** 32, Number.NaN, Infinity]) {
      assert.throws(() => slotOf('a', slots), RingError, `slots ${slots}`);
      assert.throws(() => slotPosition(0, slots), RingError, `slots ${slots}`);
    }
  });

  it('refuses slots outside the count', () => {
    for (const slot of [-1, 16_384, 0.5, Number.NaN]) {
      assert.throws(() => slotPosition(slot), RingError, `slot ${slot} is not one of`);
    }
  });
});
