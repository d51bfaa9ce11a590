/**
 * Judges a run by what clients and publishers wrote down themselves: one pass over a list of
 * entries in the order of time. It knows nothing of Ringway's inside, so that it can judge real
 * processes, and a checker's own planted faults prove that it would notice (history.test.ts).
 *
 * A client's *chain* begins when it is told to start at the head (first welcome, or
 * `recovered: false`) and lasts over every recovered resume. Inside a chain nothing may be lost,
 * repeated or out of a publisher's order; at a break everything sent before it is excused.
 */
import { unreachable } from '../../base/index.ts';
import type { HistoryEntry } from './history-entry.ts';

export type FaultKind = 'loss' | 'repeat' | 'reorder' | 'unexpected';

export interface HistoryFault {
  readonly kind: FaultKind;
  readonly client: string;
  readonly id: string;
  readonly detail: string;
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Verdict {
  readonly faults: readonly HistoryFault[];
  readonly disconnects: number;
  /** Chains that ended by `recovered: false`. */
  readonly breaks: number;
  readonly received: number;
  readonly confirmed: number;
  /** Per client its longest wait between an event's sending and its arrival. */
  readonly pausesMs: Spread;
}

export interface HistoryOptions {
  /** Whether the application answers each message once. Default true. */
  readonly expectsReplies?: boolean;
  /** Only events sent in this window count for `pausesMs`. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

interface SentEvent {
  readonly publisher: string;
  readonly key: string;
  readonly sentAtMs: number;
  /** Place in the publisher's order for the key. */
  readonly place: number;
  isConfirmed: boolean;
}

interface Chain {
  readonly client: string;
  readonly key: string;
  startedAtMs: number;
  isConnected: boolean;
  offset: number;
  pauseMs: number;
  readonly seen: Set<string>;
  /** By publisher, the place of the newest event received. */
  readonly places: Map<string, number>;
  readonly replies: Set<string>;
  /** Accepted in this chain: what a reply is owed for. */
  readonly accepted: Set<string>;
  readonly messages: Map<string, number>;
  lastReply: number;
}

/** @returns what is wrong with the run, and its figures; entries are taken in the given order. */
export function checkHistory(
  entries: readonly HistoryEntry[],
  options: HistoryOptions = {},
): Verdict {
  const judge = new Judge(options);
  for (const entry of entries) judge.take(entry);
  return judge.verdict();
}

class Judge {
  readonly #options: HistoryOptions;
  readonly #events = new Map<string, SentEvent>();
  readonly #places = new Map<string, number>();
  readonly #chains = new Map<string, Chain>();
  readonly #faults: HistoryFault[] = [];
  #disconnects = 0;
  #breaks = 0;
  #received = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  take(entry: HistoryEntry): void {
    switch (entry.kind) {
      case 'event.sent':
        return this.#sent(entry);
      case 'event.confirmed':
        return this.#confirmed(entry.id);
      case 'welcome':
        return this.#welcome(entry);
      case 'disconnected':
        this.#disconnects += 1;
        return this.#of(entry, (chain) => {
          chain.isConnected = false;
        });
      case 'event.received':
        return this.#of(entry, (chain) => this.#receivedEvent(chain, entry));
      case 'message.sent':
        return this.#of(entry, ({ messages }) => {
          if (!messages.has(entry.id)) messages.set(entry.id, messages.size);
        });
      case 'message.accepted':
        return this.#of(entry, (chain) => {
          chain.accepted.add(entry.id);
        });
      case 'reply.received':
        return this.#of(entry, (chain) => this.#reply(chain, entry.id));
      default:
        return unreachable(entry);
    }
  }

  #of(
    entry: { readonly kind: string; readonly client: string; readonly id?: string },
    task: (chain: Chain) => void,
  ): void {
    const chain = this.#chains.get(entry.client);
    if (chain !== undefined) return task(chain);
    const detail = `${entry.kind} before any welcome`;
    this.#fault('unexpected', entry.client, entry.id ?? '', detail);
  }

  verdict(): Verdict {
    for (const chain of this.#chains.values()) {
      this.#findLost(chain);
      this.#findUnanswered(chain);
    }
    return {
      faults: this.#faults,
      disconnects: this.#disconnects,
      breaks: this.#breaks,
      received: this.#received,
      confirmed: [...this.#events.values()].filter((event) => event.isConfirmed).length,
      pausesMs: spreadOf([...this.#chains.values()].map((chain) => chain.pauseMs)),
    };
  }

  #sent({ publisher, key, id, atMs }: Extract<HistoryEntry, { kind: 'event.sent' }>): void {
    // A publisher's retry under the same id keeps its place.
    if (this.#events.has(id)) return;
    const stream = `${publisher} ${key}`;
    const place = this.#places.get(stream) ?? 0;
    this.#places.set(stream, place + 1);
    this.#events.set(id, { publisher, key, sentAtMs: atMs, place, isConfirmed: false });
  }

  #confirmed(id: string): void {
    const event = this.#events.get(id);
    if (event === undefined) this.#fault('unexpected', '', id, 'confirmed, never sent');
    else event.isConfirmed = true;
  }

  #welcome({ client, key, recovered, atMs }: Extract<HistoryEntry, { kind: 'welcome' }>): void {
    const before = this.#chains.get(client);
    if (before !== undefined && recovered) {
      before.isConnected = true;
      return;
    }
    if (before !== undefined) this.#breaks += 1;
    this.#chains.set(client, {
      client,
      key,
      startedAtMs: atMs,
      isConnected: true,
      offset: -1,
      pauseMs: before?.pauseMs ?? 0,
      seen: new Set(),
      places: new Map(),
      replies: new Set(),
      accepted: new Set(),
      messages: new Map(before?.messages),
      lastReply: -1,
    });
  }

  #receivedEvent(chain: Chain, entry: Extract<HistoryEntry, { kind: 'event.received' }>): void {
    const { client, id, offset, atMs } = entry;
    this.#received += 1;
    const event = this.#events.get(id);
    if (event === undefined || event.key !== chain.key) {
      return this.#fault('unexpected', client, id, `not sent for ${chain.key}`);
    }
    if (chain.seen.has(id)) return this.#fault('repeat', client, id, 'received before');
    chain.seen.add(id);
    if (offset !== undefined) {
      if (offset <= chain.offset) {
        this.#fault('reorder', client, id, `offset ${offset} after ${chain.offset}`);
      }
      chain.offset = offset;
    }
    const place = chain.places.get(event.publisher) ?? -1;
    if (event.place < place) {
      this.#fault('reorder', client, id, `number ${event.place} of its publisher after ${place}`);
    }
    chain.places.set(event.publisher, Math.max(place, event.place));
    this.#measure(chain, event, atMs);
  }

  #measure(chain: Chain, event: SentEvent, atMs: number): void {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = this.#options;
    if (event.sentAtMs < fromMs || event.sentAtMs > toMs) return;
    chain.pauseMs = Math.max(chain.pauseMs, atMs - event.sentAtMs);
  }

  #reply(chain: Chain, id: string): void {
    const number = chain.messages.get(id);
    if (number === undefined) {
      return this.#fault('unexpected', chain.client, id, 'reply to a message never sent');
    }
    if (chain.replies.has(id)) return this.#fault('repeat', chain.client, id, 'replied before');
    chain.replies.add(id);
    if (number < chain.lastReply) {
      const detail = `reply to message ${number} after ${chain.lastReply}`;
      this.#fault('reorder', chain.client, id, detail);
    }
    chain.lastReply = Math.max(chain.lastReply, number);
  }

  /** A client that is still there is owed all; one that left, what came before its last event. */
  #findLost(chain: Chain): void {
    for (const [id, event] of this.#events) {
      if (event.key !== chain.key || !event.isConfirmed || chain.seen.has(id)) continue;
      if (event.sentAtMs <= chain.startedAtMs) continue;
      const isHole = event.place < (chain.places.get(event.publisher) ?? -1);
      if (chain.isConnected || isHole) {
        this.#fault('loss', chain.client, id, `confirmed, sent at ${event.sentAtMs}, not received`);
      }
    }
  }

  #findUnanswered(chain: Chain): void {
    if (this.#options.expectsReplies === false) return;
    for (const id of chain.accepted) {
      const number = chain.messages.get(id) ?? -1;
      const isOwed = chain.isConnected || number < chain.lastReply;
      if (isOwed && !chain.replies.has(id)) {
        this.#fault('loss', chain.client, id, 'accepted, not replied');
      }
    }
  }

  #fault(kind: FaultKind, client: string, id: string, detail: string): void {
    this.#faults.push({ kind, client, id, detail });
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
