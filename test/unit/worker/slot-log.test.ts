import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { InputRecord, LogRecord } from '../../../link/index.ts';
import { firstOffset } from '../../../worker/key-log.ts';
import {
  ageTail,
  applyRecord,
  fits,
  imageOfLog,
  newSlotLog,
  recordsFrom,
  type SlotLog,
  slotLogOf,
  termBefore,
} from '../../../worker/slot-log.ts';
import { workerLimits } from '../../sim/limits.ts';

const limits = {
  ...workerLimits,
  retentionEventsMax: 4,
  retentionBytesMax: 1000,
  retentionMs: 10_000,
  idsPerKeyMax: 3,
  handledPerKeyMax: 2,
  tailRecordsMax: 8,
};

function birth(log: SlotLog, key: string): LogRecord {
  return { kind: 'birth', idx: log.length, term: 1, key };
}

function input(log: SlotLog, id: string, changes: Partial<InputRecord> = {}): InputRecord {
  return {
    kind: 'input',
    idx: log.length,
    term: 1,
    key: 'k',
    offset: log.keys.get('k')?.nextOffset ?? 0,
    atMs: 0,
    inputId: id,
    pushes: [],
    replies: [],
    state: undefined,
    outward: [],
    handled: undefined,
    presence: undefined,
    failure: '',
    strikes: [],
    ...changes,
  };
}

function born(): SlotLog {
  const log = newSlotLog(1);
  applyRecord(log, birth(log, 'k'), limits);
  return log;
}

function add(log: SlotLog, id: string, changes: Partial<InputRecord> = {}): void {
  applyRecord(log, input(log, id, changes), limits);
}

function keyOf(log: SlotLog) {
  const key = log.keys.get('k');
  if (key === undefined) throw new Error('the key was not born');
  return key;
}

function pushOf(bytes: number) {
  return [{ id: 'p', type: 't', format: 'binary' as const, data: new Uint8Array(bytes) }];
}

function outward() {
  const data = new Uint8Array(1);
  return [{ to: 'out' as const, topic: 't', type: 't', format: 'text' as const, data }];
}

