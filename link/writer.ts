/**
 * One growing buffer that messages are appended to until the turn ends. Ranges are judged by
 * `fields.ts`; here are only bytes. Short ASCII strings, the usual case, are copied by a loop:
 * the call into the runtime costs more than they do.
 */
const loopCharsMax = 48;
const keptBytesMax = 64 * 1024;
const initialBytes = 4 * 1024;

export class Writer {
  #bytes: Buffer = Buffer.allocUnsafeSlow(initialBytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = value >>> 8;
    bytes[at + 1] = value;
    this.#length = at + 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#put32(this.#length, value);
    this.#length += 4;
  }

  /** A safe integer ≥ 0 as eight bytes. */
  u53(value: number): void {
    this.#reserve(8);
    this.#put32(this.#length, Math.floor(value / 2 ** 32));
    this.#put32(this.#length + 4, value >>> 0);
    this.#length += 8;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleBE(value, this.#length);
  }

  /** The bytes alone, without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** `u32` count of UTF-8 bytes, then the bytes; a lone surrogate becomes U+FFFD. */
  str(text: string): void {
    if (text.length <= loopCharsMax && this.#ascii(text)) return;
    const size = Buffer.byteLength(text);
    this.u32(size);
    this.#reserve(size);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Overwrites four bytes already written. */
  patch32(at: number, value: number): void {
    this.#put32(at, value);
  }

  /** Forgets everything from `length` on: a message that turned out not to be sendable. */
  cutTo(length: number): void {
    this.#length = length;
  }

  /** What was written, as bytes the writer never touches again; the writer is empty after. */
  take(): Buffer {
    const taken =
      this.#bytes.length > keptBytesMax
        ? this.#bytes.subarray(0, this.#length)
        : Buffer.from(this.#bytes.subarray(0, this.#length));
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.#length = 0;
    return taken;
  }

  #ascii(text: string): boolean {
    const count = text.length;
    this.#reserve(4 + count);
    const bytes = this.#bytes;
    const start = this.#length + 4;
    for (let i = 0; i < count; i += 1) {
      const char = text.charCodeAt(i);
      if (char > 0x7f) return false;
      bytes[start + i] = char;
    }
    this.#put32(this.#length, count);
    this.#length = start + count;
    return true;
  }

  #put32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
