/**
 * The plain flavour: frames are the application's own bytes, both ways. No offsets, no ids, no
 * resume; a loss on an open socket closes it, because there is no other way to tell.
 */
import { isUtf8 } from 'node:buffer';
import type { ClientProtocol, ReplyPart } from './client-protocol.ts';
import { closeCodes } from './close-codes.ts';
import { opcodes, socketFrame } from './socket-frame.ts';

export const rawProtocol: ClientProtocol = {
  subprotocol: 'ringway.raw',
  lossClose: closeCodes.stateLost,
  welcome: () => undefined,
  // All frames of a record are one buffer and one write: it is sent whole or not at all.
  record: (_offset, pushes, replies) => {
    const frames = [...pushes, ...replies].map(frameOf);
    const [only] = frames;
    return frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
  },
  volatile: (_type, part) => frameOf(part),
  accepted: () => undefined,
  goaway: () => undefined,
  hear: (message, isBinary, expected) => ({
    ok: true,
    n: expected.n,
    format: isBinary ? 'binary' : 'text',
    data: message,
  }),
};

function frameOf({ format, data }: ReplyPart): Buffer {
  // A text frame with invalid UTF-8 would make the client close the connection (RFC 6455, 8.1).
  const isText = format !== 'binary' && isUtf8(data);
  return socketFrame(isText ? opcodes.text : opcodes.binary, data);
}
