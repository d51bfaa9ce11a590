/**
 * How long clients waited: from an event's sending to its arrival, the longest wait of each
 * client, in windows of time and for sets of keys. Figures to print, never to fail on.
 */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface PauseWindow {
  readonly name: string;
  /** Only events sent within, ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only clients of these keys; undefined = all. */
  readonly keys?: ReadonlySet<string>;
}

export class Pauses {
  readonly #windows: readonly (PauseWindow & { readonly longest: Map<string, number> })[];

  constructor(windows: readonly PauseWindow[]) {
    this.#windows = windows.map((window) => ({ ...window, longest: new Map() }));
  }

  note(client: string, key: string, sentAtMs: number, atMs: number): void {
    for (const { fromMs, toMs, keys, longest } of this.#windows) {
      if (sentAtMs < fromMs || sentAtMs > toMs || keys?.has(key) === false) continue;
      longest.set(client, Math.max(longest.get(client) ?? 0, atMs - sentAtMs));
    }
  }

  /** By the windows' names. */
  spreads(): ReadonlyMap<string, Spread> {
    return new Map(
      this.#windows.map(({ name, longest }) => [name, spreadOf([...longest.values()])]),
    );
  }
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
