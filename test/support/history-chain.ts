/** What the history checker (`history.ts`) knows of an event, and of a client's chain. */

export interface SentEvent {
  readonly publisher: string;
  readonly key: string;
  readonly sentAtMs: number;
  /** Place in the publisher's order for the key. */
  readonly place: number;
  isConfirmed: boolean;
}

export interface Chain {
  readonly client: string;
  readonly key: string;
  startedAtMs: number;
  isConnected: boolean;
  readonly epoch: string;
  offset: number;
  count: number | undefined;
  readonly seen: Set<string>;
  /** By publisher, the place of the newest event received. */
  readonly places: Map<string, number>;
  readonly replies: Set<string>;
  /** Accepted in this chain: what a reply is owed for. */
  readonly accepted: Set<string>;
  readonly messages: Map<string, number>;
  lastReply: number;
  /** How many of its key's first events it has, or is not owed. */
  settled: number;
}

type Beginning = Pick<Chain, 'client' | 'key' | 'startedAtMs' | 'epoch' | 'offset'>;

/** @param before the client's chain that was broken; messages sent in it may be answered in this */
export function beginChain(beginning: Beginning, before: Chain | undefined): Chain {
  return {
    ...beginning,
    isConnected: true,
    count: undefined,
    seen: new Set(),
    places: new Map(),
    replies: new Set(),
    accepted: new Set(),
    messages: new Map(before?.messages),
    lastReply: -1,
    settled: 0,
  };
}
