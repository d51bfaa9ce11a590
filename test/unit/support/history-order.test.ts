/** What the history checker finds beyond one socket's ids: places, sockets among themselves, closes. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkHistory } from '../../support/history.ts';
import type { HistoryEntry } from '../../support/history-entry.ts';
import type { HistoryOptions } from '../../support/history-verdict.ts';

type Received = Extract<HistoryEntry, { kind: 'event.received' }>;

const key = 'user:a';

/** Two publishers of one key, three events each in turn; a `ringway.v1` client and a plain one. */
function cleanRun(): HistoryEntry[] {
  const welcome = { kind: 'welcome', atMs: 0, key, recovered: false } as const;
  const entries: HistoryEntry[] = [
    { ...welcome, client: 'v1', epoch: 'e', offset: 7 },
    { ...welcome, client: 'plain' },
  ];
  for (let n = 0; n < 6; n += 1) {
    const atMs = 10 + n * 10;
    const publisher = n % 2 === 0 ? 'p' : 'q';
    const id = `${publisher}${n}`;
    entries.push({ kind: 'event.sent', atMs, publisher, key, id });
    entries.push({ kind: 'event.confirmed', atMs: atMs + 1, id });
    const received = { kind: 'event.received', atMs: atMs + 2, id, count: n + 1 } as const;
    entries.push({ ...received, client: 'v1', offset: 7 + n });
    entries.push({ ...received, client: 'plain' });
  }
  return entries;
}

function received(entries: readonly HistoryEntry[], client: string, id: string): Received {
  const isIt = (entry: HistoryEntry): entry is Received =>
    entry.kind === 'event.received' && entry.client === client && entry.id === id;
  const found = entries.find(isIt);
  if (found === undefined) throw new Error(`${client} has not received ${id}`);
  return found;
}

function changed(client: string, id: string, change: Partial<Received>): HistoryEntry[] {
  const entries = cleanRun();
  const entry = received(entries, client, id);
  entries[entries.indexOf(entry)] = { ...entry, ...change };
  return entries;
}

function faultsOf(entries: readonly HistoryEntry[], options: HistoryOptions = {}) {
  return checkHistory(entries, { isContiguous: true, ...options }).faults.map(
    ({ kind, client, id, detail }) => `${kind} ${client} ${id}: ${detail}`,
  );
}

describe('the history checker, over all sockets of a key', () => {
  it('finds nothing in a clean run', () => {
    expect(faultsOf(cleanRun())).to.deep.equal([]);
  });

  it('finds two publishers’ events in another order on another socket', () => {
    const entries = cleanRun();
    const [p2, q3] = [received(entries, 'plain', 'p2'), received(entries, 'plain', 'q3')];
    entries.splice(entries.indexOf(q3), 1, { ...q3, count: 3 }, { ...p2, count: 4 });
    entries.splice(entries.indexOf(p2), 1);
    expect(faultsOf(entries)).to.deep.equal([
      'reorder plain q3: count 3 is p2 for another socket',
      'reorder plain p2: count 4 is q3 for another socket',
    ]);
  });

  it('finds one record at two places', () => {
    expect(faultsOf(changed('v1', 'q5', { offset: 13 }), { isContiguous: false })).to.deep.equal(
      [],
    );
    const twice = [...changed('v1', 'q5', { offset: 13 })];
    const welcome = { kind: 'welcome', atMs: 0, key, recovered: false } as const;
    twice.unshift({ ...welcome, client: 'v2', epoch: 'e', offset: 12 });
    twice.push({ kind: 'event.received', atMs: 99, client: 'v2', id: 'q5', offset: 12 });
    expect(faultsOf(twice, { isContiguous: false })[0]).to.equal(
      'reorder v2 q5: offset 12, 13 for another socket',
    );
  });

  it('finds a place that nobody saw, by offset and by count', () => {
    expect(faultsOf(changed('v1', 'q5', { offset: 13 }))).to.deep.equal([
      'hole v1 q5: offset 13 after 11',
    ]);
    expect(faultsOf(changed('plain', 'q5', { count: 8 }))).to.deep.equal([
      'hole plain q5: count 8 after 5',
      'reorder plain q5: count 8, 6 for another socket',
    ]);
    expect(faultsOf(changed('v1', 'p0', { offset: 6 }))[0]).to.equal(
      'reorder v1 p0: offset 6 after 6',
    );
  });

  it('finds state that went back', () => {
    expect(faultsOf(changed('plain', 'p4', { count: 4 }))).to.include(
      'hole plain p4: count 4 after 4',
    );
  });

  it('names a close that was not allowed, and only such', () => {
    const entries = cleanRun();
    entries.push({ kind: 'disconnected', atMs: 300, client: 'v1', code: 1006 });
    entries.push({ kind: 'disconnected', atMs: 400, client: 'plain', code: 1012 });
    const mayDisconnect = (client: string, atMs: number) => client === 'plain' && atMs > 350;
    expect(faultsOf(entries, { mayDisconnect })).to.deep.equal([
      'disconnect v1 : closed with 1006 at 300',
    ]);
    expect(checkHistory(entries, { mayDisconnect }).disconnects).to.equal(2);
  });

  it('names a message on which the handler failed', () => {
    const entries = cleanRun();
    entries.push({ kind: 'message.sent', atMs: 90, client: 'v1', id: 'm' });
    entries.push({ kind: 'message.failed', atMs: 91, client: 'v1', id: 'm', error: 'deadline' });
    expect(faultsOf(entries)).to.deep.equal(['unexpected v1 m: failed: deadline']);
  });

  it('measures waits in several windows and for some keys', () => {
    const windows = [
      { name: 'late', fromMs: 35, toMs: 99 },
      { name: 'nobody', fromMs: 0, toMs: 99, keys: new Set(['user:b']) },
    ];
    const entries = changed('v1', 'p4', { atMs: 80 });
    const verdict = checkHistory(entries, { windows });
    expect(verdict.windows.get('late')).to.deep.equal({ count: 2, p50: 2, p99: 30, max: 30 });
    expect(verdict.windows.get('nobody')?.count).to.equal(0);
  });
});
