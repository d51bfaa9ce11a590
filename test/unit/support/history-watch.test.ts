/** The history checker on a run that goes on: what is under way, what is excused, what is not. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { HistoryEntry } from '../../support/history-entry.ts';
import type { HistoryOptions } from '../../support/history-verdict.ts';
import { HistoryWatch } from '../../support/processes/history-watch.ts';
import { faultLines } from '../../support/processes/judge.ts';
import { WaitWindow } from '../../support/processes/waits.ts';

const key = 'user:a';

describe('the watch over a growing history', () => {
  let folder: string;
  let journals: readonly string[];
  let watch: HistoryWatch;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringway-watch-'));
    journals = [join(folder, 'publisher.jsonl'), join(folder, 'fleet.jsonl')];
    for (const path of journals) writeFileSync(path, '');
    watch = watching({});
  });
  afterEach(() => {
    watch.close();
    rmSync(folder, { recursive: true });
  });

  it('knows what is under way, and when it has arrived', async () => {
    fleet(welcome(1, false));
    publisher(...published('e1', 2), ...published('e2', 4));
    fleet(received('e1', 3));
    expect(await watch.underWay(10)).to.equal(1);
    expect(await watch.underWay(3), 'sent until then').to.equal(0);
    fleet(received('e2', 6));
    expect(await watch.underWay(10)).to.equal(0);
    expect((await watch.verdict()).faults).to.deep.equal([]);
  });

  it('counts as under way what the publisher has no confirmation of', async () => {
    fleet(welcome(1, false));
    const [sent, confirmed] = published('e1', 2);
    publisher(sent);
    expect(await watch.underWay(10)).to.equal(1);
    publisher(confirmed);
    fleet(received('e1', 4));
    expect(await watch.underWay(10)).to.equal(0);
  });

  it('waits for nothing of a client whose socket has closed', async () => {
    fleet(welcome(1, false), { ...welcome(1, false), client: 'c2' });
    publisher(...published('e1', 2));
    fleet({ kind: 'event.sent', atMs: 3, publisher: 'c2', key, id: 'push:c2/1' });
    fleet(received('e1', 3));
    expect(await watch.underWay(10), 'an event at c2, a message everywhere').to.equal(3);
    fleet({ kind: 'disconnected', atMs: 4, client: 'c2', code: 4410 });
    expect(await watch.underWay(10)).to.equal(0);
  });

  it('reads a line that was written in two parts', async () => {
    fleet(welcome(1, false));
    const line = `${JSON.stringify(published('e1', 2)[0])}\n`;
    append(0, line.slice(0, 20));
    expect(await watch.underWay(10)).to.equal(0);
    append(0, line.slice(20));
    expect(await watch.underWay(10)).to.equal(1);
  });

  it('finds a repeat as soon as it is written down', async () => {
    fleet(welcome(1, false));
    publisher(...published('e1', 2));
    fleet(received('e1', 3), received('e1', 4));
    await watch.catchUp();
    expect(watch.faults.map(({ kind }) => kind)).to.deep.equal(['repeat']);
  });

  it('finds a declared loss that nothing excuses', async () => {
    begin({ mayBreak: (of) => of !== key });
    fleet(welcome(1, false), { ...welcome(5, false), reason: 'epoch' });
    expect(faultLines(await watch.verdict())).to.deep.equal([
      'break: c1 : recovered: false at 5, epoch',
    ]);
  });

  it('still owes what was sent between the loss and the word of it', async () => {
    begin({ lostAtMs: () => 4 });
    publisher(...published('before', 2), ...published('after', 6));
    fleet(welcome(1, false), welcome(9, false));
    expect(await watch.underWay(20)).to.equal(1);
    expect(faultLines(await watch.verdict()).join()).to.match(/^loss: c1 after: confirmed[^,]*,/);
  });

  it('takes the longest wait of each client in the window, by keys', async () => {
    const window = new WaitWindow(3);
    begin({ onArrival: (arrival) => window.note(arrival) });
    fleet(welcome(1, false));
    publisher(...published('e1', 2), ...published('e2', 4), ...published('e3', 6));
    fleet(received('e1', 50), received('e2', 52), received('e3', 58));
    await watch.catchUp();
    expect(window.waitsMs(() => true)).to.deep.equal([52]);
    expect(window.waitsMs((of) => of !== key)).to.deep.equal([]);
  });

  /** In place of the plain one. */
  function begin(options: HistoryOptions): void {
    watch.close();
    watch = watching(options);
  }

  function watching(options: HistoryOptions): HistoryWatch {
    return new HistoryWatch({ journals, flush: async () => undefined, options });
  }

  function append(file: 0 | 1, text: string): void {
    appendFileSync(journals[file] ?? '', text);
  }

  function publisher(...entries: readonly HistoryEntry[]): void {
    for (const entry of entries) append(0, `${JSON.stringify(entry)}\n`);
  }

  function fleet(...entries: readonly HistoryEntry[]): void {
    for (const entry of entries) append(1, `${JSON.stringify(entry)}\n`);
  }
});

function welcome(atMs: number, recovered: boolean) {
  return { kind: 'welcome', atMs, client: 'c1', key, recovered } as const;
}

function published(id: string, atMs: number): [HistoryEntry, HistoryEntry] {
  const sent = { kind: 'event.sent', atMs, publisher: 'p', key, id } as const;
  return [sent, { kind: 'event.confirmed', atMs: atMs + 1, id }];
}

function received(id: string, atMs: number): HistoryEntry {
  return { kind: 'event.received', atMs, client: 'c1', id };
}
