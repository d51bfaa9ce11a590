import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { decodeMessage } from '../../../link/decode.ts';
import { encodedMessage, encodeMessage } from '../../../link/encode.ts';
import { LinkError, type LinkErrorCode } from '../../../link/errors.ts';
import { bytes, optional, str, u16, u53 } from '../../../link/fields.ts';
import type { LinkMessage } from '../../../link/messages.ts';
import { Reader } from '../../../link/reader.ts';
import { compiledRow, interpretedRow } from '../../../link/row.ts';
import { Writer } from '../../../link/writer.ts';
import { arbitraryMessage } from './arbitrary.ts';
import { decoded, frameBytesMax, framed, framesIn, plain } from './bytes.ts';
import { messageExamples } from './examples.ts';

function codeOf(task: () => unknown): LinkErrorCode | 'no error' {
  try {
    task();
    return 'no error';
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    return error.code;
  }
}

const u32 = (value: number): Buffer => {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
};

describe('the codec', () => {
  it('gives back every message as it was', () => {
    fc.assert(
      fc.property(arbitraryMessage(), (message) => {
        const bytes = encodedMessage(message, frameBytesMax);
        expect(plain(decoded(bytes))).to.deep.equal(plain(message));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('appends many messages to one buffer, in order', () => {
    const to = new Writer();
    for (const message of messageExamples) encodeMessage(to, message, frameBytesMax);
    const messages = framesIn(to.take()).map((frame) => decodeMessage(frame));
    expect(plain(messages)).to.deep.equal(plain(messageExamples));
    expect(to.length).to.equal(0);
  });

  it('never touches again the bytes it has handed out, small or large', () => {
    const to = new Writer();
    for (const count of [10, 200_000]) {
      to.raw(Buffer.alloc(count, 1));
      const first = to.take();
      to.raw(Buffer.alloc(count, 2));
      to.take();
      expect(first.equals(Buffer.alloc(count, 1))).to.equal(true);
    }
  });

  it('copies payloads, so that a kept one keeps no read buffer alive', () => {
    const data = Buffer.from('payload');
    const received = Buffer.alloc(65536);
    const frame = encodedMessage(
      { type: 'SEND', slot: 1, binding: 1, key: 'k', session: '', kind: '', format: 'text', data },
      frameBytesMax,
    );
    frame.copy(received);
    const message = decoded(received.subarray(0, frame.length));
    received.fill(0);
    if (message?.type !== 'SEND') throw new Error('not a SEND');
    expect(Buffer.from(message.data).toString()).to.equal('payload');
    expect(message.data.buffer).not.to.equal(received.buffer);
    // Small copies share a slab of this size, which differs between Node versions.
    expect(message.data.buffer.byteLength).to.be.at.most(Buffer.poolSize);
  });

  it('replaces a lone surrogate as UTF-8 demands', () => {
    const message: LinkMessage = {
      type: 'INPUT_ACK',
      slot: 1,
      binding: 1,
      n: 1,
      failure: 'a\ud800',
    };
    expect(decoded(encodedMessage(message, frameBytesMax))).to.have.property('failure', 'a\ufffd');
  });

  it('compiles rows that do what the plain loop does', () => {
    const fields = Object.entries({ a: u16, b: str, c: optional(bytes), d: u53 });
    const record = { a: 513, b: 'grün', c: Buffer.from([1, 2]), d: 2 ** 40 };
    for (const tag of [undefined, { name: 'kind', value: 'x' }]) {
      const plainLoop = interpretedRow(fields as never, tag);
      const compiled = compiledRow(fields as never, tag);
      if (compiled === undefined) throw new Error('code generation is off');
      const [one, two] = [new Writer(), new Writer()];
      plainLoop.write(one, record);
      compiled.write(two, record);
      const written = one.take();
      expect(two.take().equals(written)).to.equal(true);
      const body = { bytes: written, start: 0, end: written.length };
      const read = compiled.read(new Reader(body));
      expect(plain(read)).to.deep.equal(plain(plainLoop.read(new Reader(body))));
      expect(Object.keys(read)).to.deep.equal([...(tag ? ['kind'] : []), 'a', 'b', 'c', 'd']);
    }
  });
});

describe('encoding refuses', () => {
  const cases: readonly [string, LinkMessage, LinkErrorCode][] = [
    ['a slot above u16', { type: 'MOVING', slot: 65536, binding: 1 }, 'link.unencodable'],
    ['a negative number', { type: 'MOVING', slot: 1, binding: -1 }, 'link.unencodable'],
    ['a fraction', { type: 'MOVING', slot: 1.5, binding: 1 }, 'link.unencodable'],
    ['an unsafe integer', { type: 'MOVING', slot: 1, binding: 2 ** 53 }, 'link.unencodable'],
    ['no number', { type: 'PING', sentAtMs: Number.NaN }, 'link.unencodable'],
    ['an unknown type', { type: 'NOPE' } as never, 'link.unencodable'],
  ];
  for (const [what, message, code] of cases) {
    it(`${what} with ${code}`, () => {
      expect(codeOf(() => encodedMessage(message, frameBytesMax))).to.equal(code);
    });
  }

  it('a message above frameBytesMax, naming both, and leaves the buffer as it was', () => {
    const to = new Writer();
    encodeMessage(to, { type: 'DRAIN' }, 1000);
    const big: LinkMessage = {
      type: 'INPUT_ACK',
      slot: 1,
      binding: 1,
      n: 1,
      failure: 'x'.repeat(1000),
    };
    expect(() => encodeMessage(to, big, 1000)).to.throw(
      LinkError,
      'INPUT_ACK of 1024 bytes exceeds frameBytesMax 1000',
    );
    encodeMessage(to, { type: 'DRAIN' }, 1000);
    expect(framesIn(to.take())).to.have.length(2);
  });

  it('a value that does not fit and leaves no part of its message behind', () => {
    const to = new Writer();
    const record = { kind: 'birth', idx: -1, term: 1, key: 'k' } as const;
    const bad: LinkMessage = {
      type: 'APPEND',
      slot: 1,
      term: 1,
      stream: 1,
      from: 1,
      records: [record],
    };
    expect(() => encodeMessage(to, bad, 1000)).to.throw(LinkError, 'APPEND: -1 does not fit u53');
    expect(to.length).to.equal(0);
  });

  it('one byte more than frameBytesMax, and not one less', () => {
    const ofLength = (failure: string): LinkMessage => ({
      type: 'INPUT_ACK',
      slot: 1,
      binding: 1,
      n: 1,
      failure,
    });
    expect(codeOf(() => encodedMessage(ofLength('x'.repeat(76)), 100))).to.equal('no error');
    expect(codeOf(() => encodedMessage(ofLength('x'.repeat(77)), 100))).to.equal(
      'link.frame_too_large',
    );
  });
});

describe('decoding refuses', () => {
  it('every message cut short at any byte, and every one with a byte too many', () => {
    for (const message of messageExamples) {
      const whole = encodedMessage(message, frameBytesMax);
      const type = whole.readUInt8(4);
      const body = whole.subarray(6);
      for (let count = 0; count < body.length; count += 1) {
        const cut = framed(type, body.subarray(0, count));
        expect(
          codeOf(() => decoded(cut)),
          `${message.type} cut to ${count}`,
        ).to.equal('link.malformed');
      }
      const longer = framed(type, Buffer.concat([body, Buffer.alloc(1)]));
      expect(
        codeOf(() => decoded(longer)),
        message.type,
      ).to.equal('link.malformed');
    }
  });

  const head = Buffer.concat([Buffer.alloc(2), Buffer.alloc(8)]);
  const huge = u32(0xffff_ffff);
  const cases: readonly [string, number, Buffer][] = [
    ['a list that claims 4 billion sessions', 0x11, Buffer.concat([head, huge])],
    ['a string that claims 4 GiB', 0x12, Buffer.concat([head, huge, Buffer.alloc(64)])],
    [
      'a list that claims one item more than fits',
      0x11,
      Buffer.concat([head, u32(3), Buffer.alloc(2 * 28 + 27)]),
    ],
    [
      'invalid UTF-8, short',
      0x22,
      Buffer.concat([head, Buffer.alloc(8), u32(2), Buffer.from([0xc3, 0x28])]),
    ],
    [
      'invalid UTF-8, long',
      0x22,
      Buffer.concat([head, Buffer.alloc(8), u32(100), Buffer.alloc(100, 0xff)]),
    ],
    [
      'an encoded surrogate',
      0x22,
      Buffer.concat([head, Buffer.alloc(8), u32(3), Buffer.from([0xed, 0xa0, 0x80])]),
    ],
    ['an integer above 2^53 - 1', 0x24, Buffer.concat([Buffer.alloc(2), Buffer.alloc(8, 0x20)])],
    ['an infinite number', 0x08, Buffer.from('7ff0000000000000', 'hex')],
    ['an unknown kind of input', 0x13, Buffer.concat([head, Buffer.alloc(8), Buffer.from([9])])],
  ];
  for (const [what, type, body] of cases) {
    it(what, () => {
      expect(codeOf(() => decoded(framed(type, body)))).to.equal('link.malformed');
    });
  }

  it('a count that cannot be true before it reads any item', () => {
    const body = Buffer.concat([head, u32(10), Buffer.alloc(9 * 28)]);
    expect(() => decoded(framed(0x11, body))).to.throw(
      LinkError,
      'OPEN: list of 10 items in 252 remaining bytes',
    );
  });

  it('a flag that is neither 0 nor 1, and a format out of range', () => {
    for (const [place, example] of messageExamples.entries()) {
      if (example.type !== 'ATTACHED' && example.type !== 'SEND') continue;
      const bytes = encodedMessage(messageExamples[place] as LinkMessage, frameBytesMax);
      const at = example.type === 'ATTACHED' ? bytes.length - 11 : bytes.length - 8;
      bytes[at] = 3;
      expect(
        codeOf(() => decoded(bytes)),
        example.type,
      ).to.equal('link.malformed');
    }
  });

  it('an unknown type, unless the frame says that it may be skipped', () => {
    expect(codeOf(() => decoded(framed(0x7f, Buffer.alloc(3))))).to.equal('link.unknown_type');
    expect(decoded(framed(0x7f, Buffer.alloc(3), 0x01))).to.equal(undefined);
  });

  it('thousands of mutated frames with typed errors only, or reads them as messages', () => {
    const random = seededRandom(20260101);
    let refused = 0;
    for (let round = 0; round < 6000; round += 1) {
      const example = messageExamples[random.int(messageExamples.length)] as LinkMessage;
      const bytes = encodedMessage(example, frameBytesMax);
      for (let flips = 1 + random.int(3); flips > 0; flips -= 1) {
        bytes[4 + random.int(bytes.length - 4)] = random.int(256);
      }
      const code = codeOf(() => {
        const message = decoded(bytes);
        // What was understood is canonical: it encodes to the very bytes it came from.
        if (message === undefined || Object.values(message).includes(-0)) return;
        const again = encodedMessage(message, frameBytesMax);
        expect(again.subarray(6).toString('hex')).to.equal(bytes.subarray(6).toString('hex'));
      });
      if (code !== 'no error') refused += 1;
    }
    expect(refused).to.be.greaterThan(1000);
  });
});
