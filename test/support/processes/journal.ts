/**
 * A history as a file: one entry per line of JSON, appended by one process and read by the judge.
 * Times are of the machine's monotonic clock, the same for all processes, so that the files of
 * clients and publishers can be merged.
 */
import { appendFileSync, closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { HistoryEntry } from '../history-entry.ts';

/** Milliseconds since the machine's start. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;
export type UntimedEntry = WithoutTime<HistoryEntry>;

const flushIntervalMs = 50;

export class Journal {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #lines: string[] = [];

  /** Begins the file anew. */
  constructor(path: string) {
    this.#path = path;
    writeFileSync(path, '');
    this.#timer = setInterval(() => this.flush(), flushIntervalMs);
  }

  write(entry: UntimedEntry): void {
    this.#lines.push(JSON.stringify({ atMs: machineMs(), ...entry }));
  }

  /** Afterwards all entries so far are in the file. */
  flush(): void {
    if (this.#lines.length === 0) return;
    appendFileSync(this.#path, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}

/** Entries between two turns of the event loop: the reader may share its process with others. */
export const entriesPerTurn = 1000;

/** The entries of all files in the order of time; those of one moment in the order of `paths`. */
export async function* mergedJournals(paths: readonly string[]): AsyncGenerator<HistoryEntry> {
  const readers = paths.map((path) => new JournalReader(path));
  try {
    for (let n = 1; ; n += 1) {
      const first = earliest(readers);
      if (first?.head === undefined) return;
      yield first.head;
      first.advance();
      if (n % entriesPerTurn === 0) await turn();
    }
  } finally {
    for (const reader of readers) reader.close();
  }
}

export function earliest(readers: readonly JournalReader[]): JournalReader | undefined {
  let first: JournalReader | undefined;
  for (const reader of readers) {
    if (reader.head === undefined) continue;
    if (first?.head === undefined || reader.head.atMs < first.head.atMs) first = reader;
  }
  return first;
}

/** Holds one chunk of the file at a time. */
export class JournalReader {
  /** The entry that is next; undefined = the end, so far. */
  head: HistoryEntry | undefined;
  readonly #path: string;
  readonly #file: number;
  readonly #isGrowing: boolean;
  readonly #chunk = Buffer.alloc(65_536);
  #lines: string[] = [];
  #at = 0;
  #rest = '';
  #count = 0;
  #lastMs = 0;

  /** @param isGrowing whoever writes it goes on: `advance()` at its end tries again */
  constructor(path: string, isGrowing = false) {
    this.#path = path;
    this.#isGrowing = isGrowing;
    this.#file = openSync(path, 'r');
    this.advance();
  }

  advance(): void {
    while (this.#at === this.#lines.length) {
      if (!this.#fill()) {
        this.head = undefined;
        return;
      }
    }
    this.head = this.#parse(this.#lines[this.#at] ?? '');
    this.#at += 1;
    if (this.head.atMs < this.#lastMs) throw new Error(`${this.#where()} goes back in time`);
    this.#lastMs = this.head.atMs;
  }

  close(): void {
    closeSync(this.#file);
  }

  #fill(): boolean {
    const bytes = readSync(this.#file, this.#chunk);
    if (bytes === 0) {
      if (this.#rest !== '' && !this.#isGrowing)
        throw new Error(`${this.#path} ends within a line`);
      return false;
    }
    // Entries are ASCII: no character is cut in two.
    const lines = (this.#rest + this.#chunk.toString('latin1', 0, bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    this.#lines = lines;
    this.#at = 0;
    return true;
  }

  #parse(line: string): HistoryEntry {
    this.#count += 1;
    try {
      return JSON.parse(line) as HistoryEntry;
    } catch {
      throw new Error(`${this.#where()} is not JSON: ${line.slice(0, 80)}`);
    }
  }

  #where(): string {
    return `${this.#path}:${this.#count}`;
  }
}
