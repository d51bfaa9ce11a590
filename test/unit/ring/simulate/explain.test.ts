import { assert } from 'chai';
import { describe, it } from 'mocha';
import { explainKey, movedKeys, movedSlots } from '../../../../ring/simulate/explain.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import { timelineOf } from '../../../../ring/simulate/timeline.ts';
import { documented, documentedLoad, refusalOf } from '../../../support/simulated.ts';

describe('an explanation', () => {
  const timeline = timelineOf(documented, [
    { kind: 'add', count: 1, weight: 1 / 160 },
    { kind: 'remove', ids: ['w-1'] },
    { kind: 'join', members: [{ id: 'w-1', weight: 1 }] },
  ]);

  it('follows a key through every step', () => {
    const explained = explainKey(timeline, 'user:bob');
    assert.deepEqual(explained, {
      key: 'user:bob',
      hash: 304_470_010,
      slot: 1161,
      position: 304_480_256,
      ownerBefore: 'w-1',
      ownerAfter: 'w-1',
      successorBefore: 'w-3',
      successorAfter: 'w-3',
      movedBy: [
        { step: 2, label: 'remove w-1', from: 'w-1', to: 'w-3', isToSuccessor: true },
        { step: 3, label: 'join w-1', from: 'w-3', to: 'w-1', isToSuccessor: false },
      ],
    });
  });

  it('agrees with the slots and keys that a step moves', () => {
    const load = documentedLoad();
    const slots = movedSlots(timeline, 2);
    assert.strictEqual(slots.length, simulate(timeline, load).steps[1]?.movement.moved.slots);
    assert.deepEqual(
      [...movedKeys(timeline, load, 2)],
      [
        { key: 'user:alice', from: 'w-1', to: 'w-2' },
        { key: 'user:bob', from: 'w-1', to: 'w-3' },
      ],
    );
    const net = simulate(timeline, load).net.moved.slots;
    assert.strictEqual(movedSlots(timeline, 0).length, net);
    assert.strictEqual(refusalOf(() => movedSlots(timeline, 4)).code, 'ring.bad_option');
  });
});
