/**
 * Events on their way, in one lane for each key. Of a key only one is under way at a time: the
 * broker may refuse an event and take the next one, and what it took cannot be called back.
 * Between keys there is no order to keep, so they fill the confirm window together.
 *
 *   waiting ──(lane free)──► ready ──take──► under way ──finish──► gone, the next is ready
 *                              ▲───────────again───┘
 */
export interface LaneEntry {
  readonly key: string;
}

export class Lanes<T extends LaneEntry> {
  /** By key, oldest first; the first is ready or under way. */
  private readonly lanes = new Map<string, Set<T>>();
  private readonly ready = new Set<T>();
  /** Ready too, but before the others: they were under way before. */
  private readonly repeated = new Set<T>();

  add(entry: T): void {
    const lane = this.lanes.get(entry.key);
    if (lane !== undefined) {
      lane.add(entry);
      return;
    }
    this.lanes.set(entry.key, new Set([entry]));
    this.ready.add(entry);
  }

  /** The next one that may go: from now on it is under way. */
  take(): T | undefined {
    for (const queue of [this.repeated, this.ready]) {
      for (const entry of queue) {
        queue.delete(entry);
        return entry;
      }
    }
    return undefined;
  }

  /** It was under way and has to go again, before anything newer of its key. */
  again(entry: T): void {
    this.repeated.add(entry);
  }

  /** Done with, from any state: the next one of its key is ready. */
  finish(entry: T): void {
    const lane = this.lanes.get(entry.key);
    if (lane === undefined) return;
    const [first] = lane;
    lane.delete(entry);
    this.ready.delete(entry);
    this.repeated.delete(entry);
    if (first !== entry) return;
    const [next] = lane;
    if (next === undefined) this.lanes.delete(entry.key);
    else this.ready.add(next);
  }
}
