/**
 * How long clients waited in a stretch of time: of each client the longest wait of an event, from
 * its sending to its arrival. For whom it is asked is decided afterwards, by keys.
 */
import { type Spread, spreadOf } from '../history-pauses.ts';
import type { Arrival } from '../history-verdict.ts';

interface Longest {
  readonly key: string;
  waitMs: number;
}

export class WaitWindow {
  readonly fromMs: number;
  /** Only events sent until then count. */
  toMs = Number.POSITIVE_INFINITY;
  readonly #longest = new Map<string, Longest>();

  constructor(fromMs: number) {
    this.fromMs = fromMs;
  }

  note({ client, key, sentAtMs, atMs }: Arrival): void {
    if (sentAtMs < this.fromMs || sentAtMs > this.toMs) return;
    const waitMs = atMs - sentAtMs;
    const known = this.#longest.get(client);
    if (known === undefined) this.#longest.set(client, { key, waitMs });
    else known.waitMs = Math.max(known.waitMs, waitMs);
  }

  /** One for each client of these keys. */
  waitsMs(isMeant: (key: string) => boolean): readonly number[] {
    const meant = [...this.#longest.values()].filter(({ key }) => isMeant(key));
    return meant.map(({ waitMs }) => waitMs);
  }
}

/** `n clients, p50 x p99 y max z ms` */
export function shownSpread(waitsMs: readonly number[]): string {
  const { count, p50, p99, max }: Spread = spreadOf(waitsMs);
  if (count === 0) return 'nobody';
  const [a, b, c] = [p50, p99, max].map((ms) => ms.toFixed(0));
  return `${count} waits, p50 ${a} p99 ${b} max ${c} ms`;
}