describe('the log of a slot', () => {
  it('keeps the newest records of a key by count', () => {
    const log = born();
    for (let n = 0; n < 7; n += 1) add(log, `e${n}`);
    expect(keyOf(log).records.map(({ inputId }) => inputId)).to.deep.equal([
      'e3',
      'e4',
      'e5',
      'e6',
    ]);
    expect(firstOffset(keyOf(log))).to.equal(3);
  });

  it('keeps them by bytes, but always the newest, and counts the bytes right', () => {
    const log = born();
    add(log, 'a', { pushes: pushOf(500) });
    add(log, 'b', { pushes: pushOf(500) });
    expect(keyOf(log).records).to.have.length(1);
    add(log, 'big', { pushes: pushOf(5000) });
    expect(keyOf(log).records.map(({ inputId }) => inputId)).to.deep.equal(['big']);
    add(log, 'c');
    expect(keyOf(log).records.map(({ inputId }) => inputId)).to.deep.equal(['c']);
    expect(keyOf(log).bytes).to.be.lessThan(200);
  });

  it('keeps them by age, by the time stamps of the records', () => {
    const log = born();
    add(log, 'old', { atMs: 1000 });
    add(log, 'new', { atMs: 11_001 });
    expect(keyOf(log).records.map(({ inputId }) => inputId)).to.deep.equal(['new']);
  });

  it('remembers a bounded number of ids and handled messages, the oldest going first', () => {
    const log = born();
    for (const id of ['e1', 'e2', 'e3', 'e4']) add(log, id);
    expect([...keyOf(log).ids.keys()]).to.deep.equal(['e2', 'e3', 'e4']);
    for (const session of ['s1', 's2', 's1', 's3']) {
      add(log, 'm', { handled: { session, n: log.length } });
    }
    expect([...keyOf(log).handled.keys()]).to.deep.equal(['s1', 's3']);
  });

  it('forgets evicted keys, whose next birth is another epoch', () => {
    const log = born();
    add(log, 'e1');
    applyRecord(log, { kind: 'evict', idx: log.length, term: 1, keys: ['k'] }, limits);
    expect(log.keys.has('k')).to.equal(false);
    applyRecord(log, birth(log, 'k'), limits);
    expect(keyOf(log)).to.include({ born: 3, nextOffset: 0 });
  });

  it('keeps what a forgotten key has still to publish', () => {
    const log = born();
    add(log, 'm', { outward: outward() });
    applyRecord(log, { kind: 'evict', idx: log.length, term: 1, keys: ['k'] }, limits);
    expect([...log.outbox.keys()]).to.deep.equal([1]);
  });

  it('shortens every window to what is younger, the newest record excepted, and knows what is lost', () => {
    const log = born();
    applyRecord(log, birth(log, 'other'), limits);
    for (const atMs of [10, 20, 30]) add(log, `e${atMs}`, { atMs, pushes: pushOf(1) });
    add(log, 'o', { key: 'other', offset: 0, atMs: 5 });
    applyRecord(log, { kind: 'trim', idx: log.length, term: 1, beforeMs: 25 }, limits);
    expect(keyOf(log).records.map(({ inputId }) => inputId)).to.deep.equal(['e30']);
    expect(keyOf(log)).to.include({ lostBefore: 2, nextOffset: 3 });
    expect([...keyOf(log).ids.keys()]).to.deep.equal(['e10', 'e20', 'e30']);
    expect(log.keys.get('other')?.records).to.have.length(1);
  });

  it('keeps outward messages until a record strikes them off', () => {
    const log = born();
    add(log, 'm', { outward: outward() });
    for (let n = 0; n < 20; n += 1) add(log, `e${n}`);
    expect([...log.outbox.keys()]).to.deep.equal([1]);
    add(log, 'last', { strikes: [1] });
    expect(log.outbox.size).to.equal(0);
  });

  it('holds the newest records for a copy that continues, and says when it cannot', () => {
    const log = born();
    for (let n = 0; n < 30; n += 1) add(log, `e${n}`);
    const held = log.tail.length;
    expect(held).to.be.within(4, 8);
    const from = log.length - held;
    expect(recordsFrom(log, from)?.map(({ idx }) => idx)).to.have.length(held);
    expect(recordsFrom(log, from - 1)).to.equal(undefined);
    expect(recordsFrom(log, log.length)).to.deep.equal([]);
    expect(recordsFrom(log, log.length + 1)).to.equal(undefined);
    expect(termBefore(log, log.length)).to.equal(1);
    expect(termBefore(log, 1)).to.equal(undefined);
  });

  it('is the same on a copy made from a snapshot, now and after every later record', () => {
    const log = born();
    for (let n = 0; n < 6; n += 1) {
      add(log, `e${n}`, { pushes: pushOf(n), state: Uint8Array.of(n), outward: outward() });
    }
    add(log, 'm', { handled: { session: 's', n: 1 } });
    const copy = slotLogOf(imageOfLog(log));
    expect(imageOfLog(copy)).to.deep.equal(imageOfLog(log));
    for (let n = 6; n < 12; n += 1) {
      const record = input(log, `e${n}`, { pushes: pushOf(300), strikes: [n - 5] });
      applyRecord(log, record, limits);
      applyRecord(copy, record, limits);
      expect(imageOfLog(copy)).to.deep.equal(imageOfLog(log));
    }
  });

  const misfits: { name: string; record: (log: SlotLog) => LogRecord }[] = [
    { name: 'with a gap', record: (log) => ({ ...input(log, 'e'), idx: log.length + 1 }) },
    { name: 'that is there already', record: (log) => ({ ...input(log, 'e'), idx: 0 }) },
    { name: 'of an unborn key', record: (log) => ({ ...input(log, 'e'), key: 'other' }) },
    { name: 'with the wrong offset', record: (log) => ({ ...input(log, 'e'), offset: 5 }) },
    { name: 'that bears a key again', record: (log) => birth(log, 'k') },
  ];
  for (const { name, record } of misfits) {
    it(`does not fit a record ${name}`, () => {
      const log = born();
      expect(fits(log, record(log))).to.equal(false);
      expect(fits(log, input(log, 'e'))).to.equal(true);
    });
  }
});

describe('the tail of a log', () => {
  it('loses what is two turns old, and keeps what is newer', () => {
    const log = born();
    add(log, 'a');
    ageTail(log);
    expect(recordsFrom(log, 0)?.length).to.equal(2);
    add(log, 'b');
    ageTail(log);
    expect([recordsFrom(log, 1), termBefore(log, 2)]).to.deep.equal([undefined, undefined]);
    expect(recordsFrom(log, 2)?.length).to.equal(1);
    ageTail(log);
    ageTail(log);
    expect([log.tail.length, log.tailBytes, termBefore(log, 3)]).to.deep.equal([0, 0, 1]);
    expect(recordsFrom(log, 3)).to.deep.equal([]);
    add(log, 'c');
    expect(recordsFrom(log, 3)?.length).to.equal(1);
  });
});

describe('the id of a publication', () => {
  const idOf = (key: string, inputId: string): string => {
    const log = newSlotLog(1);
    applyRecord(log, birth(log, key), limits);
    const outward = [
      { to: 'event', topic: 'k', type: 't', format: 'text', data: new Uint8Array() },
    ];
    applyRecord(log, { ...input(log, inputId), key, outward } as InputRecord, limits);
    return [...log.outbox.values()][0]?.inputId ?? '';
  };

  it('fits an event whatever key and input it comes from, and stays its own', () => {
    const ids = ['user:bob', `user:${'é'.repeat(128)}`, 'k'.repeat(512)].flatMap((key) =>
      ['m/1/1', `e/1/s/${'i'.repeat(255)}`].map((inputId) => idOf(key, inputId)),
    );
    expect(new Set(ids).size).to.equal(ids.length);
    for (const id of ids) expect(Buffer.byteLength(`${id}#255`)).to.be.at.most(255);
  });
});
