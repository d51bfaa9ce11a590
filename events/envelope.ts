/**
 * The event as Ringway carries it: CloudEvents 1.0 with the key beside it.
 * Parsing and printing of the JSON form live here too (see `parseCloudEvent`).
 */
export interface BusEvent {
  /** `user:alice`, `room:42`: who it is for. */
  readonly key: string;
  /** Unique per source; the owner drops an id that it has seen for this key. */
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly format: 'json' | 'text' | 'binary';
  readonly data: Uint8Array;
}

/** A message that leaves Ringway for backends. */
export interface OutMessage {
  /** Input id + place in its record: consumers drop repeats by it. */
  readonly id: string;
  /** `message.<key>`, `presence.<key>`, `undelivered.<key>`. */
  readonly topic: string;
  readonly type: string;
  readonly format: 'json' | 'text' | 'binary';
  readonly data: Uint8Array;
}
