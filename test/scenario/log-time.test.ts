/** Wall clocks that are wrong: they decide neither what a key keeps nor for how long (rule P7). */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { InputRecord, KeyImage } from '../../link/index.ts';
import { viewOf, workerOf } from '../support/one-core.ts';

const hourMs = 3_600_000;
const adoptedAtMs = 50_000_000;

function adoptedRecord(): InputRecord {
  return {
    kind: 'input',
    idx: 1,
    term: 3,
    key: 'user:a',
    offset: 0,
    atMs: adoptedAtMs,
    inputId: 'e/1/p/1',
    pushes: [],
    replies: [],
    state: undefined,
    outward: [],
    handled: undefined,
    presence: undefined,
    failure: '',
    strikes: [],
  };
}

function imageOf(record: InputRecord): KeyImage {
  return {
    key: record.key,
    born: 0,
    nextOffset: 1,
    records: [record],
    lostBefore: 0,
    lostReplies: [],
    ids: [],
    state: undefined,
    handled: [],
    presence: [],
  };
}

/** Two time stamps by a new owner that took w-2's log over and is alone: the adopted one, and its own. */
function stampsOf(wallOffsetMs: number): readonly number[] {
  const { core, take } = workerOf('w-1@1', 1, [], wallOffsetMs);
  const hear = (message: Parameters<typeof toCopy>[0]) => take(toCopy(message));
  take({ kind: 'linked', peer: 'w-2@2', role: 'worker', connection: 1 });
  const head = { slot: 0, term: 3, stream: 1, epoch: 1 } as const;
  hear({ type: 'PROBE', ...head });
  const keys = [imageOf(adoptedRecord())];
  const image = { part: 0, isLast: true, length: 2, lastTerm: 3, keys, outbox: [] } as const;
  hear({ type: 'SNAPSHOT', ...head, ...image });
  const entry = { owner: 'w-1@1', term: 4, copies: ['w-1@1'], epoch: 1 };
  take({ kind: 'view', view: viewOf(1, ['w-1@1'], [entry]) });
  take({ kind: 'linked', peer: 'g-1@3', role: 'gateway', connection: 1 });
  const tell = (message: Parameters<typeof toOwner>[0]) => take(toOwner(message));
  tell({ type: 'BIND', slot: 0, binding: 1, term: 4, sessions: [] });
  const data = new Uint8Array();
  const about = { key: 'user:a', id: '2', type: 't', source: 'p', format: 'text', data } as const;
  const [run] = tell({
    type: 'INPUT',
    slot: 0,
    binding: 1,
    n: 1,
    input: { kind: 'event', ...about },
  }).flatMap((effect) => (effect.kind === 'run' ? effect : []));
  const outcome = {
    kind: 'returned',
    pushes: [],
    replies: [],
    state: undefined,
    outward: [],
  } as const;
  take({ kind: 'ran', token: run?.token ?? -1, outcome });
  return (
    core
      .logOf(0)
      ?.keys.get('user:a')
      ?.records.map(({ atMs }) => atMs) ?? []
  );
}

type Message = Extract<Parameters<ReturnType<typeof workerOf>['take']>[0], { kind: 'message' }>;

function toCopy(message: Message['message']): Message {
  return { kind: 'message', peer: 'w-2@2', connection: 1, message };
}

function toOwner(message: Message['message']): Message {
  return { kind: 'message', peer: 'g-1@3', connection: 1, message };
}

describe("the time of a slot's log (P7)", () => {
  for (const [wall, offsetMs] of [
    ['an hour ahead', adoptedAtMs + hourMs],
    ['an hour behind', adoptedAtMs - hourMs],
  ] as const) {
    it(`goes on where it stood at an owner whose wall clock is ${wall}`, () => {
      const [adopted, next = 0] = stampsOf(offsetMs);
      expect(adopted).to.equal(adoptedAtMs);
      expect(next - adoptedAtMs).to.be.within(0, 1_000);
    });
  }
});
