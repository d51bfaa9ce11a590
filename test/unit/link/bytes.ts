/** Frames of tests: taken apart, and put together wrongly on purpose. */
import { decodeMessage } from '../../../link/decode.ts';
import { FrameDecoder } from '../../../link/decoder.ts';
import type { Frame } from '../../../link/frame.ts';
import type { LinkMessage } from '../../../link/messages.ts';

export const frameBytesMax = 1024 * 1024;

export function framesIn(bytes: Buffer, max = frameBytesMax): Frame[] {
  return [...new FrameDecoder(max).push(bytes)];
}

export function decoded(bytes: Buffer): LinkMessage | undefined {
  const [frame] = framesIn(bytes);
  if (frame === undefined) throw new Error(`no whole frame in ${bytes.length} bytes`);
  return decodeMessage(frame);
}

/** A frame around any body. */
export function framed(type: number, body: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32BE(2 + body.length, 0);
  head.writeUInt8(type, 4);
  head.writeUInt8(flags, 5);
  return Buffer.concat([head, body]);
}

/** Bytes compare by content, whatever kind of view they are. */
export function plain<T>(value: T): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, item) =>
      item === undefined
        ? '<undefined>'
        : item !== null && typeof item === 'object' && item.type === 'Buffer'
          ? `<${Buffer.from(item.data).toString('hex')}>`
          : item,
    ),
  );
}
