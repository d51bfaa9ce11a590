/**
 * A WebSocket frame as one buffer, ready for any number of sockets.
 *
 * `ws` builds the frame anew for each `send`; a push to many sockets of one key is framed once
 * here and the same bytes are written to each. Allowed only because nothing else is ever queued
 * in front of a socket: no compression and no fragmented sends (see `client-socket.ts`).
 * Layout: RFC 6455 section 5.2; a server's frames are final and never masked.
 */

export const opcodes = { text: 0x1, binary: 0x2 } as const;

const final = 0x80;

/** One complete, unmasked message frame. */
export function socketFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = final | opcode;
  if (length < 126) {
    frame[1] = length;
  } else if (length < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, headerBytes);
  return frame;
}
