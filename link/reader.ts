/**
 * Reads the body of one frame from front to end. Every length is compared with the bytes that
 * remain before anything is made of it; whatever does not fit is `link.malformed`.
 */
import { isUtf8 } from 'node:buffer';
import { LinkError } from './errors.ts';

const loopCharsMax = 48;
/** Highest upper half of a safe integer. */
const high53 = 0x1fffff;

export class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(body: { readonly bytes: Buffer; readonly start: number; readonly end: number }) {
    this.#bytes = body.bytes;
    this.#at = body.start;
    this.#end = body.end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    const at = this.#advance(1);
    return this.#byte(at);
  }

  u16(): number {
    const at = this.#advance(2);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  u32(): number {
    return this.#get32(this.#advance(4));
  }

  /** @throws LinkError when the eight bytes exceed 2^53 − 1. */
  u53(): number {
    const at = this.#advance(8);
    const high = this.#get32(at);
    if (high > high53) throw new LinkError('link.malformed', 'integer above 2^53 - 1');
    return high * 2 ** 32 + this.#get32(at + 4);
  }

  f64(): number {
    const value = this.#bytes.readDoubleBE(this.#advance(8));
    if (!Number.isFinite(value)) throw new LinkError('link.malformed', `number ${value}`);
    return value;
  }

  /**
   * A copy of the next `count` bytes, so that what is kept does not keep the socket's buffer.
   * Small ones share the runtime's 8 KiB pool.
   */
  raw(count: number): Uint8Array {
    const at = this.#advance(count);
    const copy = Buffer.allocUnsafe(count);
    this.#bytes.copy(copy, 0, at, at + count);
    return copy;
  }

  str(): string {
    const count = this.u32();
    const start = this.#advance(count);
    const end = start + count;
    if (count <= loopCharsMax && this.#isAscii(start, end)) {
      return this.#bytes.toString('latin1', start, end);
    }
    if (!isUtf8(this.#bytes.subarray(start, end))) {
      throw new LinkError('link.malformed', `string of ${count} bytes is not UTF-8`);
    }
    return this.#bytes.toString('utf8', start, end);
  }

  /** A count of items that take at least `itemBytesMin` bytes each. */
  count(itemBytesMin: number): number {
    const count = this.u32();
    if (count * itemBytesMin > this.remaining) {
      throw new LinkError(
        'link.malformed',
        `list of ${count} items in ${this.remaining} remaining bytes`,
      );
    }
    return count;
  }

  /** @throws LinkError when bytes are left over. */
  end(): void {
    if (this.remaining > 0) {
      throw new LinkError('link.malformed', `${this.remaining} bytes after the last field`);
    }
  }

  #isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      if (this.#byte(at) > 0x7f) return false;
    }
    return true;
  }

  #byte(at: number): number {
    return this.#bytes[at] as number;
  }

  #get32(at: number): number {
    return (
      this.#byte(at) * 0x1000000 +
      ((this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3))
    );
  }

  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) {
      throw new LinkError(
        'link.malformed',
        `field of ${count} bytes in ${this.#end - at} remaining bytes`,
      );
    }
    this.#at = at + count;
    return at;
  }
}
