/** Rule H7: what a key whose handler hangs may hold of what waits at a worker. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { workerLimits } from '../sim/limits.ts';
import { bind, event, key, message, send, start } from '../support/slot-story.ts';

const { handlerDeadlineMs, stuckEventsMax } = workerLimits;
/** Two runs overran their deadline; a tick more, for those that began between two. */
const untilStuckMs = 2 * handlerDeadlineMs + 20;

function stage(limits: Partial<WorkerLimits> = {}) {
  const { cluster, owner } = start({ handled: { event: true, message: true }, limits });
  bind(cluster, owner, 1);
  let n = 0;
  const arrive = (id: string, of = key): number => {
    n += 1;
    send(cluster, owner, 1, n, { ...event(id), key: of });
    return n;
  };
  return {
    cluster,
    owner,
    arrive,
    arriveMany: (from: number, to: number, of = key) => {
      for (let at = from; at <= to; at += 1) arrive(`e${at}`, of);
    },
    say: (of = 1) => send(cluster, owner, 1, ++n, message(of)),
    /** Lets the newest run return. */
    returns: () => cluster.ran(cluster.runs.length - 1),
    running: () => cluster.runs.at(-1)?.run.inputId,
    /** Numbers of the inputs that were refused, and those acknowledged otherwise. */
    refused: () =>
      cluster.heard('INPUT_ACK').flatMap(({ n: at, failure }) => (isRefusal(failure) ? [at] : [])),
    done: () =>
      cluster.heard('INPUT_ACK').flatMap(({ n: at, failure }) => (isRefusal(failure) ? [] : [at])),
    noted: (name: string) => cluster.notes.filter((note) => note === name).length,
  };
}

