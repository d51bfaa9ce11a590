/** Where a key lies on the circle: the same arithmetic as everywhere (docs/placement.md). */

export const slotCount = 16_384;

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function slotOf(key) {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(key)) {
    crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return ((crc ^ 0xffffffff) >>> 0) >>> 18;
}
