import { assert } from 'chai';
import { describe, it } from 'mocha';
import { placement } from '../../../../ring/placement.ts';
import { createRing } from '../../../../ring/ring.ts';
import { defaultRates } from '../../../../ring/simulate/bill.ts';
import { Load } from '../../../../ring/simulate/load.ts';
import type { Bill, StepResult } from '../../../../ring/simulate/results.ts';
import { simulate } from '../../../../ring/simulate/simulate.ts';
import { type Timeline, timelineOf } from '../../../../ring/simulate/timeline.ts';
import type { BillRates, Change } from '../../../../ring/simulate/types.ts';
import { defaultLimits } from '../../../../worker/limits.ts';
import {
  documented,
  documentedLoad,
  equalMembers,
  syntheticLoad,
} from '../../../support/simulated.ts';

/** Of the only step. */
function billOf(timeline: Timeline, load: Load): Bill {
  const [step] = simulate(timeline, load).steps;
  if (step === undefined) assert.fail();
  return step.bill;
}

function stepOf(change: Change, load: Load, rates: Partial<BillRates> = {}): StepResult {
  const [step] = simulate(timelineOf(documented, [change]), load, { rates }).steps;
  if (step === undefined) assert.fail();
  return step;
}

const { bytesPerUser, bytesPerSession } = defaultRates;
const user = (connections: number): number => bytesPerUser + connections * bytesPerSession;

describe('the bill of a step', () => {
  it('has the defaults of the workers', () => {
    for (const name of ['movesMax', 'copyBatchBytesMax', 'drainTimeoutMs'] as const) {
      assert.strictEqual(defaultRates[name], defaultLimits[name], name);
    }
  });

  it('copies nothing before a drain: heirs are successors; second copies move afterwards', () => {
    // Alice goes from w-1 to w-2 (then w-3 is the only other), bob from w-1 to w-3 (then w-2).
    const { handover } = stepOf({ kind: 'remove', ids: ['w-1'] }, documentedLoad()).bill;
    assert.strictEqual(handover.bytesBefore, 0);
    // room:42 stays with w-2; its second copy is new on w-3 only if it was on w-1.
    const second = placement(createRing(documented)).successor(9669);
    const room = second === 'w-1' ? user(4) : 0;
    assert.strictEqual(handover.bytesAfter, user(3) + user(1) + room);
    assert.deepEqual(
      [handover.closed, handover.connections, handover.usedSlots, handover.rounds],
      [0, 4, 2, 1],
    );
    assert.strictEqual(handover.seconds, 0.01);
    assert.strictEqual(handover.pauseMs, 10);
    assert.strictEqual(handover.pacedSeconds, 0.004);
    assert.deepEqual([handover.isDrainTooLong, handover.usersLost], [false, 0]);
  });

  it('copies everything to a newcomer first, which has its old owner as second copy', () => {
    const members = documented.filter(({ id }) => id !== 'w-1');
    const timeline = timelineOf(members, [{ kind: 'join', members: [{ id: 'w-1', weight: 1 }] }]);
    const { handover } = billOf(timeline, documentedLoad());
    assert.strictEqual(handover.bytesBefore, user(3) + user(1));
    assert.strictEqual(handover.connections, 4);
    assert.isAtLeast(handover.messages, 2);
  });

  it('loses nobody with one worker, and those with both copies on two', () => {
    const one = stepOf({ kind: 'crash', ids: ['w-1'] }, documentedLoad()).bill.handover;
    assert.deepEqual([one.usersLost, one.bytesBefore, one.seconds], [0, 0, 0]);
    assert.strictEqual(one.pauseMs, defaultRates.crashPauseMs);
    // Alice on w-1 and w-2.
    const two = stepOf({ kind: 'crash', ids: ['w-1', 'w-2'] }, documentedLoad()).bill.handover;
    const placed = placement(createRing(documented));
    const lost = [10_077, 1161, 9669].filter((slot) =>
      placed.order(slot, 2).every((id) => id !== 'w-3'),
    );
    assert.include(lost, 10_077);
    assert.strictEqual(two.usersLost, lost.length);
  });

  it('seals movesMax slots at a time, and says when a drain takes too long', () => {
    const load = syntheticLoad(20_000);
    const change = { kind: 'remove', ids: ['w-1'] } as const;
    const { handover } = stepOf(change, load, { movesMax: 100, movePauseMs: 20 }).bill;
    assert.strictEqual(handover.rounds, Math.ceil(handover.usedSlots / 100));
    assert.closeTo(handover.seconds, handover.rounds * 0.02, 1e-9);
    assert.isFalse(handover.isDrainTooLong);
    const limit = handover.seconds * 1000 - 1;
    const slow = stepOf(change, load, { movesMax: 100, movePauseMs: 20, drainTimeoutMs: limit });
    assert.isTrue(slow.bill.handover.isDrainTooLong);
  });

  it('reckons the storm of a system that closes sockets, at the heaviest heir', () => {
    const rates = { acceptsPerS: 2, reconnectSpreadS: 0.5, handshakeCpuMs: 3 };
    const { reconnects } = stepOf({ kind: 'remove', ids: ['w-1'] }, documentedLoad(), rates).bill;
    assert.deepEqual(reconnects, {
      closed: 4,
      heirPerS: 6,
      heaviestHeir: 'w-2',
      seconds: 1.5,
      cpuSeconds: 0.012,
    });
    const paced = stepOf({ kind: 'remove', ids: ['w-1'] }, documentedLoad(), { pacePerS: 8 });
    assert.strictEqual(paced.bill.handover.pacedSeconds, 0.5);
  });

  it('is nothing when nothing moves', () => {
    const load = new Load();
    load.add('alice');
    const timeline = timelineOf(equalMembers(3), [{ kind: 'weight', weights: { 'w-1': 1 } }]);
    const { handover, reconnects } = billOf(timeline, load);
    assert.deepEqual(
      [handover.bytesBefore, handover.bytesAfter, handover.seconds, handover.pauseMs],
      [0, 0, 0, 0],
    );
    assert.deepEqual([reconnects.closed, reconnects.seconds, reconnects.heaviestHeir], [0, 0, '']);
  });
});
