/**
 * From key to slot: CRC-32 of the key's UTF-8 bytes, then its highest bits. CRC-32 because every
 * language has it, so that a publisher computes the same slot and partition (docs/ring.md;
 * vectors in docs/vectors/keys.json). It places keys, it does not authenticate anything.
 *
 * The sum runs over the string itself: no buffer is made, and a short key costs less than one
 * call into zlib.
 */
import { quoted, RingError } from './error.ts';

/** One of the equal segments of the circle; the same flavour as `Slot` in base/. */
export type Slot = number & { readonly __flavor?: 'slot' };

/** Slots of a cluster. Fixed: another number would give every key another home. */
export const slotCount = 16_384;

/** The largest slot count that the simulator may ask for. */
export const slotCountMax = 1_048_576;

/** Number of positions on the circle: 0 … 2³² − 1. */
export const circleSize = 2 ** 32;

/** CRC-32 (IEEE 802.3, reflected, as in zlib) of the UTF-8 bytes of `key`, as an unsigned
 * 32-bit number. A lone surrogate counts as U+FFFD, as `TextEncoder` has it. */
export function hashKey(key: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < key.length; i += 1) {
    const unit = key.charCodeAt(i);
    if (unit < 0x80) {
      crc = nextCrc(crc, unit);
    } else {
      const point = codePointAt(key, i);
      crc = withUtf8(crc, point);
      if (point > 0xffff) i += 1;
    }
  }
  return ~crc >>> 0;
}

/**
 * The slot of `key` among `slots` equal segments: the highest bits of its hash
 * (`hashKey(key) >>> 18` for 16,384).
 *
 * @throws RingError `ring.bad_slot_count`
 */
export function slotOf(key: string, slots: number = slotCount): Slot {
  requireSlotCount(slots);
  // A shift by 32 would be a shift by 0, hence the case of one slot.
  return slots === 1 ? 0 : hashKey(key) >>> (Math.clz32(slots) + 1);
}

/**
 * The position that stands for a slot on the ring: the middle of its segment.
 *
 * @throws RingError `ring.bad_slot_count`, `ring.bad_slot`
 */
export function slotPosition(slot: Slot, slots: number = slotCount): number {
  requireSlotCount(slots);
  requireSlot(slot, slots);
  return (slot + 0.5) * (circleSize / slots);
}

/** @throws RingError `ring.bad_slot_count` unless `slots` is a power of two up to 2²⁰. */
export function requireSlotCount(slots: number): void {
  const isPowerOfTwo = Number.isInteger(slots) && slots > 0 && (slots & (slots - 1)) === 0;
  if (isPowerOfTwo && slots <= slotCountMax) return;
  throw new RingError(
    'ring.bad_slot_count',
    `slots ${quoted(slots)} is not a power of two from 1 to slotCountMax ${slotCountMax}`,
  );
}

/** @throws RingError `ring.bad_slot` unless `slot` is an integer in [0, slots). */
export function requireSlot(slot: Slot, slots: number): void {
  if (Number.isInteger(slot) && slot >= 0 && slot < slots) return;
  throw new RingError('ring.bad_slot', `slot ${quoted(slot)} is not one of 0 … ${slots - 1}`);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function nextCrc(crc: number, byte: number): number {
  return (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
}

/** The code point that starts at `i`; U+FFFD for half a surrogate pair. */
function codePointAt(key: string, i: number): number {
  const point = key.codePointAt(i) ?? 0xfffd;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

/** Feeds the two to four UTF-8 bytes of a code point from U+0080 up. */
function withUtf8(crc: number, point: number): number {
  if (point < 0x800) {
    return nextCrc(nextCrc(crc, 0xc0 | (point >>> 6)), 0x80 | (point & 0x3f));
  }
  let sum = crc;
  if (point < 0x10000) {
    sum = nextCrc(sum, 0xe0 | (point >>> 12));
  } else {
    sum = nextCrc(sum, 0xf0 | (point >>> 18));
    sum = nextCrc(sum, 0x80 | ((point >>> 12) & 0x3f));
  }
  sum = nextCrc(sum, 0x80 | ((point >>> 6) & 0x3f));
  return nextCrc(sum, 0x80 | (point & 0x3f));
}
