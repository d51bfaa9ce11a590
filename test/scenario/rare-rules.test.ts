/**
 * Rules that random schedules need too rarely to prove them, each as a story: with the rule left
 * out the core does the harm that the rule is there to prevent.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { LinkMessage } from '../../link/index.ts';
import { viewOf, workerOf } from '../support/one-core.ts';

const live = ['w-1@1', 'w-2@2'];

describe('the match of terms (S1)', () => {
  /** An owner, with one record of term 1, learns that w-2 has one of term 7 in its place. */
  function answerTo(plants: readonly string[]): readonly string[] {
    const { take } = workerOf('w-1@1', 1, plants);
    const entry = { owner: 'w-1@1', term: 1, copies: ['w-1@1'], epoch: 1 };
    take({ kind: 'view', view: viewOf(1, live, [entry]) });
    take({ kind: 'tick' });
    take({ kind: 'linked', peer: 'g-1@3', role: 'gateway', connection: 1 });
    const session = { session: 's', connection: 1, key: 'user:a', epoch: '', next: 0 };
    const bind = { type: 'BIND', slot: 0, binding: 1, term: 1, sessions: [session] } as const;
    take({ kind: 'message', peer: 'g-1@3', connection: 1, message: bind });
    const probe = take({ kind: 'linked', peer: 'w-2@2', role: 'worker', connection: 1 }).flatMap(
      (effect) => (effect.kind === 'send' && effect.message.type === 'PROBE' ? effect.message : []),
    )[0];
    const { stream = 0 } = probe ?? {};
    const probed = { type: 'PROBED', slot: 0, term: 1, stream, epoch: 1, length: 1, lastTerm: 7 };
    const message = probed as LinkMessage;
    return take({ kind: 'message', peer: 'w-2@2', connection: 1, message }).flatMap((effect) =>
      effect.kind === 'send' && effect.peer === 'w-2@2' ? effect.message.type : [],
    );
  }

  it('replaces a copy whose newest record is not mine', () => {
    expect(answerTo([])).to.include('SNAPSHOT');
  });

  it('is what stands between two logs that differ in the middle', () => {
    expect(answerTo(['no-term-match'])).not.to.include('SNAPSHOT');
  });
});

describe('a table older than what a message said (Z4)', () => {
  /** A copy of w-2's term 3 reads a table in which it still owned the slot itself. */
  function roleAfter(plants: readonly string[]): string {
    const { core, take } = workerOf('w-1@1', 1, plants);
    const hear = (message: LinkMessage) =>
      take({ kind: 'message', peer: 'w-2@2', connection: 1, message });
    take({ kind: 'linked', peer: 'w-2@2', role: 'worker', connection: 1 });
    const head = { slot: 0, term: 3, stream: 1, epoch: 1 } as const;
    hear({ type: 'PROBE', ...head });
    const image = { part: 0, isLast: true, length: 1, lastTerm: 3, keys: [], outbox: [] } as const;
    hear({ type: 'SNAPSHOT', ...head, ...image });
    const older = { owner: 'w-1@1', term: 2, copies: ['w-1@1', 'w-2@2'], epoch: 1 };
    take({ kind: 'view', view: viewOf(1, live, [older]) });
    return core.report(0).role;
  }

  it('makes nobody owner', () => {
    expect(roleAfter([])).to.equal('copy');
  });

  it('would make a second owner without the rule', () => {
    expect(roleAfter(['older-table'])).to.equal('owner');
  });
});

describe('the hold-off (C1b)', () => {
  it('declares a loss only after it, to the target, with a new epoch', () => {
    const { take } = workerOf('w-1@1', 1);
    const lost = { owner: 'w-2@2', term: 1, copies: ['w-2@2'], epoch: 1 };
    const claims = () =>
      take({ kind: 'tick' }).flatMap((effect) =>
        effect.kind === 'table' ? [effect.changes.get(0)] : [],
      );
    take({ kind: 'view', view: viewOf(1, ['w-1@1'], [lost]) });
    const early = Array.from({ length: 12 }, claims).flat(); // 30 ms each
    expect(early).to.deep.equal([]);
    const [claim] = Array.from({ length: 12 }, claims).flat();
    expect(claim).to.deep.equal({ owner: 'w-1@1', term: 2, copies: ['w-1@1'], epoch: 2 });
  });
});
