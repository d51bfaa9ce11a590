/**
 * Judges the history of a run while it is being written: what was flushed so far goes through the
 * one history checker, in the order of time over all files.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { HistoryJudge } from '../history.ts';
import type { HistoryCounts, HistoryFault, HistoryOptions, Verdict } from '../history-verdict.ts';
import { earliest, entriesPerTurn, JournalReader, machineMs } from './journal.ts';

export interface HistoryWatchOptions {
  /** Publishers' files first: of entries of one moment the sending counts as earlier. */
  readonly journals: readonly string[];
  /** Resolves when all that happened until now is in the files. */
  readonly flush: () => Promise<unknown>;
  readonly options: HistoryOptions;
}

export class HistoryWatch {
  readonly #readers: readonly JournalReader[];
  readonly #flush: () => Promise<unknown>;
  readonly #judge: HistoryJudge;

  constructor({ journals, flush, options }: HistoryWatchOptions) {
    this.#readers = journals.map((path) => new JournalReader(path, true));
    this.#flush = flush;
    this.#judge = new HistoryJudge(options);
  }

  /** Resolves when everything that happened before the call is judged. */
  async catchUp(): Promise<void> {
    const untilMs = machineMs();
    await this.#flush();
    for (const reader of this.#readers) if (reader.head === undefined) reader.advance();
    for (let n = 1; ; n += 1) {
      const first = earliest(this.#readers);
      if (first?.head === undefined || first.head.atMs > untilMs) return;
      this.#judge.take(first.head);
      first.advance();
      if (n % entriesPerTurn === 0) await turn();
    }
  }

  /** Found so far; what is missing is judged by `verdict()` only. */
  get faults(): readonly HistoryFault[] {
    return this.#judge.faults;
  }

  get counts(): HistoryCounts {
    return this.#judge.counts;
  }

  /** Events sent until then that are not confirmed yet, or have not arrived where they are owed. */
  async underWay(untilMs: number): Promise<number> {
    await this.catchUp();
    return this.#judge.underWay(untilMs);
  }

  /** Once, at the end. */
  async verdict(): Promise<Verdict> {
    await this.catchUp();
    return this.#judge.verdict();
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }
}
