/**
 * Acknowledgements of one channel, gathered for a turn of the event loop: what is done from the
 * oldest delivery on without a gap goes out as one, the rest one by one.
 */
export interface AckBatchOptions {
  send(tag: number, isUpTo: boolean): void;
  /** Arranges for `flush` to be called soon. */
  schedule(): void;
}

export class AckBatch {
  readonly #options: AckBatchOptions;
  /** Unacknowledged deliveries, oldest first, and whether they are done. At most the prefetch. */
  readonly #deliveries = new Map<number, boolean>();
  /** Done since the last flush. */
  #done: number[] = [];

  constructor(options: AckBatchOptions) {
    this.#options = options;
  }

  delivered(tag: number): void {
    this.#deliveries.set(tag, false);
  }

  /** The first answer counts; the broker would close the channel over a second one. */
  ack(tag: number): void {
    if (this.#deliveries.get(tag) !== false) return;
    this.#deliveries.set(tag, true);
    this.#done.push(tag);
    if (this.#done.length === 1) this.#options.schedule();
  }

  flush(): void {
    const done = this.#done;
    this.#done = [];
    let upTo: number | undefined;
    for (const [tag, isDone] of this.#deliveries) {
      if (!isDone) break;
      upTo = tag;
      this.#deliveries.delete(tag);
    }
    if (upTo !== undefined) this.#options.send(upTo, true);
    for (const tag of done) {
      if (this.#deliveries.delete(tag)) this.#options.send(tag, false);
    }
  }
}
