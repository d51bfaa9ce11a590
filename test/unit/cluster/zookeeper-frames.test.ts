import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  FrameSplitter,
  readNotificationPath,
  readReplyHeader,
  withErr,
} from '../../../cluster/zookeeper-frames.ts';

function frame(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

describe('frames of ZooKeeper', () => {
  it('come out whole, however the bytes were cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bodies, cuts, (sent, sizes) => {
        const frames = sent.map(frame);
        let rest = Buffer.concat(frames);
        const splitter = new FrameSplitter();
        const received: Buffer[] = [];
        for (let i = 0; rest.length > 0; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          received.push(...splitter.push(rest.subarray(0, size)));
          rest = rest.subarray(size);
        }
        expect(received).to.deep.equal(frames);
      }),
    );
  });

  for (const length of [-1, 0x7fff_ffff, 16 * 1024 * 1024 + 1]) {
    it(`of ${length} bytes are refused before anything is collected`, () => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(length);
      expect(() => new FrameSplitter().push(bytes)).to.throw(`a frame of ${length} bytes`);
    });
  }

  it('tell the path of a notification, if it makes sense', () => {
    const body = Buffer.alloc(24 + 4 + 4);
    body.writeInt32BE(4, 24);
    body.write('/a/b', 28);
    expect(readNotificationPath(frame(body))).to.equal('/a/b');
    expect(readNotificationPath(frame(body.subarray(0, 31)))).to.equal(undefined);
    expect(readNotificationPath(frame(body.subarray(0, 20)))).to.equal(undefined);
    body.writeInt32BE(-1, 24);
    expect(readNotificationPath(frame(body))).to.equal(undefined);
  });

  it('tell number, transaction and error of a reply', () => {
    const body = Buffer.alloc(20, 7);
    body.writeInt32BE(5, 0);
    body.writeBigInt64BE(2n ** 40n, 4);
    body.writeInt32BE(-125, 12);
    const reply = frame(body);
    expect(readReplyHeader(reply)).to.deep.equal({ xid: 5, zxid: 2n ** 40n, err: -125 });
    expect(readReplyHeader(withErr(reply, -1)).err).to.equal(-1);
    expect(readReplyHeader(reply).err).to.equal(-125);
    expect(() => readReplyHeader(frame(body.subarray(0, 15)))).to.throw('a reply of 19 bytes');
  });
});
