/**
 * Every record that any owner ever appended, nothing trimmed or evicted: what the logs of the
 * cores would be with endless memory. By the law of matching logs, the term of a log's last
 * record and its length name all that lies before; so a record knows the one before it, and the
 * history of any copy can be read back from where it stands.
 */
import type { Slot } from '../../base/index.ts';
import type { InputRecord, LogRecord } from '../../link/index.ts';
import type { LogSeen } from './cores.ts';

interface Kept {
  readonly record: LogRecord;
  readonly seenAtMs: number;
  readonly before: Kept | undefined;
}

/** One life of a key, from its birth record on; the last one of a key may still go on. */
export interface Generation {
  readonly born: number;
  readonly records: InputRecord[];
  /** When each was first seen, by the world's clock. */
  readonly seenAtMs: number[];
  /** So many of them were dropped from every copy for want of memory, if by nothing else. */
  trimmed: number;
}

export type History = ReadonlyMap<string, readonly Generation[]>;

export class Archive {
  /** Evictions seen, each once. */
  evictedKeys = 0;
  readonly #kept = new Map<string, Kept>();
  readonly #heads = new WeakMap<LogSeen, { readonly length: number; readonly kept: Kept }>();
  readonly #histories = new WeakMap<Kept, History>();

  /**
   * Called after each step that may have changed `log`, a copy of `slot`.
   * @returns what is wrong; '' = nothing
   */
  observe(cluster: string, slot: Slot, log: LogSeen, nowMs: number): string {
    const head = this.#heads.get(log);
    if (log.length === 0 || head?.length === log.length) return '';
    const place = `${cluster}|${slot}|${log.epoch}`;
    const known = this.#kept.get(nameOf(place, log.length - 1, log.lastTerm));
    if (known !== undefined) {
      this.#heads.set(log, { length: log.length, kept: known });
      return '';
    }
    const from = head?.length ?? 0;
    const appended = log.tail.slice(-(log.length - from));
    if (appended.length < log.length - from) return `the tail of ${place} begins after ${from}`;
    let kept = head?.kept;
    for (const record of appended) {
      kept = { record, seenAtMs: nowMs, before: kept };
      this.#kept.set(nameOf(place, record.idx, record.term), kept);
      if (record.kind === 'evict') this.evictedKeys += record.keys.length;
    }
    if (kept !== undefined) this.#heads.set(log, { length: log.length, kept });
    return '';
  }

  /** All lives of all keys in the log, as far as it goes now. */
  historyOf(log: LogSeen): History {
    const kept = this.#heads.get(log)?.kept;
    if (kept === undefined) return new Map();
    const known = this.#histories.get(kept);
    if (known !== undefined) return known;
    const history = historyUpTo(kept);
    this.#histories.set(kept, history);
    return history;
  }
}

function historyUpTo(last: Kept): History {
  const all: Kept[] = [];
  for (let at: Kept | undefined = last; at !== undefined; at = at.before) all.push(at);
  const history = new Map<string, Generation[]>();
  for (const { record, seenAtMs } of all.reverse()) {
    if (record.kind === 'birth') {
      const generations = history.get(record.key);
      const generation = { born: record.idx, records: [], seenAtMs: [], trimmed: 0 };
      if (generations === undefined) history.set(record.key, [generation]);
      else generations.push(generation);
    } else if (record.kind === 'input') {
      const life = history.get(record.key)?.at(-1);
      life?.records.push(record);
      life?.seenAtMs.push(seenAtMs);
    } else if (record.kind === 'trim') {
      for (const lives of history.values()) trimLife(lives.at(-1), record.beforeMs);
    }
  }
  return history;
}

/** Also of a life that was forgotten meanwhile, which nobody asks about any more. */
function trimLife(life: Generation | undefined, beforeMs: number): void {
  if (life === undefined) return;
  const kept = life.records.findIndex(({ atMs }) => atMs >= beforeMs);
  const older = kept === -1 ? life.records.length - 1 : Math.min(kept, life.records.length - 1);
  life.trimmed = Math.max(life.trimmed, older);
}

function nameOf(place: string, idx: number, term: number): string {
  return `${place}|${idx}|${term}`;
}
