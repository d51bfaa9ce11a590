import { expect } from 'chai';
import { describe, it } from 'mocha';
import { FrameDecoder } from '../../../link/decoder.ts';
import { encodedMessage } from '../../../link/encode.ts';
import { LinkError } from '../../../link/errors.ts';
import { frameBytesMax, framed } from './bytes.ts';
import { messageExamples } from './examples.ts';

const stream = Buffer.concat(messageExamples.map((each) => encodedMessage(each, frameBytesMax)));

/** The frames as whole byte strings, copied at once as a receiver must. */
function pushed(decoder: FrameDecoder, chunks: readonly Buffer[]): string[] {
  const frames: string[] = [];
  for (const chunk of chunks) {
    const received = Buffer.from(chunk);
    for (const { type, flags, bytes, start, end } of decoder.push(received)) {
      frames.push(`${type} ${flags} ${bytes.subarray(start, end).toString('hex')}`);
    }
    received.fill(0xee);
  }
  return frames;
}

const whole = pushed(new FrameDecoder(frameBytesMax), [stream]);

describe('the frame decoder', () => {
  it('finds every frame of a stream', () => {
    expect(whole).to.have.length(messageExamples.length);
  });

  it('finds the same frames when the stream is split at any byte', () => {
    for (let at = 0; at <= stream.length; at += 1) {
      const halves = [stream.subarray(0, at), stream.subarray(at)];
      expect(pushed(new FrameDecoder(frameBytesMax), halves), `split at ${at}`).to.deep.equal(
        whole,
      );
    }
  });

  it('finds the same frames byte by byte, and in chunks of 7', () => {
    for (const size of [1, 7]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
      expect(pushed(new FrameDecoder(frameBytesMax), chunks)).to.deep.equal(whole);
    }
  });

  it('takes a frame of the full size in one-byte chunks without quadratic work', () => {
    const frame = framed(1, Buffer.alloc(frameBytesMax - 2, 5));
    const decoder = new FrameDecoder(frameBytesMax);
    let frames = 0;
    for (let at = 0; at < frame.length; at += 1) {
      for (const { end, start } of decoder.push(frame.subarray(at, at + 1))) {
        frames += 1;
        expect(end - start).to.equal(frameBytesMax - 2);
      }
    }
    expect(frames).to.equal(1);
  });

  it('refuses a length above the limit at its fourth byte, naming both', () => {
    const decoder = new FrameDecoder(1000);
    const length = Buffer.from([0, 0, 0x03, 0xe9]);
    expect(pushed(decoder, [length.subarray(0, 3)])).to.deep.equal([]);
    expect(() => pushed(decoder, [length.subarray(3)])).to.throw(
      LinkError,
      'frame of 1001 bytes exceeds frameBytesMax 1000',
    );
    expect(() => pushed(new FrameDecoder(1000), [length])).to.throw(LinkError, 'exceeds');
    const early = new FrameDecoder(1000, 'handshakeFrameBytesMax');
    expect(() => pushed(early, [length])).to.throw('exceeds handshakeFrameBytesMax 1000');
  });

  it('takes a length of exactly the limit', () => {
    const frame = framed(1, Buffer.alloc(998));
    expect(pushed(new FrameDecoder(1000), [frame])).to.have.length(1);
  });

  it('refuses a frame without type and flags, and unknown flags', () => {
    for (const hex of ['00000000', '0000000101', '00000002' + '0802']) {
      expect(() => pushed(new FrameDecoder(1000), [Buffer.from(hex, 'hex')])).to.throw(LinkError);
    }
  });

  it('gives the good frames before a bad one', () => {
    const decoder = new FrameDecoder(1000);
    const bad = Buffer.from('ffffffff', 'hex');
    const frames = decoder.push(Buffer.concat([framed(1, Buffer.alloc(3)), bad]));
    expect(frames.next().value).to.include({ type: 1 });
    expect(() => frames.next()).to.throw(LinkError);
  });

  it('applies a limit raised between two frames of one chunk', () => {
    const decoder = new FrameDecoder(10);
    const both = Buffer.concat([framed(1, Buffer.alloc(3)), framed(2, Buffer.alloc(500))]);
    const types: number[] = [];
    for (const { type } of decoder.push(both)) {
      types.push(type);
      decoder.allow(1000);
    }
    expect(types).to.deep.equal([1, 2]);
  });

  it('does not allocate what is only announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 200 }, () => new FrameDecoder(frameBytesMax));
    for (const decoder of decoders) pushed(decoder, [Buffer.from('000ffff0' + '0100', 'hex')]);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(20 * 1024 * 1024);
  });
});
