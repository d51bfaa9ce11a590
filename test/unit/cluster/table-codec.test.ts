import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { CoordinatorError, type Entry, emptyTable, withChanges } from '../../../cluster/index.ts';
import { unowned } from '../../../cluster/table.ts';
import { decodeTable, encodeTable } from '../../../cluster/table-codec.ts';

const boot = fc
  .tuple(fc.constantFrom('w-1', 'w-2', 'a', 'z9'.repeat(31)), fc.nat({ max: 2 ** 31 - 1 }))
  .map(([id, sequence]) => `${id}@${sequence}`);

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.constant(unowned),
  fc
    .record({
      copies: fc.uniqueArray(boot, { minLength: 1, maxLength: 2 }),
      isSecond: fc.boolean(),
      term: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    })
    .map(({ copies, isSecond, term, epoch }) => ({
      owner: copies[isSecond ? copies.length - 1 : 0] ?? '',
      term,
      copies,
      epoch,
    })),
);

const table = fc.array(entry, { maxLength: 60 }).map((entries) => ({ entries }));

function sample(slotCount: number) {
  const random = seededRandom(3);
  const entries = Array.from({ length: slotCount }, (): Entry => {
    const [owner, shift] = [random.int(16), 1 + random.int(15)];
    const copies = [`w-${owner}@${owner}`, `w-${(owner + shift) % 16}@${(owner + shift) % 16}`];
    const epoch = 1 + random.int(3);
    return { owner: `w-${owner}@${owner}`, term: epoch + random.int(50), copies, epoch };
  });
  return { entries };
}

function badTable(bytes: Uint8Array): string {
  try {
    decodeTable(bytes);
  } catch (error) {
    expect(error).to.be.instanceOf(CoordinatorError);
    expect(error).to.have.property('code', 'coordinator.bad_table');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('the table as bytes', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(table, (one) => {
        expect(decodeTable(encodeTable(one))).to.deep.equal(one);
      }),
    );
  });

  it('keeps the objects of unchanged entries, and no others', () => {
    fc.assert(
      fc.property(table, fc.array(fc.tuple(fc.nat({ max: 59 }), entry)), (before, changes) => {
        const inside = changes.filter(([slot]) => slot < before.entries.length);
        const after = withChanges(before, new Map(inside));
        const decoded = decodeTable(encodeTable(after), before);
        expect(decoded).to.deep.equal(after);
        for (const [slot, old] of before.entries.entries()) {
          const isEqual = JSON.stringify(after.entries[slot]) === JSON.stringify(old);
          expect(decoded.entries[slot] === old).to.equal(isEqual);
        }
      }),
    );
  });

  it('is the previous table itself if nothing changed', () => {
    const before = sample(100);
    expect(decodeTable(encodeTable(before), before)).to.equal(before);
    expect(decodeTable(encodeTable(before))).not.to.equal(before);
    expect(decodeTable(encodeTable(before), emptyTable(50))).to.deep.equal(before);
  });

  it('makes every never-owned slot the one object for it', () => {
    const decoded = decodeTable(encodeTable(emptyTable(10)));
    expect(decoded.entries.every((each) => each === unowned)).to.equal(true);
  });

  it('fits 16,384 slots of 16 workers into 60 kB, and an empty table into 2 kB', () => {
    expect(encodeTable(sample(16_384)).length).to.be.below(60_000);
    expect(encodeTable(emptyTable(16_384)).length).to.be.below(2000);
  });

  describe('refuses with a typed error', () => {
    const good = encodeTable(sample(20));
    const u16 = (value: number) => [value >> 8, value & 0xff];
    /** One slot: boots `a@1` and `b@2`, then owner and copies by index, term 1, epoch 1. */
    const oneSlot = (...indices: readonly [number, number, number]) => {
      const name = (text: string) => [text.length, ...Buffer.from(text)];
      const numbers = [0, 0, 0, 1, 0, 0, 0, 1];
      const head = [0, 0, 0, 1, ...u16(2), ...name('a@1'), ...name('b@2')];
      return packed([...head, ...indices.flatMap(u16), ...numbers]);
    };
    const packed = (plain: readonly number[]) =>
      Buffer.concat([Buffer.of(1), deflateRawSync(Buffer.from(plain))]);

    it('what is well-formed is the yardstick', () => {
      expect(decodeTable(oneSlot(1, 1, 2)).entries).to.deep.equal([
        { owner: 'a@1', term: 1, copies: ['a@1', 'b@2'], epoch: 1 },
      ]);
    });

    const cases: readonly [string, Uint8Array, RegExp][] = [
      ['no bytes', new Uint8Array(), /version undefined/],
      ['another version', Buffer.concat([Buffer.of(2), good.subarray(1)]), /version 2, not 1/],
      ['no deflate stream', Buffer.of(1, 255, 255, 255), /cannot be inflated/],
      ['too short a head', packed([0, 0, 0]), /3 bytes/],
      ['too many slots', packed([255, 255, 255, 255, 0, 0]), /4294967295 slots/],
      ['missing columns', packed([0, 0, 0, 1, 0, 0]), /0 bytes for 1 slots/],
      ['bytes too many', packed([0, 0, 0, 0, 0, 0, 9]), /1 bytes for 0 slots/],
      ['a boot cut off', packed([0, 0, 0, 0, 0, 1, 9, 65]), /boot 1 of 1/],
      ['a boot that nobody named', oneSlot(1, 1, 3), /boot 3 of 2/],
      ['an owner without a copy', oneSlot(1, 2, 0), /slot 0 is owned by "a@1"/],
      ['copies without an owner', oneSlot(0, 1, 2), /slot 0 is owned by ""/],
      ['a copy twice', oneSlot(1, 1, 1), /slot 0/],
      ['a hole in the copies', oneSlot(1, 0, 1), /slot 0/],
    ];
    for (const [what, bytes, message] of cases) {
      it(what, () => {
        expect(badTable(bytes)).to.match(message);
      });
    }

    it('every cut of a good one', () => {
      for (let length = 0; length < good.length; length += 1) badTable(good.subarray(0, length));
    });

    it('a bomb, before it is unpacked', () => {
      const zeros = deflateRawSync(Buffer.alloc(40_000_000));
      expect(badTable(Buffer.concat([Buffer.of(1), zeros]))).to.match(/cannot be inflated/);
    });

    it('any damage that it notices, and never with anything else', () => {
      fc.assert(
        fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
          const damaged = Uint8Array.from(good);
          damaged[at] = value;
          try {
            decodeTable(damaged);
          } catch (error) {
            expect(error).to.be.instanceOf(CoordinatorError);
          }
        }),
      );
    });
  });
});
