/**
 * Chunks of a byte stream in, frames out; no stream, no clock. Frames inside one chunk stay
 * in it. A frame that spans chunks is gathered in a buffer that doubles up to the announced
 * length, so a million one-byte chunks cost linear time and a hostile length costs no memory
 * that was not also sent.
 */
import { checkFlags, checkLength, type Frame, headBytes, lengthBytes } from './frame.ts';

const gatherBytesMin = 256;
const nothing = Buffer.alloc(0);

export class FrameDecoder {
  /** Limit of the next frame, and the option that governs it. */
  #bytesMax: number;
  #option: string;
  /** Beginning of a frame whose end has not arrived: the first `#gathered` bytes. */
  #gather = nothing;
  #gathered = 0;

  constructor(bytesMax: number, option = 'frameBytesMax') {
    this.#bytesMax = bytesMax;
    this.#option = option;
  }

  /** Once the peer is authenticated. */
  allow(frameBytesMax: number): void {
    this.#bytesMax = frameBytesMax;
    this.#option = 'frameBytesMax';
  }

  /**
   * Yields the frames that `chunk` completes, lazily: a limit changed while iterating holds for
   * the frames after. A decoder that threw, or whose iteration was left early, is used up.
   *
   * @throws LinkError `link.frame_too_large`, `link.malformed`, as soon as the length is there.
   */
  *push(chunk: Buffer): Generator<Frame, void, undefined> {
    let at = 0;
    if (this.#gathered > 0) {
      at = this.#fill(chunk);
      if (!this.#isComplete()) return;
      const whole = this.#gather;
      const end = this.#gathered;
      this.#gather = nothing;
      this.#gathered = 0;
      yield frameIn(whole, 0, end);
    }
    while (chunk.length - at >= lengthBytes) {
      const length = chunk.readUInt32BE(at);
      checkLength(length, this.#bytesMax, this.#option);
      const end = at + lengthBytes + length;
      if (end > chunk.length) break;
      yield frameIn(chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
  }

  /** Moves what the begun frame still needs; returns where the chunk goes on. */
  #fill(chunk: Buffer): number {
    let at = 0;
    if (this.#gathered < lengthBytes) {
      at = Math.min(lengthBytes - this.#gathered, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#gathered < lengthBytes) return at;
      checkLength(this.#announced(), this.#bytesMax, this.#option);
    }
    const end = Math.min(at + lengthBytes + this.#announced() - this.#gathered, chunk.length);
    this.#keep(chunk, at, end);
    return end;
  }

  #announced(): number {
    return this.#gather.readUInt32BE(0);
  }

  #isComplete(): boolean {
    return this.#gathered >= lengthBytes && this.#gathered === lengthBytes + this.#announced();
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#gathered + end - start;
    if (needed > this.#gather.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(gatherBytesMin, 2 * needed));
      this.#gather.copy(grown, 0, 0, this.#gathered);
      this.#gather = grown;
    }
    chunk.copy(this.#gather, this.#gathered, start, end);
    this.#gathered = needed;
  }
}

function frameIn(bytes: Buffer, start: number, end: number): Frame {
  const head = start + lengthBytes;
  const type = bytes.readUInt8(head);
  const flags = bytes.readUInt8(head + 1);
  checkFlags(flags);
  return { type, flags, bytes, start: head + headBytes, end };
}
