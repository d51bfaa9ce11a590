/**
 * Tells which partitions do not get on: their window is full, and its oldest event has been with
 * us for a while. Says it once, with the key that holds most of the window, so that somebody
 * can look why: a handler that hangs or is slow, or an owner that cannot be reached.
 */
import type { Logger } from '../base/index.ts';
import type { Delivery } from '../events/index.ts';

/** Longer than a move or a crash holds events back. */
const heldUpAfterMs = 15_000;
/** All events of all windows are counted, so not at each tick. */
const lookEveryMs = 1000;

export interface HeldEvent {
  readonly delivery: Delivery;
  readonly sinceMs: number;
}

export class HeldUpPartitions {
  readonly #prefetch: number;
  readonly #logger: Logger;
  readonly #told = new Set<number>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(prefetch: number, logger: Logger) {
    this.#prefetch = prefetch;
    this.#logger = logger;
  }

  /** `events` are all unacknowledged ones, oldest first. */
  look(events: Iterable<HeldEvent>, nowMs: number): void {
    if (nowMs - this.#lookedAtMs < lookEveryMs) return;
    this.#lookedAtMs = nowMs;
    const windows = new Map<number, HeldEvent[]>();
    for (const event of events) {
      const { partition } = event.delivery;
      const window = windows.get(partition);
      if (window === undefined) windows.set(partition, [event]);
      else window.push(event);
    }
    for (const partition of this.#told) {
      if (!this.#isHeldUp(windows.get(partition), nowMs)) this.#told.delete(partition);
    }
    for (const [partition, window] of windows) {
      if (this.#told.has(partition) || !this.#isHeldUp(window, nowMs)) continue;
      this.#told.add(partition);
      const oldestMs = nowMs - (window[0]?.sinceMs ?? nowMs);
      const fields = { partition, oldestMs, events: window.length, ...mostOf(window) };
      this.#logger.warn('partition.held_up', fields);
    }
  }

  #isHeldUp(window: readonly HeldEvent[] | undefined, nowMs: number): boolean {
    const [oldest] = window ?? [];
    if (window === undefined || oldest === undefined) return false;
    return window.length >= this.#prefetch && nowMs - oldest.sinceMs >= heldUpAfterMs;
  }
}

/** The key with the most events, and how many those are. */
function mostOf(window: readonly HeldEvent[]): { key: string; ofKey: number } {
  const counts = new Map<string, number>();
  let most = { key: '', ofKey: 0 };
  for (const { delivery } of window) {
    const { key } = delivery.event;
    const ofKey = (counts.get(key) ?? 0) + 1;
    counts.set(key, ofKey);
    if (ofKey > most.ofKey) most = { key, ofKey };
  }
  return most;
}
