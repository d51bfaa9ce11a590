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
import { beginChain, type Chain, type SentEvent } from './history-chain.ts';
import type { HistoryEntry } from './history-entry.ts';
import { KeyOrders } from './history-order.ts';
import { Pauses, spreadOf } from './history-pauses.ts';
import type {
  FaultKind,
  HistoryCounts,
  HistoryFault,
  HistoryOptions,
  Verdict,
} from './history-verdict.ts';

/** @returns what is wrong with the run, and its figures; entries are taken in the given order. */
export function checkHistory(
  entries: readonly HistoryEntry[],
  options: HistoryOptions = {},
): Verdict {
  const judge = new HistoryJudge(options);
  for (const entry of entries) judge.take(entry);
  return judge.verdict();
}

/** The checker itself, for histories that are read as they come: what it keeps grows with ids. */
export class HistoryJudge {
  readonly #options: HistoryOptions;
  readonly #events = new Map<string, SentEvent>();
  readonly #idsByKey = new Map<string, string[]>();
  readonly #places = new Map<string, number>();
  readonly #chains = new Map<string, Chain>();
  readonly #orders = new KeyOrders();
  readonly #pauses: Pauses;
  readonly #faults: HistoryFault[] = [];
  #disconnects = 0;
  #breaks = 0;
  #received = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = options;
    this.#pauses = new Pauses([{ name: '', fromMs, toMs }, ...(options.windows ?? [])]);
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
        return this.#of(entry, (chain) => this.#disconnected(chain, entry.atMs, entry.code));
      case 'refused':
        return;
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
      case 'message.failed':
        return this.#fault('unexpected', entry.client, entry.id, `failed: ${entry.error}`);
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

  /** Found so far; what is missing is judged at the end only. */
  get faults(): readonly HistoryFault[] {
    return this.#faults;
  }

