/** Rule C11: who evicts a dead worker, when, and what the one operation holds. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Entry } from '../../cluster/index.ts';
import type { WorkerEffect } from '../../worker/core-types.ts';
import { viewOf, workerOf } from '../support/one-core.ts';

const live = ['w-1@1', 'w-2@2', 'w-3@3'];
const used: Entry = { owner: 'w-3@3', term: 4, copies: ['w-3@3', 'w-2@2'], epoch: 4 };
const copied: Entry = { owner: 'w-1@1', term: 2, copies: ['w-1@1', 'w-3@3'], epoch: 2 };
const unused: Entry = { owner: 'w-3@3', term: 1, copies: ['w-3@3'], epoch: 0 };

const evictionIn = (effects: readonly WorkerEffect[]) =>
  effects.find((effect) => effect.kind === 'evict');

describe('the eviction of a worker whose address refuses connections (C11)', () => {
  it('is tried by the first of the living at once, by the others later', () => {
    const first = workerOf('w-1@1', 1);
    first.take({ kind: 'view', view: viewOf(1, live, [used]) });
    expect(evictionIn(first.take({ kind: 'gone', peer: 'w-3@3' }))).to.not.equal(undefined);

    const second = workerOf('w-2@2', 1);
    second.take({ kind: 'view', view: viewOf(1, live, [used]) });
    expect(evictionIn(second.take({ kind: 'gone', peer: 'w-3@3' }))).to.equal(undefined);
    const waited = [1, 2, 3, 4].map(() => evictionIn(second.take({ kind: 'tick' })));
    expect(waited.slice(0, 3)).to.deep.equal([undefined, undefined, undefined]);
    expect(waited[3]?.removes).to.deep.equal(['w-3@3']);
  });

  it('is tried by the next one when the first of the living is gone as well', () => {
    const { take } = workerOf('w-2@2', 1);
    take({ kind: 'view', view: viewOf(1, live, [used]) });
    expect(evictionIn(take({ kind: 'gone', peer: 'w-1@1' }))?.removes).to.deep.equal(['w-1@1']);
    take({ kind: 'table.answered', outcome: 'refused' });
    expect(evictionIn(take({ kind: 'gone', peer: 'w-3@3' }))?.removes).to.deep.equal(['w-3@3']);
  });

  it('gives used slots to their other copies and unused ones to their next owners', () => {
    const { take } = workerOf('w-1@1', 4);
    take({ kind: 'view', view: viewOf(1, live, [used, copied, unused, copied]) });
    const eviction = evictionIn(take({ kind: 'gone', peer: 'w-3@3' }));
    expect(eviction?.base).to.equal(1);
    expect(eviction?.changes.get(0)).to.deep.equal({ ...used, owner: 'w-2@2', term: 5 });
    expect(eviction?.changes.has(1), 'its owner lives').to.equal(false);
    const next = eviction?.changes.get(2);
    expect(next?.owner).to.be.oneOf(['w-1@1', 'w-2@2']);
    expect(next).to.deep.equal({ owner: next?.owner, term: 2, copies: [next?.owner], epoch: 0 });
    expect([...(eviction?.checks ?? [])].sort()).to.deep.equal(['w-1@1', 'w-2@2']);
  });

  it('is not tried again before a newer reading, however often the address refuses', () => {
    const { take } = workerOf('w-1@1', 1);
    take({ kind: 'view', view: viewOf(1, live, [used]) });
    take({ kind: 'gone', peer: 'w-3@3' });
    take({ kind: 'table.answered', outcome: 'refused' });
    for (let n = 0; n < 10; n += 1) {
      expect(evictionIn(take({ kind: 'gone', peer: 'w-3@3' }))).to.equal(undefined);
    }
    const again = take({ kind: 'view', view: viewOf(2, live, [used]) });
    expect(evictionIn(again)?.base).to.equal(2);
  });

  it('is left to the session when it holds the only copy of a used slot', () => {
    const { take } = workerOf('w-1@1', 1);
    const only = { ...used, copies: ['w-3@3'] };
    take({ kind: 'view', view: viewOf(1, live, [only]) });
    expect(evictionIn(take({ kind: 'gone', peer: 'w-3@3' }))).to.equal(undefined);
  });

  it('is left to the session when it holds nothing and has left the ring', () => {
    const { take } = workerOf('w-1@1', 1);
    const view = viewOf(1, live, [{ ...used, owner: 'w-1@1', copies: ['w-1@1', 'w-2@2'] }]);
    const ring = new Map([...view.ring].filter(([id]) => id !== 'w-3'));
    take({ kind: 'view', view: { ...view, ring } });
    expect(evictionIn(take({ kind: 'gone', peer: 'w-3@3' }))).to.equal(undefined);
    const member = take({ kind: 'view', view: { ...view, tableVersion: 2 } });
    expect(evictionIn(member)).to.not.equal(undefined);
  });
});