function isRefusal(failure: string): boolean {
  return failure.startsWith('stuck: handlers of this key have overrun their deadline for ');
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

describe('a stuck key (H7)', () => {
  it('keeps its oldest events waiting, and has the others refused in their order', () => {
    const { cluster, arriveMany, refused, done, running, noted } = stage();
    arriveMany(1, 20);
    cluster.advance(handlerDeadlineMs + 20);
    expect(noted('handler.overdue')).to.equal(1);
    expect(refused()).to.deep.equal([]);
    cluster.advance(handlerDeadlineMs);
    // The first has failed, the second is tried, and as many as may wait do.
    expect(done()).to.deep.equal([1]);
    expect(running()).to.equal('e/1/s/e2');
    expect(refused()).to.deep.equal(upTo(2 + stuckEventsMax + 1, 20));
    const reported = cluster.published.filter(({ topic }) => topic === `undelivered.${key}`);
    expect(reported).to.have.length(1 + refused().length);
    expect([noted('key.stuck'), noted('key.refuses')]).to.deep.equal([1, 1]);
  });

  it('has what comes meanwhile refused at the next tick, as long as its share waits', () => {
    const { cluster, arriveMany, arrive, refused } = stage();
    arriveMany(1, 2 + stuckEventsMax);
    cluster.advance(untilStuckMs);
    expect(refused()).to.deep.equal([]);
    const late = arrive('late');
    cluster.advance(10);
    expect(refused()).to.deep.equal([late]);
  });

  it('does nothing to other keys of the slot', () => {
    const { cluster, arriveMany, arrive, refused, done, returns } = stage();
    arriveMany(1, 20);
    cluster.advance(untilStuckMs);
    const before = refused().length;
    for (const id of ['b1', 'b2', 'b3']) {
      const n = arrive(id, 'user:bob');
      cluster.advance(10);
      returns();
      expect(done()).to.include(n);
    }
    expect(refused()).to.have.length(before);
  });

  it('is well again once an input is dealt with at its first attempt', () => {
    const { cluster, arriveMany, arrive, refused, done, running, returns, noted } = stage();
    arriveMany(1, 20);
    cluster.advance(untilStuckMs);
    const before = refused().length;
    returns();
    expect([noted('key.recovered'), running()]).to.deep.equal([1, 'e/1/s/e3']);
    arriveMany(21, 40);
    cluster.advance(50);
    expect(refused()).to.have.length(before);
    while (done().length + before < 40) returns();
    // What was not refused was handled in the order of its arrival.
    const kept = [...upTo(1, 2 + stuckEventsMax), ...upTo(21, 40)];
    expect(done()).to.deep.equal(kept);
    expect(cluster.runs.at(-1)?.run.inputId).to.equal('e/1/s/e40');
    arrive('next');
    returns();
    expect(done()).to.include(41);
  });

  it('stays stuck while each input takes two attempts', () => {
    const { cluster, arriveMany, refused, done, returns, noted } = stage();
    arriveMany(1, 20);
    cluster.advance(handlerDeadlineMs + 20);
    returns();
    expect(done()).to.deep.equal([1]);
    expect(noted('key.stuck')).to.equal(0);
    cluster.advance(handlerDeadlineMs + 20);
    expect(noted('key.stuck')).to.equal(1);
    expect(refused()).to.not.deep.equal([]);
    returns();
    expect(noted('key.recovered')).to.equal(0);
  });

  it('takes no event for one of its own that repeats one which waits', () => {
    const { cluster, arriveMany, arrive, refused, done, returns } = stage();
    arriveMany(1, 2 + stuckEventsMax);
    cluster.advance(untilStuckMs);
    const repeats = [arrive('e2'), arrive('e4')];
    const fresh = arrive('fresh');
    cluster.advance(10);
    expect(refused()).to.deep.equal([fresh]);
    for (let at = 0; at <= stuckEventsMax; at += 1) returns();
    // Each is handled once, and the repeats are acknowledged when they are next.
    expect(cluster.runs).to.have.length(2 + 1 + stuckEventsMax);
    expect(done()).to.have.members([...upTo(1, 2 + stuckEventsMax), ...repeats]);
  });

  it('has the repeat of a refused event refused again, also when it is well', () => {
    const { cluster, owner, arriveMany, arrive, refused, returns, noted } = stage();
    arriveMany(1, 20);
    cluster.advance(untilStuckMs);
    const before = cluster.core(owner).report(0).length;
    const whileStuck = arrive('e20');
    cluster.advance(10);
    expect(cluster.core(owner).report(0).length).to.equal(before);
    for (let at = 0; at <= stuckEventsMax; at += 1) returns();
    expect(noted('key.recovered')).to.equal(1);
    const later = arrive('e19');
    expect(refused().slice(-2)).to.deep.equal([whileStuck, later]);
    expect(cluster.runs.some(({ run }) => run.inputId === 'e/1/s/e19')).to.equal(false);
  });

  it("has no client's message refused", () => {
    const { cluster, arriveMany, say, refused, done, returns } = stage();
    arriveMany(1, 2 + stuckEventsMax);
    say();
    cluster.advance(untilStuckMs);
    expect(refused()).to.deep.equal([]);
    for (let at = 0; at <= stuckEventsMax + 1; at += 1) returns();
    expect(done()).to.deep.equal(upTo(1, 2 + stuckEventsMax + 1));
  });

  it('shares with other stuck keys what may wait', () => {
    const { cluster, arriveMany, refused } = stage();
    arriveMany(1, 10, 'user:a');
    arriveMany(1, 10, 'user:b');
    cluster.advance(untilStuckMs);
    const each = stuckEventsMax / 2;
    expect(refused()).to.deep.equal([...upTo(2 + each + 1, 10), ...upTo(12 + each + 1, 20)]);
  });
});

describe('an outage is no stuck key (H7)', () => {
  it('refuses nothing while many keys are overdue, nor for two deadlines after', () => {
    const { cluster, arriveMany, arrive, refused } = stage();
    arriveMany(1, 20);
    for (const other of ['user:b', 'user:c']) arrive('o', other);
    cluster.advance(untilStuckMs);
    expect(refused()).to.deep.equal([]);
    // The others have failed, and have nothing more to do; the first key hangs on.
    cluster.advance(2 * handlerDeadlineMs - 60);
    expect(refused()).to.deep.equal([]);
    cluster.advance(60);
    expect(refused()).to.not.deep.equal([]);
  });

  it('refuses nothing while the owner may not act', () => {
    const { cluster, arriveMany, refused, noted } = stage({ isStrict: true });
    arriveMany(1, 20);
    cluster.isZooKeeperAway = true;
    cluster.advance(2000);
    expect(noted('key.stuck')).to.equal(1);
    expect(refused()).to.deep.equal([]);
    cluster.isZooKeeperAway = false;
    cluster.advance(20);
    expect(refused()).to.not.deep.equal([]);
  });

  it('refuses nothing once the lease is out, though a handler still runs', () => {
    const { cluster, owner, arriveMany, refused } = stage({ isStrict: true });
    arriveMany(1, 20);
    cluster.advance(untilStuckMs);
    cluster.isZooKeeperAway = true;
    cluster.advance(workerLimits.leaseMs);
    const { state } = cluster.core(owner);
    expect([...state.runs.values()].map(({ queue }) => queue.stuck !== undefined)).to.eql([true]);
    const before = cluster.core(owner).report(0).length;
    arriveMany(21, 30);
    cluster.advance(10);
    expect(state.runs.size).to.equal(1);
    expect(cluster.core(owner).report(0).length).to.equal(before);
    const refusedBefore = refused().length;
    cluster.isZooKeeperAway = false;
    cluster.advance(20);
    expect(refused()).to.have.length.greaterThan(refusedBefore);
  });

  it('refuses no more than the outbox may report', () => {
    const { cluster, owner, arriveMany, refused } = stage({ outboxPerSlotMax: 3 });
    const core = cluster.core(owner);
    arriveMany(1, 20);
    const step = core.step.bind(core);
    // The bus is away: nothing is confirmed.
    core.step = (input, nowMs) => (input.kind === 'published' ? [] : step(input, nowMs));
    cluster.advance(untilStuckMs);
    expect(refused()).to.have.length(2); // the failure before them was reported, too
    cluster.advance(100);
    expect(refused()).to.have.length(2);
  });

  it('can be told never to refuse', () => {
    const { cluster, arriveMany, refused, noted } = stage({ stuckKeysMax: 0 });
    arriveMany(1, 20);
    cluster.advance(10 * handlerDeadlineMs);
    expect(noted('key.stuck')).to.equal(1);
    expect(refused()).to.deep.equal([]);
  });
});
