/** Chance, injected: production draws from the system, tests and the simulator from a seed. */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  int(bound: number): number;
  /** `bytes` random bytes as lower-case hex; unguessable in production. */
  hex(bytes: number): string;
}

export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  int: (bound) => Math.floor(systemRandom.next() * bound),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
};

/** A reproducible stream (mulberry32): same seed, same numbers, on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    int,
    hex: (bytes) =>
      Array.from({ length: bytes }, () => int(256).toString(16).padStart(2, '0')).join(''),
  };
}
