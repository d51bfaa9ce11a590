/**
 * ZooKeeper's outermost layer as a client receives it: frames of `u32 length | body`, where the
 * body of a reply begins `i32 xid | i64 zxid | i32 err`. Whole frames go to the package's parser
 * one at a time: its own collecting of bytes keeps half a reply for ever.
 */

/** Larger than any answer that we ask for; a length is checked before bytes are collected. */
const frameBytesMax = 16 * 1024 * 1024;
const lengthBytes = 4;
const headerBytes = 16;

export interface ReplyHeader {
  readonly xid: number;
  /** Last transaction that the server had applied; 0 or below = it does not say. */
  readonly zxid: bigint;
  /** 0 = no error. */
  readonly err: number;
}

/** `xid` of what is no answer to a request. */
export const xids = { notification: -1, ping: -2, authentication: -4 } as const;

/** Cuts a stream of bytes into frames, length included. */
export class FrameSplitter {
  private chunks: Buffer[] = [];
  private collectedBytes = 0;
  private wantedBytes = lengthBytes;

  /** The frames that `chunk` completes.
   * @throws Error for a length that no server means */
  push(chunk: Buffer): readonly Buffer[] {
    this.chunks.push(chunk);
    this.collectedBytes += chunk.length;
    if (this.collectedBytes < this.wantedBytes) return [];
    let rest = Buffer.concat(this.chunks);
    const frames: Buffer[] = [];
    for (;;) {
      this.wantedBytes = frameBytes(rest);
      if (rest.length < this.wantedBytes) break;
      frames.push(rest.subarray(0, this.wantedBytes));
      rest = rest.subarray(this.wantedBytes);
    }
    this.chunks = [rest];
    this.collectedBytes = rest.length;
    return frames;
  }
}

/** Of the first frame in `bytes`, as far as it can be told. */
function frameBytes(bytes: Buffer): number {
  if (bytes.length < lengthBytes) return lengthBytes;
  const length = bytes.readInt32BE(0);
  if (length >= 0 && length <= frameBytesMax) return lengthBytes + length;
  throw new Error(`a frame of ${length} bytes, over ${frameBytesMax}`);
}

/** @throws Error if there is none */
export function readReplyHeader(frame: Buffer): ReplyHeader {
  if (frame.length < lengthBytes + headerBytes) throw new Error(`a reply of ${frame.length} bytes`);
  return {
    xid: frame.readInt32BE(lengthBytes),
    zxid: frame.readBigInt64BE(lengthBytes + 4),
    err: frame.readInt32BE(lengthBytes + 12),
  };
}

/** The node whose watch fired: `header | i32 type | i32 state | i32 length, path`. */
export function readNotificationPath(frame: Buffer): string | undefined {
  const at = lengthBytes + headerBytes + 8;
  if (frame.length < at + lengthBytes) return undefined;
  const length = frame.readInt32BE(at);
  const path = frame.subarray(at + lengthBytes);
  return length > 0 && length === path.length ? path.toString('utf8') : undefined;
}

/** The same reply with another error code. */
export function withErr(frame: Buffer, err: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeInt32BE(err, lengthBytes + 12);
  return copy;
}
