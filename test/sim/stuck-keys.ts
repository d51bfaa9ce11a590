/**
 * Keys whose handlers hang for a while, and what that does to the others of their partition: how
 * long an event of another key waits in the meantime, from its publication until the queue hears
 * that it was dealt with. Rule H7 bounds it.
 */
import { workerLimits } from './limits.ts';
import { Violation } from './omniscience.ts';

/** As long as more keys than that may look overdue, and rule H7 waits after an outage. */
const recoveryMs = 4 * workerLimits.handlerDeadlineMs;

interface Window {
  readonly key: string;
  readonly partition: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export class StuckKeys {
  /** For one stuck key. */
  longestWaitMs = 0;
  /** Longest wait that one stuck key may cause; undefined = other faults may too. */
  readonly #boundMs: number | undefined;
  readonly #windows: Window[] = [];

  constructor(boundMs: number | undefined) {
    this.#boundMs = boundMs;
  }

  /** @returns false where the bound is to hold and as many are stuck as may be: more are an outage */
  begin(window: Window): boolean {
    const open = this.#windows.filter(({ untilMs }) => untilMs + recoveryMs > window.fromMs);
    if (this.#boundMs !== undefined && open.length >= workerLimits.stuckKeysMax) return false;
    this.#windows.push(window);
    return true;
  }

  /** Until when a run of the key that starts now hangs; undefined = it does not. */
  untilMs(key: string, nowMs: number): number | undefined {
    const window = this.#windows.findLast((one) => one.key === key && one.untilMs > nowMs);
    return window?.untilMs;
  }

  /** @throws Violation when an event of another key waited for longer than it has to */
  waited(event: { readonly key: string; readonly partition: number }, span: Span): void {
    if (this.#windows.length === 0 || this.#boundMs === undefined) return;
    const { fromMs, nowMs } = span;
    const met = this.#windows.filter(
      (one) =>
        one.partition === event.partition &&
        one.key !== event.key &&
        one.fromMs < nowMs &&
        one.untilMs > fromMs,
    );
    const isStuckItself = this.#windows.some(
      (one) => one.key === event.key && one.fromMs < nowMs && one.untilMs > fromMs,
    );
    if (met.length === 0 || isStuckItself) return;
    const waitMs = nowMs - fromMs;
    if (met.length === 1) this.longestWaitMs = Math.max(this.longestWaitMs, waitMs);
    if (waitMs <= met.length * this.#boundMs) return;
    const keys = met.map(({ key }) => key).join();
    throw new Violation(
      'stuck.bounded',
      `an event of ${event.key} waited ${waitMs} ms for ${keys}, bound ${this.#boundMs} ms each`,
    );
  }
}

interface Span {
  readonly fromMs: number;
  readonly nowMs: number;
}
