/**
 * The history of a chaos run while it goes on: judged by the one checker, which is told what a
 * fault under way may cause, and cut into windows in which clients' waits are measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryCounts, HistoryFault, Verdict } from '../support/history-verdict.ts';
import type { HistoryWatch } from '../support/processes/history-watch.ts';
import { machineMs } from '../support/processes/journal.ts';
import type { ProcessLoad } from '../support/processes/load.ts';
import { WaitWindow } from '../support/processes/waits.ts';

/** What may be seen although it would break the promise, because of a fault under way. */
export interface Allowance {
  readonly fromMs: number;
  toMs: number;
  /** Sockets that may close. */
  readonly mayClose?: boolean;
  /** Keys whose two copies are lost: their clients may be told, by `recovered: false` or a close. */
  readonly lost?: ReadonlySet<string>;
  /** When nobody had these logs any more: what was sent after that must still arrive. */
  lostAtMs?: number;
}

const arrivalDeadlineMs = 30_000;
const pollMs = 200;

export class ChaosHistory {
  readonly #watch: HistoryWatch;
  readonly #allowances: Allowance[] = [];
  readonly #windows = new Set<WaitWindow>();
  /** Events that were given up. */
  #lost = 0;

  constructor(load: ProcessLoad) {
    this.#watch = load.watch({
      // A plain client learns of a loss by the end of its socket.
      mayDisconnect: (_, atMs, key) =>
        this.#allows(atMs, ({ mayClose, lost }) => mayClose === true || lost?.has(key)),
      // To be told without a reason is not to be told.
      mayBreak: (key, atMs, reason) =>
        reason !== undefined && this.#allows(atMs, ({ lost }) => lost?.has(key)),
      lostAtMs: (key) => this.#allowances.findLast(({ lost }) => lost?.has(key))?.lostAtMs,
      onArrival: (arrival) => {
        for (const window of this.#windows) window.note(arrival);
      },
    });
  }

  /** Waits of events that are sent from now on. */
  openWindow(): WaitWindow {
    const window = new WaitWindow(machineMs());
    this.#windows.add(window);
    return window;
  }

  /** No more waits for it: what was sent in it has arrived, or is lost. */
  closeWindow(window: WaitWindow): void {
    this.#windows.delete(window);
  }

  /** From now on, until its end is set. */
  allow(what: Pick<Allowance, 'mayClose' | 'lost'>): Allowance {
    const toMs = Number.POSITIVE_INFINITY;
    const allowance: Allowance = { fromMs: machineMs(), toMs, ...what };
    this.#allowances.push(allowance);
    return allowance;
  }

  /**
   * Resolves with how many more events sent until then have not arrived, as soon as that is none
   * or the deadline has passed: those are lost.
   */
  async missing(untilMs: number): Promise<number> {
    const endMs = machineMs() + arrivalDeadlineMs;
    for (;;) {
      const more = (await this.#watch.underWay(untilMs)) - this.#lost;
      if (more > 0 && machineMs() < endMs) {
        await sleep(pollMs);
        continue;
      }
      this.#lost += more;
      return Math.max(0, more);
    }
  }

  /** Resolves when all that happened until now is judged, with this moment. */
  async caughtUp(): Promise<number> {
    const nowMs = machineMs();
    await this.#watch.catchUp();
    return nowMs;
  }

  /** What was seen so far, allowed or not. */
  async counts(): Promise<HistoryCounts> {
    await this.caughtUp();
    return this.#watch.counts;
  }

  /** Broken promises so far, but for losses. */
  get faults(): readonly HistoryFault[] {
    return this.#watch.faults;
  }

  /** Once, at the end. */
  verdict(): Promise<Verdict> {
    return this.#watch.verdict();
  }

  close(): void {
    this.#watch.close();
  }

  #allows(atMs: number, is: (allowance: Allowance) => boolean | undefined): boolean {
    return this.#allowances.some(
      (allowance) => atMs >= allowance.fromMs && atMs <= allowance.toMs && is(allowance),
    );
  }
}
