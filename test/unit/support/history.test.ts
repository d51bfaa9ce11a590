import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkHistory } from '../../support/history.ts';
import type { HistoryEntry } from '../../support/history-entry.ts';

const key = 'user:a';

/** Two clients of one key see ten events of one publisher and get three replies each. */
function cleanRun(): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  for (const client of ['a1', 'a2']) {
    entries.push({ kind: 'welcome', atMs: 0, client, key, recovered: false });
  }
  for (let n = 0; n < 10; n += 1) {
    const atMs = 10 + n * 10;
    const id = `e${n}`;
    entries.push({ kind: 'event.sent', atMs, publisher: 'p', key, id });
    entries.push({ kind: 'event.confirmed', atMs: atMs + 1, id });
    for (const client of ['a1', 'a2']) {
      entries.push({ kind: 'event.received', atMs: atMs + 3, client, id, offset: n * 2 });
    }
  }
  for (let n = 0; n < 3; n += 1) {
    for (const client of ['a1', 'a2']) {
      const id = `${client}-${n}`;
      entries.push({ kind: 'message.sent', atMs: 200 + n, client, id });
      entries.push({ kind: 'message.accepted', atMs: 202 + n, client, id });
      entries.push({ kind: 'reply.received', atMs: 203 + n, client, id });
    }
  }
  return entries;
}

function find(
  entries: readonly HistoryEntry[],
  wanted: { kind: HistoryEntry['kind']; client?: string; id?: string },
): number {
  const at = entries.findIndex((entry) =>
    Object.entries(wanted).every(([name, value]) => Reflect.get(entry, name) === value),
  );
  if (at < 0) throw new Error(`no ${JSON.stringify(wanted)}`);
  return at;
}

function faultsOf(entries: readonly HistoryEntry[]): readonly string[] {
  return checkHistory(entries).faults.map(({ kind, client, id }) => `${kind} ${client} ${id}`);
}

describe('the history checker', () => {
  it('finds nothing in a clean run and counts what happened', () => {
    const verdict = checkHistory(cleanRun());
    expect(verdict.faults).to.deep.equal([]);
    expect(verdict.received).to.equal(20);
    expect(verdict.confirmed).to.equal(10);
    expect(verdict.disconnects).to.equal(0);
    expect(verdict.pausesMs).to.deep.equal({ count: 2, p50: 3, p99: 3, max: 3 });
  });

  it('finds a planted loss of an event', () => {
    const entries = cleanRun();
    entries.splice(find(entries, { kind: 'event.received', client: 'a2', id: 'e4' }), 1);
    expect(faultsOf(entries)).to.deep.equal(['loss a2 e4']);
  });

  it('finds a planted repeat of an event', () => {
    const entries = cleanRun();
    entries.push({ kind: 'event.received', atMs: 300, client: 'a1', id: 'e2', offset: 99 });
    expect(faultsOf(entries)).to.deep.equal(['repeat a1 e2']);
  });

  it('finds a planted swap of two events, by publisher and by offset', () => {
    const entries = cleanRun();
    const first = find(entries, { kind: 'event.received', client: 'a1', id: 'e5' });
    const [early] = entries.splice(first, 1);
    const second = find(entries, { kind: 'event.received', client: 'a1', id: 'e6' });
    entries.splice(second + 1, 0, early as HistoryEntry);
    expect(new Set(faultsOf(entries))).to.deep.equal(new Set(['reorder a1 e5']));
  });

  it('finds lost, repeated and swapped replies', () => {
    const lost = cleanRun();
    lost.splice(find(lost, { kind: 'reply.received', id: 'a1-1' }), 1);
    expect(faultsOf(lost)).to.deep.equal(['loss a1 a1-1']);

    const repeated = cleanRun();
    repeated.push({ kind: 'reply.received', atMs: 300, client: 'a2', id: 'a2-2' });
    expect(faultsOf(repeated)).to.deep.equal(['repeat a2 a2-2']);

    const swapped = cleanRun();
    const [late] = swapped.splice(find(swapped, { kind: 'reply.received', id: 'a1-0' }), 1);
    swapped.push(late as HistoryEntry);
    expect(faultsOf(swapped)).to.deep.equal(['reorder a1 a1-0']);
  });

  it('finds an event that nobody sent, or that was for another key', () => {
    const entries = cleanRun();
    entries.push({ kind: 'event.received', atMs: 300, client: 'a1', id: 'ghost', offset: 98 });
    entries.push({ kind: 'event.sent', atMs: 301, publisher: 'p', key: 'user:b', id: 'b0' });
    entries.push({ kind: 'event.received', atMs: 302, client: 'a1', id: 'b0', offset: 99 });
    expect(faultsOf(entries)).to.deep.equal(['unexpected a1 ghost', 'unexpected a1 b0']);
  });

  it('joins sockets over recovered resumes and counts disconnects', () => {
    const entries = cleanRun();
    const at = find(entries, { kind: 'event.sent', id: 'e5' });
    entries.splice(
      at,
      0,
      { kind: 'disconnected', atMs: 55, client: 'a1', code: 1012 },
      { kind: 'welcome', atMs: 58, client: 'a1', key, recovered: true },
    );
    const verdict = checkHistory(entries);
    expect(verdict.faults).to.deep.equal([]);
    expect(verdict.disconnects).to.equal(1);
    expect(verdict.breaks).to.equal(0);
  });

  it('excuses what was sent before a declared break, and nothing after it', () => {
    const entries = cleanRun();
    const missing = find(entries, { kind: 'event.received', client: 'a1', id: 'e4' });
    entries.splice(missing, 1);
    const at = find(entries, { kind: 'event.sent', id: 'e6' });
    entries.splice(at, 0, { kind: 'welcome', atMs: 65, client: 'a1', key, recovered: false });
    expect(checkHistory(entries)).to.deep.include({ faults: [], breaks: 1 });

    const after = find(entries, { kind: 'event.received', client: 'a1', id: 'e8' });
    entries.splice(after, 1);
    expect(faultsOf(entries)).to.deep.equal(['loss a1 e8']);
  });

  it('asks of a client that left only what came before its last event', () => {
    const entries = cleanRun().filter(
      (entry) =>
        !(entry.kind === 'event.received' && entry.client === 'a2' && entry.id >= 'e7') &&
        !(entry.kind === 'event.received' && entry.client === 'a2' && entry.id === 'e1'),
    );
    entries.push({ kind: 'disconnected', atMs: 400, client: 'a2', code: 1006 });
    expect(faultsOf(entries)).to.deep.equal(['loss a2 e1']);
  });

  it('measures the longest wait of each client inside the window', () => {
    const entries = cleanRun();
    const at = find(entries, { kind: 'event.received', client: 'a2', id: 'e3' });
    const late = entries[at];
    if (late?.kind === 'event.received') entries[at] = { ...late, atMs: 140 };
    expect(checkHistory(entries).pausesMs).to.deep.equal({ count: 2, p50: 3, p99: 100, max: 100 });
    expect(checkHistory(entries, { fromMs: 50 }).pausesMs.max).to.equal(3);
  });
});
