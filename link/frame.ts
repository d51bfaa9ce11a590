/**
 * The frame: `u32 length | u8 type | u8 flags | body`, big-endian. `length` counts what follows
 * it, so type and flags are inside the limit and the shortest frame says 2. What stands in a
 * body is `schema.ts`; the normative text is docs/protocol.md.
 */
import { LinkError } from './errors.ts';

export const protocolVersion = 1;

/** Bytes of the length itself. */
export const lengthBytes = 4;
/** Type and flags: the least that `length` may say. */
export const headBytes = 2;

/** A receiver that does not know the type skips the frame rather than closing the link. */
export const optionalFlag = 0x01;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  /**
   * The body stands at `start` … `end` of these bytes, usually of the received chunk: read it
   * before the next chunk and copy what is kept. (A view for each frame would cost as much as
   * decoding a small one.)
   */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Judges an announced length before anything is allocated or waited for. */
export function checkLength(length: number, bytesMax: number, option: string): void {
  if (length > bytesMax) {
    throw new LinkError(
      'link.frame_too_large',
      `frame of ${length} bytes exceeds ${option} ${bytesMax}`,
    );
  }
  if (length < headBytes) {
    throw new LinkError('link.malformed', `frame of ${length} bytes has no type and flags`);
  }
}

export function checkFlags(flags: number): void {
  if ((flags & ~optionalFlag) !== 0) {
    throw new LinkError('link.malformed', `unknown frame flags 0x${flags.toString(16)}`);
  }
}
