/**
 * The users with the most connections and those with the most events, found in one pass: two
 * lists that hold up to twice what is asked for and are cut back when full.
 */
import { ownCopy } from './user-columns.ts';

export interface HotUser {
  /** Undefined unless ids of hot keys are kept. */
  readonly key: string | undefined;
  readonly hash: number;
  readonly connections: number;
  readonly eventsPerS: number;
}

type Heat = 'connections' | 'eventsPerS';

export class HotList {
  private readonly lists: readonly TopList[];
  private readonly keepsIds: boolean;

  constructor(size: number, keepsIds: boolean) {
    this.keepsIds = keepsIds;
    this.lists = [new TopList(size, 'connections'), new TopList(size, 'eventsPerS')];
  }

  /** A user, again with more than before or for the first time. */
  offer(index: number, key: string, hash: number, connections: number, eventsPerS: number): void {
    for (const list of this.lists) {
      if (!list.wants(index, list.by === 'connections' ? connections : eventsPerS)) continue;
      const kept = this.keepsIds ? ownCopy(key) : undefined;
      list.put(index, { key: kept, hash, connections, eventsPerS });
    }
  }

  /** Of both lists, each user once; in the order in which they came. */
  users(): HotUser[] {
    const all = new Map(this.lists.flatMap((list) => list.top()));
    return [...all].sort(([a], [b]) => a - b).map(([, user]) => user);
  }
}

class TopList {
  readonly by: Heat;
  private readonly size: number;
  private readonly users = new Map<number, HotUser>();
  /** What the last of a full list has. */
  private least = 0;

  constructor(size: number, by: Heat) {
    this.size = size;
    this.by = by;
  }

  wants(index: number, heat: number): boolean {
    return this.size > 0 && (heat > this.least || this.users.has(index));
  }

  put(index: number, user: HotUser): void {
    this.users.set(index, user);
    if (this.users.size < 2 * this.size + 16) return;
    const kept = this.top();
    this.users.clear();
    for (const [at, each] of kept) this.users.set(at, each);
    this.least = kept.at(-1)?.[1][this.by] ?? 0;
  }

  top(): [number, HotUser][] {
    const ranked = [...this.users].sort(([i, a], [j, b]) => b[this.by] - a[this.by] || i - j);
    return ranked.slice(0, this.size);
  }
}
