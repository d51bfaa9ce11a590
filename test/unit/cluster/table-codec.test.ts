import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import {
  type Changes,
  CoordinatorError,
  type Entry,
  emptyTable,
  withChanges,
} from '../../../cluster/index.ts';
import { unowned } from '../../../cluster/table.ts';
import {
  changeTable,
  decodeTable,
  type EncodedTable,
  encodeTable,
} from '../../../cluster/table-codec.ts';

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
/** Of several blocks, with runs. */
const longTable = fc
  .array(fc.tuple(entry, fc.integer({ min: 1, max: 80 })), { minLength: 1, maxLength: 20 })
  .map((runs) => runs.flatMap(([one, length]) => new Array<Entry>(length).fill(one)))
  .map((entries) => ({ entries: entries.slice(0, 200) }));

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

function badTable(bytes: Buffer): string {
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
        expect(decodeTable(encodeTable(one).bytes).table).to.deep.equal(one);
      }),
    );
  });

  const ways: readonly [string, (before: EncodedTable, changes: Changes) => EncodedTable][] = [
    ['encoded anew', (before, changes) => encodeTable(withChanges(before.table, changes))],
    ['made from the version before', changeTable],
  ];
  for (const [how, encode] of ways) {
    it(`keeps the objects of unchanged entries, and no others, ${how}`, () => {
      fc.assert(
        fc.property(longTable, fc.array(fc.tuple(fc.nat({ max: 199 }), entry)), (one, changes) => {
          const before = decodeTable(encodeTable(one).bytes);
          const inside = new Map(changes.filter(([slot]) => slot < one.entries.length));
          const after = withChanges(before.table, inside);
          const { bytes } = encode(before, inside);
          const decoded = decodeTable(bytes, before).table;
          expect(decoded).to.deep.equal(after);
          for (const [slot, old] of before.table.entries.entries()) {
            const isEqual = JSON.stringify(after.entries[slot]) === JSON.stringify(old);
            expect(decoded.entries[slot] === old).to.equal(isEqual);
          }
        }),
      );
    });
  }

  it('is the previous table itself if nothing changed', () => {
    const before = encodeTable(sample(100));
    const { bytes } = encodeTable(sample(100));
    expect(decodeTable(bytes, before).table).to.equal(before.table);
    expect(decodeTable(bytes).table).not.to.equal(before.table);
    expect(decodeTable(bytes, encodeTable(emptyTable(50))).table).to.deep.equal(before.table);
  });

  it('makes every never-owned slot the one object for it', () => {
    const { entries } = decodeTable(encodeTable(emptyTable(10)).bytes).table;
    expect(entries.every((each) => each === unowned)).to.equal(true);
  });

  it('fits 16,384 slots of 16 workers into 80 kB, and an empty table into 2 kB', () => {
    expect(encodeTable(sample(16_384)).bytes.length).to.be.below(80_000);
    expect(encodeTable(emptyTable(16_384)).bytes.length).to.be.below(2000);
  });

  it('leaves the bytes of all but the changed block as they were, whoever is new', () => {
    const before = encodeTable(sample(640));
    const copies = ['w-99@99', 'w-1@1'];
    const after = changeTable(
      before,
      new Map([[100, { owner: 'w-99@99', term: 9, copies, epoch: 1 }]]),
    );
    const blockOf = ({ bytes, starts }: EncodedTable, block: number) =>
      bytes.toString('hex', starts[block], starts[block + 1]);
    for (let block = 0; block < 10; block += 1) {
      expect(blockOf(after, block) === blockOf(before, block)).to.equal(block !== 1);
    }
  });

  it('forgets boots that are long gone', () => {
    let encoded = encodeTable(sample(40));
    const random = seededRandom(5);
    for (let round = 1; round <= 400; round += 1) {
      const copies = [`w-1@${1000 + round}`, `w-2@${1000 + round}`];
      const changes = new Map([
        [random.int(40), { ...{ owner: copies[0] ?? '', copies }, term: round, epoch: 1 }],
      ]);
      encoded = decodeTable(changeTable(encoded, changes).bytes, encoded);
    }
    expect(encoded.head.holders.length).to.be.below(3 * 40 + 70);
    expect(encoded.bytes.length).to.be.below(10_000);
    expect(decodeTable(encoded.bytes).table).to.deep.equal(encoded.table);
  });

  describe('refuses with a typed error', () => {
    const good = encodeTable(sample(20)).bytes;
    const u16 = (value: number) => [value >> 8, value & 0xff];
    const u32 = (value: number) => [0, 0, ...u16(value)];
    const name = (text: string) => [text.length, ...Buffer.from(text)];
    const boots = [...u16(2), ...name('a@1'), ...name('b@2')];
    /** One slot whose owner and copies are boots by index, in a block of these bytes. */
    const oneSlot = (indices: readonly number[], block: readonly number[] = [2, 1, 1]) =>
      Buffer.from([
        ...[2, ...u32(1), ...boots, ...u32(1), ...u32(1), ...indices.flatMap(u16)],
        ...[...u16(block.length), ...block],
      ]);
    const many = (bytes: number) => new Array<number>(bytes).fill(255);

    it('what is well-formed is the yardstick', () => {
      expect(decodeTable(oneSlot([1, 1, 2])).table.entries).to.deep.equal([
        { owner: 'a@1', term: 1, copies: ['a@1', 'b@2'], epoch: 1 },
      ]);
      const { entries } = decodeTable(oneSlot([1, 1, 2], [2, ...many(4), 15, 0x80, 1])).table;
      expect(entries[0]).to.include({ term: 2 ** 32 - 1, epoch: 128 });
    });

    const cases: readonly [string, Buffer, RegExp][] = [
      ['no bytes', Buffer.alloc(0), /version undefined/],
      ['another version', Buffer.concat([Buffer.of(1), good.subarray(1)]), /version 1, not 2/],
      ['too short a head', Buffer.of(2, 0, 0), /3 bytes/],
      ['too many slots', Buffer.of(2, 255, 255, 255, 255, 0, 0), /4294967295 slots/],
      ['a boot cut off', Buffer.of(2, ...u32(0), ...u16(1), 9, 65), /boot 1 of 1/],
      ['no holders', Buffer.of(2, ...u32(0), ...u16(0)), /7 bytes/],
      ['too many holders', Buffer.of(2, ...u32(0), ...u16(0), ...many(8)), /4294967295 holders/],
      ['missing blocks', Buffer.of(2, ...u32(1), ...u16(0), ...u32(0), ...u32(0)), /for 1 slots/],
      ['bytes too many', Buffer.concat([oneSlot([1, 1, 2]), Buffer.of(0)]), /instead of/],
      ['a boot that nobody named', oneSlot([1, 1, 3]), /boot 3 of 2/],
      ['an owner without a copy', oneSlot([1, 2, 0]), /owned by "a@1"/],
      ['copies without an owner', oneSlot([0, 1, 2]), /owned by ""/],
      ['a copy twice', oneSlot([1, 1, 1]), /owned by "a@1"/],
      ['a hole in the copies', oneSlot([1, 0, 1]), /owned by "a@1"/],
      ['holders that nobody named', oneSlot([1, 1, 2], [4, 1, 1]), /holders 2 of 1/],
      ['a block cut off', oneSlot([1, 1, 2], [2, 1]), /cut off/],
      ['a block that goes on', oneSlot([1, 1, 2], [2, 1, 1, 0]), /1 bytes too many/],
      ['a run over the end', oneSlot([1, 1, 2], [3, 0, 1, 1]), /a run of 2/],
      ['a term without an owner', oneSlot([1, 1, 2], [0, 1, 0]), /slot 0 is nobody's/],
      ['a term over 32 bits', oneSlot([1, 1, 2], [2, ...many(4), 16, 1]), /over 32 bits/],
      ['a number without an end', oneSlot([1, 1, 2], [2, ...many(9)]), /over 32 bits/],
    ];
    for (const [what, bytes, message] of cases) {
      it(what, () => {
        expect(badTable(bytes)).to.match(message);
      });
    }

    it('every cut of a good one', () => {
      for (let length = 0; length < good.length; length += 1) badTable(good.subarray(0, length));
    });

    it('any damage that it notices, and never with anything else', () => {
      fc.assert(
        fc.property(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
          const damaged = Buffer.from(good);
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
