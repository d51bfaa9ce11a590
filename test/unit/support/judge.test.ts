/** The judge reads files: merged by time, streamed, tampered with on the way. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { HistoryEntry } from '../../support/history-entry.ts';
import { Journal } from '../../support/processes/journal.ts';
import { faultLines, judgeJournals, type Tamper } from '../../support/processes/judge.ts';

const key = 'user:a';
const eventsCount = 3000;

describe('the judge of journals', () => {
  let folder: string;
  let paths: readonly string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringway-judge-'));
    paths = [join(folder, 'publisher.jsonl'), join(folder, 'fleet.jsonl')];
    write('publisher', published());
    write('fleet', received());
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('merges the files by time, the publisher’s first, over many chunks', async () => {
    const verdict = await judgeJournals(paths, { isContiguous: true });
    expect(faultLines(verdict)).to.deep.equal([]);
    expect(verdict).to.deep.include({ received: 2 * eventsCount, confirmed: eventsCount });
  });

  const planted: readonly { name: string; tamper: Tamper; finds: RegExp }[] = [
    { name: 'a loss', tamper: at('c1', 'e77', () => []), finds: /^loss: c1 e77: confirmed/ },
    {
      name: 'a repeat',
      tamper: at('c2', 'e500', (entry) => [entry, entry]),
      finds: /^repeat: c2 e500: received before/,
    },
    {
      name: 'a swap of two events',
      tamper: swap('c1', 'e9', 'e10'),
      finds: /^reorder: c1 e9: offset 9 after 10/,
    },
    {
      name: 'another user’s event',
      tamper: at('c2', 'e7', (entry) => [entry, { ...entry, id: 'foreign', offset: 2 ** 20 }]),
      finds: /^unexpected: c2 foreign: not sent for user:a/,
    },
    {
      name: 'a close',
      tamper: at('c1', 'e30', (entry) => [
        entry,
        { kind: 'disconnected', atMs: entry.atMs, client: 'c1', code: 1006 },
      ]),
      finds: /^disconnect: c1 : closed with 1006/,
    },
    {
      name: 'a missing reply',
      tamper: (entry) => (entry.kind === 'reply.received' && entry.id === 'c2/5' ? [] : [entry]),
      finds: /^loss: c2 c2\/5: accepted, not replied/,
    },
    {
      name: 'a second reply',
      tamper: (entry) =>
        entry.kind === 'reply.received' && entry.id === 'c1/5' ? [entry, entry] : [entry],
      finds: /^repeat: c1 c1\/5: replied before/,
    },
  ];
  for (const { name, tamper, finds } of planted) {
    it(`finds ${name}`, async () => {
      const options = { tamper, isContiguous: true, mayDisconnect: () => false };
      const lines = faultLines(await judgeJournals(paths, options));
      expect(
        lines.some((line) => finds.test(line)),
        lines.join('\n'),
      ).to.equal(true);
    });
  }

  it('says how many faults it does not show', async () => {
    const verdict = await judgeJournals(paths, {
      tamper: (entry) => (entry.kind === 'event.received' && entry.client === 'c1' ? [] : [entry]),
    });
    expect(faultLines(verdict, 2)).to.have.length(3);
    expect(faultLines(verdict, 2)[2]).to.equal(`and ${eventsCount - 2} more`);
  });

  it('refuses a file that is not whole or not in order', async () => {
    const [publisher = '', fleet = ''] = paths;
    writeFileSync(fleet, '{"atMs":1,"kind":"disc');
    expect(await refusal()).to.match(/fleet.jsonl ends within a line$/);
    writeFileSync(fleet, '{"atMs":1,"kind"\n');
    expect(await refusal()).to.match(/fleet.jsonl:1 is not JSON/);
    writeFileSync(fleet, '{"atMs":2,"kind":"refused"}\n{"atMs":1}\n');
    writeFileSync(publisher, '');
    expect(await refusal()).to.match(/fleet.jsonl:2 goes back in time/);
  });

  it('reads what a journal wrote', async () => {
    const journal = new Journal(paths[1] ?? '');
    const unknown = { client: 'c1', id: 'e1' };
    journal.write({ kind: 'welcome', client: 'c1', key, recovered: false });
    journal.write({ kind: 'event.received', ...unknown });
    journal.write({ kind: 'event.received', ...unknown });
    journal.close();
    const { faults } = await judgeJournals(paths);
    expect(faults.map(({ kind, id }) => `${kind} ${id}`)).to.deep.equal(['repeat e1']);
  });

  function write(name: string, entries: readonly HistoryEntry[]): void {
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`);
    writeFileSync(join(folder, `${name}.jsonl`), lines.join(''));
  }

  async function refusal(): Promise<string> {
    return judgeJournals(paths).then(
      () => 'no refusal',
      (error: Error) => error.message,
    );
  }
});

function published(): HistoryEntry[] {
  return Array.from({ length: eventsCount }, (_, n) => [
    { kind: 'event.sent', atMs: 10 + n, publisher: 'p', key, id: `e${n}` } as const,
    { kind: 'event.confirmed', atMs: 10 + n, id: `e${n}` } as const,
  ]).flat();
}

/** Two clients, everything in the very moment of its sending; ten messages of each. */
function received(): HistoryEntry[] {
  const clients = ['c1', 'c2'] as const;
  const entries: HistoryEntry[] = clients.map((client) => {
    return { kind: 'welcome', atMs: 1, client, key, recovered: false, epoch: 'e', offset: 0 };
  });
  for (let n = 0; n < eventsCount; n += 1) {
    const event = { kind: 'event.received', atMs: 10 + n, id: `e${n}`, offset: n } as const;
    for (const client of clients) entries.push({ ...event, client, count: n + 1 });
  }
  for (let n = 1; n <= 10; n += 1) {
    for (const client of clients) {
      const message = { atMs: 10 + eventsCount + n, client, id: `${client}/${n}` };
      entries.push({ kind: 'message.sent', ...message });
      entries.push({ kind: 'message.accepted', ...message });
      entries.push({ kind: 'reply.received', ...message });
    }
  }
  return entries;
}

type Received = Extract<HistoryEntry, { kind: 'event.received' }>;

function at(client: string, id: string, change: (entry: Received) => HistoryEntry[]): Tamper {
  return (entry) => (isReceived(entry, client, id) ? change(entry) : [entry]);
}

function swap(client: string, first: string, second: string): Tamper {
  const held: HistoryEntry[] = [];
  return (entry) => {
    if (isReceived(entry, client, first)) {
      held.push(entry);
      return [];
    }
    return isReceived(entry, client, second) ? [entry, ...held] : [entry];
  };
}

function isReceived(entry: HistoryEntry, client: string, id: string): entry is Received {
  return entry.kind === 'event.received' && entry.client === client && entry.id === id;
}
