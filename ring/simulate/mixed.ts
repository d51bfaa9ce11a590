/**
 * Spreads a 32-bit number over all 32 bits, so that different seeds give independent numbers:
 * the finaliser of MurmurHash3 (Austin Appleby, public domain).
 */
export function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
