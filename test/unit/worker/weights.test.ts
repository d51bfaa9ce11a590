/** The weight of a log, kept up to date record by record, against its slow twin. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { InputRecord, LogRecord } from '../../../link/index.ts';
import {
  ageTail,
  applyRecord,
  imageOfLog,
  newSlotLog,
  type SlotLog,
  slotLogOf,
} from '../../../worker/slot-log.ts';
import { recordBytes, recounted, recountedKey, weightOf } from '../../../worker/weights.ts';
import { workerLimits } from '../../sim/limits.ts';

const limits = {
  ...workerLimits,
  retentionEventsMax: 5,
  retentionBytesMax: 2_000,
  retentionMs: 50,
  idsPerKeyMax: 4,
  handledPerKeyMax: 3,
  tailRecordsMax: 8,
};

const data = fc.nat(300).map((size) => new Uint8Array(size));
const session = fc.constantFrom('s', 'session-2', 'sess-3', 's4', 's5');
const format = 'binary' as const;
const inputShape = fc.record({
  kind: fc.constant('input' as const),
  key: fc.constantFrom('a', 'user:bob', 'c'),
  id: fc.constantFrom('e1', 'event-2', 'e3', 'e4', 'e5', 'e6', 'g/s/1'),
  afterMs: fc.nat(20),
  pushes: fc.array(data, { maxLength: 2 }),
  replies: fc.array(fc.tuple(session, data), { maxLength: 2 }),
  state: fc.option(data, { nil: undefined }),
  isOutward: fc.boolean(),
  handledBy: fc.option(session, { nil: undefined }),
  presence: fc.option(fc.tuple(session, fc.boolean()), { nil: undefined }),
  strikes: fc.boolean(),
});
const otherShape = fc.oneof(
  fc.record({
    kind: fc.constant('evict' as const),
    keys: fc.subarray(['a', 'user:bob', 'nobody']),
  }),
  fc.record({ kind: fc.constant('trim' as const), agoMs: fc.nat(40) }),
  fc.record({ kind: fc.constant('strike' as const) }),
  fc.record({ kind: fc.constant('seal' as const), session }),
  fc.record({ kind: fc.constant('age' as const) }),
  fc.record({ kind: fc.constant('snapshot' as const) }),
);
type Shape =
  | (typeof inputShape extends fc.Arbitrary<infer T> ? T : never)
  | (typeof otherShape extends fc.Arbitrary<infer T> ? T : never);
const script = fc.array(fc.oneof({ weight: 6, arbitrary: inputShape }, otherShape), {
  maxLength: 60,
});

/** Owner and copy; a copy may be made anew from a snapshot at any time. */
class Pair {
  readonly owner = newSlotLog(1);
  copy = newSlotLog(1);
  #nowMs = 1_000;

  run(shape: Shape): void {
    const head = { idx: this.owner.length, term: 1 };
    switch (shape.kind) {
      case 'age':
        return ageTail(this.owner);
      case 'snapshot':
        this.copy = slotLogOf(imageOfLog(this.owner));
        return;
      case 'evict':
        return this.#apply({ ...head, kind: 'evict', keys: shape.keys });
      case 'trim':
        return this.#apply({ ...head, kind: 'trim', beforeMs: this.#nowMs - shape.agoMs });
      case 'strike':
        return this.#apply({ ...head, kind: 'strike', strikes: this.#struck() });
      case 'seal':
        return this.#apply({
          ...{ ...head, kind: 'seal', strikes: [] },
          volatileHandled: [{ key: 'a', session: shape.session, n: 9 }],
        });
      case 'input':
        return this.#input(shape);
    }
  }

  #input(shape: Extract<Shape, { kind: 'input' }>): void {
    const { key } = shape;
    this.#nowMs += shape.afterMs;
    if (!this.owner.keys.has(key)) {
      this.#apply({ kind: 'birth', idx: this.owner.length, term: 1, key });
    }
    const [who, open] = shape.presence ?? [];
    const about = { connection: 1, gateway: 'g-1@1', user: 'u' };
    const record: InputRecord = {
      ...{ kind: 'input', idx: this.owner.length, term: 1, key },
      offset: this.owner.keys.get(key)?.nextOffset ?? 0,
      ...{ atMs: this.#nowMs, inputId: shape.id, failure: '' },
      pushes: shape.pushes.map((bytes) => ({ id: 'p', type: 't', format, data: bytes })),
      replies: shape.replies.map(([to, bytes]) => ({ session: to, format, data: bytes })),
      state: shape.state,
      outward: shape.isOutward
        ? [{ to: 'out', topic: 't', type: 't', format, data: new Uint8Array(7) }]
        : [],
      handled: shape.handledBy === undefined ? undefined : { session: shape.handledBy, n: 1 },
      presence: who === undefined ? undefined : { session: who, ...about, open: open === true },
      strikes: shape.strikes ? this.#struck() : [],
    };
    this.#apply(record);
  }

  #struck(): number[] {
    return [...this.owner.outbox.keys()].slice(0, 1);
  }

  #apply(record: LogRecord): void {
    applyRecord(this.owner, record, limits);
    applyRecord(this.copy, record, limits);
  }
}

function expectRight(log: SlotLog): void {
  for (const key of log.keys.values()) expect(key.weight, key.key).to.equal(recountedKey(key));
  expect(log.weight).to.equal(recounted(log));
}

describe('the weight of a log', () => {
  it('is what a recount says after any records, snapshots and ageing, at owner and copy alike', () => {
    fc.assert(
      fc.property(script, (shapes) => {
        const pair = new Pair();
        for (const shape of shapes) {
          pair.run(shape);
          expectRight(pair.owner);
          expect(pair.copy.weight).to.equal(pair.owner.weight);
        }
        expectRight(pair.copy);
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing once every key is forgotten and everything is published', () => {
    fc.assert(
      fc.property(script, (shapes) => {
        const pair = new Pair();
        for (const shape of shapes) pair.run(shape);
        pair.run({ kind: 'evict', keys: ['a', 'user:bob', 'c'] });
        while (pair.owner.outbox.size > 0) pair.run({ kind: 'strike' });
        expect([pair.owner.weight, pair.copy.weight]).to.deep.equal([0, 0]);
      }),
      { numRuns: 100 },
    );
  });

  it('counts the tail on top, and nothing for a slot that was never used', () => {
    const pair = new Pair();
    pair.run({ kind: 'strike' });
    const { owner } = pair;
    const withTail = weightOf(owner);
    ageTail(owner);
    ageTail(owner);
    expect(withTail - weightOf(owner)).to.be.within(64, 1_000);
    expect([weightOf(undefined), weightOf(newSlotLog(0))]).to.deep.equal([0, 0]);
  });

  it('is more than the payload', () => {
    const pair = new Pair();
    const none = { replies: [], state: undefined, isOutward: false, handledBy: undefined };
    const payload = new Uint8Array(900);
    const about = { key: 'a', id: 'e1', afterMs: 0 } as const;
    const rest = { presence: undefined, strikes: false };
    pair.run({ kind: 'input', ...about, ...rest, ...none, pushes: [payload] });
    const [record] = pair.owner.keys.get('a')?.records ?? [];
    expect(record === undefined ? 0 : recordBytes(record)).to.be.greaterThan(900);
    expect(pair.owner.weight).to.be.within(2_300, 3_500);
  });
});