  /** So far, allowed or not. */
  get counts(): HistoryCounts {
    return { disconnects: this.#disconnects, breaks: this.#breaks, received: this.#received };
  }

  /** Events sent until then that are not confirmed yet, or have not arrived where they are owed. */
  underWay(untilMs: number): number {
    let count = 0;
    for (const chain of this.#chains.values()) {
      // A plain client's socket that has closed is owed nothing more.
      if (!chain.isConnected) continue;
      const ids = this.#idsByKey.get(chain.key) ?? [];
      const isSettled = (id: string | undefined): boolean => {
        const event = this.#events.get(id ?? '');
        if (event === undefined) return false;
        if (event.sentAtMs <= chain.startedAtMs) return true;
        // A message of a plain client, whose socket has closed, is never confirmed any more.
        const isGone = this.#chains.get(event.publisher)?.isConnected === false;
        return event.isConfirmed ? chain.seen.has(id ?? '') : isGone;
      };
      while (isSettled(ids[chain.settled])) chain.settled += 1;
      for (const id of ids.slice(chain.settled)) {
        if ((this.#events.get(id)?.sentAtMs ?? 0) > untilMs) break;
        if (!isSettled(id)) count += 1;
      }
    }
    return count;
  }

  verdict(): Verdict {
    for (const chain of this.#chains.values()) {
      this.#findLost(chain);
      this.#findUnanswered(chain);
    }
    return {
      faults: this.#faults,
      ...this.counts,
      confirmed: [...this.#events.values()].filter((event) => event.isConfirmed).length,
      pausesMs: this.#pauses.spreads().get('') ?? spreadOf([]),
      windows: this.#pauses.spreads(),
    };
  }

  #sent({ publisher, key, id, atMs }: Extract<HistoryEntry, { kind: 'event.sent' }>): void {
    // A publisher's retry under the same id keeps its place.
    if (this.#events.has(id)) return;
    const stream = `${publisher} ${key}`;
    const place = this.#places.get(stream) ?? 0;
    this.#places.set(stream, place + 1);
    this.#events.set(id, { publisher, key, sentAtMs: atMs, place, isConfirmed: false });
    const ids = this.#idsByKey.get(key) ?? [];
    if (ids.length === 0) this.#idsByKey.set(key, ids);
    ids.push(id);
  }

  #confirmed(id: string): void {
    const event = this.#events.get(id);
    if (event === undefined) this.#fault('unexpected', '', id, 'confirmed, never sent');
    else event.isConfirmed = true;
  }

  #disconnected(chain: Chain, atMs: number, code: number): void {
    this.#disconnects += 1;
    chain.isConnected = false;
    if (this.#options.mayDisconnect?.(chain.client, atMs, chain.key) ?? true) return;
    this.#fault('disconnect', chain.client, '', `closed with ${code} at ${atMs}`);
  }

  #welcome(entry: Extract<HistoryEntry, { kind: 'welcome' }>): void {
    const { client, key, recovered, atMs, epoch = '', offset = 0 } = entry;
    const before = this.#chains.get(client);
    if (before !== undefined && recovered) {
      before.isConnected = true;
      return;
    }
    if (before !== undefined) this.#broken(before, entry);
    const lostAtMs = before === undefined ? undefined : this.#options.lostAtMs?.(key);
    const startedAtMs = Math.min(atMs, lostAtMs ?? atMs);
    const chain = beginChain({ client, key, startedAtMs, epoch, offset: offset - 1 }, before);
    this.#chains.set(client, chain);
  }

  #broken({ client, key }: Chain, { atMs, reason }: { atMs: number; reason?: string }): void {
    this.#breaks += 1;
    this.#orders.forget(key);
    if (this.#options.mayBreak?.(key, atMs, reason) ?? true) return;
    this.#fault('break', client, '', `recovered: false at ${atMs}, ${reason ?? 'no reason'}`);
  }

  #receivedEvent(chain: Chain, entry: Extract<HistoryEntry, { kind: 'event.received' }>): void {
    const { client, id, atMs } = entry;
    this.#received += 1;
    const event = this.#events.get(id);
    if (event === undefined || event.key !== chain.key) {
      return this.#fault('unexpected', client, id, `not sent for ${chain.key}`);
    }
    if (chain.seen.has(id)) return this.#fault('repeat', client, id, 'received before');
    chain.seen.add(id);
    this.#checkPlaces(chain, entry);
    const place = chain.places.get(event.publisher) ?? -1;
    if (event.place < place) {
      this.#fault('reorder', client, id, `number ${event.place} of its publisher after ${place}`);
    }
    chain.places.set(event.publisher, Math.max(place, event.place));
    const { sentAtMs } = event;
    this.#pauses.note(client, chain.key, sentAtMs, atMs);
    this.#options.onArrival?.({ client, key: chain.key, id, sentAtMs, atMs });
  }

  #checkPlaces(chain: Chain, entry: Extract<HistoryEntry, { kind: 'event.received' }>): void {
    const { client, id, offset, count } = entry;
    const { key, epoch } = chain;
    const say = (kind: FaultKind, detail: string | undefined): void => {
      if (detail !== undefined) this.#fault(kind, client, id, detail);
    };
    if (offset !== undefined) {
      // Sockets opened since the welcome have records of their own before the first event.
      const isFirst = chain.seen.size === 1;
      const isHole = this.#options.isContiguous === true && !isFirst && offset > chain.offset + 1;
      if (isHole) say('hole', `offset ${offset} after ${chain.offset}`);
      if (offset <= chain.offset) say('reorder', `offset ${offset} after ${chain.offset}`);
      const log = epoch === '' ? key : `${key} ${epoch}`;
      say('reorder', this.#orders.place('offset', log, offset, id));
      chain.offset = offset;
    }
    if (count !== undefined) {
      const isNext = chain.count === undefined || count === chain.count + 1;
      if (!isNext) say('hole', `count ${count} after ${chain.count}`);
      say('reorder', this.#orders.place('count', key, count, id));
      chain.count = count;
    }
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
    for (const id of this.#idsByKey.get(chain.key) ?? []) {
      const event = this.#events.get(id);
      if (event === undefined || !event.isConfirmed || chain.seen.has(id)) continue;
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
