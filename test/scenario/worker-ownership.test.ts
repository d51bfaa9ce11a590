/** The worker's rules of ownership, copies and inputs, one by one, as stories about one slot. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Input } from '../../link/index.ts';
import { otherCopies } from '../../worker/slot.ts';
import { CoreCluster } from '../support/core-cluster.ts';
import {
  bind,
  epochOf,
  event,
  message,
  push,
  send,
  session,
  start,
} from '../support/slot-story.ts';

describe('replicate before effect (C2, C3)', () => {
  it('gives an unused slot an owner and nothing else', () => {
    const cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'] });
    expect(cluster.entry).to.include({ term: 1, epoch: 0 });
    expect(cluster.entry.copies).to.deep.equal([cluster.entry.owner]);
  });

  it('gives a used slot an owner and a second copy', () => {
    const { cluster, owner, replica } = start();
    expect(cluster.entry.copies).to.have.members([owner, replica]);
    expect(replica).to.not.equal('');
  });

  it('shows and acknowledges nothing before the copy has it', () => {
    const { cluster, owner, replica } = start();
    bind(cluster, owner, 1);
    cluster.keepBack(replica, owner);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('FRAME')).to.have.length(0);
    expect(cluster.heard('INPUT_ACK')).to.have.length(0);
    cluster.release(replica, owner);
    expect(cluster.heard('FRAME').map(({ offset }) => offset)).to.deep.equal([0]);
    expect(cluster.heard('INPUT_ACK').map(({ n }) => n)).to.deep.equal([1]);
  });

  it('asks a copy that is only proposed, before the proposal is sent', () => {
    const { cluster, owner, replica } = start();
    const { state } = cluster.core(owner);
    const [slot] = state.slots;
    if (slot?.own === undefined) throw new Error('the owner owns nothing');
    expect(otherCopies(state, slot, slot.own)).to.deep.equal([replica]);
    state.proposals.set(0, { ...cluster.entry, copies: [owner, 'w-9@9'] });
    expect(otherCopies(state, slot, slot.own)).to.have.members([replica, 'w-9@9']);
  });

  it('has no effects while the table names nobody but the owner, whoever holds the log', () => {
    const boots = ['w-1@1', 'w-2@2', 'w-3@3', 'w-4@4'];
    const { cluster, owner, replica } = start({ workers: boots });
    const others = boots.filter((boot) => boot !== owner && boot !== replica);
    for (const from of others) for (const to of others) if (from !== to) cluster.keepBack(from, to);
    for (const boot of [owner, replica]) cluster.crash(boot);
    cluster.advance(600);
    const { owner: heir, copies } = cluster.entry;
    expect(copies, 'the log was declared lost').to.deep.equal([heir]);
    bind(cluster, heir, 1);
    send(cluster, heir, 1, 1, event('e1'));
    cluster.isZooKeeperAway = true;
    for (const from of others) for (const to of others) if (from !== to) cluster.release(from, to);
    const { pending, slots } = cluster.core(heir).state;
    const [second = ''] = others.filter((boot) => boot !== heir);
    expect(pending?.changes.get(0)?.copies).to.deep.equal([heir, second]);
    expect(slots[0]?.own?.streams.get(second)).to.include({ synced: true, acked: 2 });
    expect(cluster.toGateway).to.deep.equal([]);
    cluster.isZooKeeperAway = false;
    cluster.input(heir, { kind: 'table.answered', outcome: 'unknown' });
    cluster.advance(50);
    expect(cluster.entry.copies).to.deep.equal([heir, second]);
    expect(cluster.heard('INPUT_ACK').map(({ n }) => n)).to.deep.equal([1]);
  });

  it('goes on alone when the only other worker is gone, and with a copy when one comes', () => {
    const { cluster, owner, replica } = start();
    cluster.crash(replica);
    cluster.advance(50);
    expect(cluster.entry.copies).to.deep.equal([owner]);
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
    cluster.join('w-3@3');
    cluster.advance(100);
    expect(cluster.entry.copies).to.include('w-3@3');
  });

  it('makes the surviving copy the owner, which has every record', () => {
    const { cluster, owner, replica } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    const { term } = cluster.entry;
    cluster.crash(owner);
    cluster.advance(300);
    expect(cluster.entry.owner).to.equal(replica);
    expect(cluster.entry.term).to.be.greaterThan(term);
    bind(cluster, replica, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    expect(cluster.heard('FRAME').map(({ binding, offset }) => [binding, offset])).to.deep.equal([
      [1, 0],
      [2, 0],
    ]);
  });
});

describe('a slot that was never used (A6)', () => {
  it('moves in one change, without copies or seals', () => {
    const cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'] });
    const { owner } = cluster.entry;
    cluster.leaveRing(owner);
    cluster.advance(100);
    expect(cluster.entry.owner).to.not.equal(owner);
    expect(cluster.entry).to.include({ term: 2, epoch: 0 });
    expect(cluster.notes).to.not.include('slot.sealing');
  });

  it('is claimed by another worker at once when its owner dies', () => {
    const cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'] });
    const { owner } = cluster.entry;
    cluster.crash(owner);
    cluster.advance(250);
    expect(cluster.entry.owner).to.not.equal(owner);
    expect(cluster.notes).to.not.include('slot.lost');
  });

  it('has no effects before the table knows of its log', () => {
    const cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'] });
    const { owner } = cluster.entry;
    cluster.isZooKeeperAway = true;
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    cluster.advance(50);
    expect(cluster.toGateway).to.deep.equal([]);
    cluster.isZooKeeperAway = false;
    cluster.reregister(owner);
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
    expect(cluster.entry.epoch).to.be.greaterThan(0);
  });
});

describe('repeats (H1, H2)', () => {
  it('acknowledges a repeat only when the original is committed', () => {
    const { cluster, owner, replica } = start();
    bind(cluster, owner, 1);
    cluster.keepBack(replica, owner);
    send(cluster, owner, 1, 1, event('e1'));
    send(cluster, owner, 1, 2, event('e1'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(0);
    cluster.release(replica, owner);
    expect(cluster.heard('INPUT_ACK').map(({ n }) => n)).to.have.members([1, 2]);
    expect(cluster.heard('FRAME')).to.have.length(1);
  });

  it('tells events of two sources apart', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    send(cluster, owner, 1, 2, { ...event('e1'), source: 'other' } as Input);
    expect(cluster.heard('FRAME')).to.have.length(2);
  });

  it('asks at the head of the queue, so that a repeat of a running input is one', () => {
    const { cluster, owner } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    send(cluster, owner, 1, 2, message(1));
    expect(cluster.runs).to.have.length(1);
    cluster.ran(0);
    expect(cluster.runs).to.have.length(1);
    expect(cluster.heard('INPUT_ACK').map(({ n }) => n)).to.have.members([1, 2]);
  });

  it('knows across a crash what was handled', () => {
    const { cluster, owner, replica } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    cluster.ran(0);
    cluster.crash(owner);
    cluster.advance(300);
    bind(cluster, replica, 2);
    send(cluster, replica, 2, 1, message(1));
    expect(cluster.runs).to.have.length(1);
    expect(cluster.heard('INPUT_ACK')).to.have.length(2);
  });
});

describe('bindings (B1–B3)', () => {
  it('takes only the next input of the open binding', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 2, event('early'));
    bind(cluster, owner, 2);
    send(cluster, owner, 1, 1, event('old'));
    expect(cluster.heard('FRAME')).to.have.length(0);
    expect(cluster.heard('MOVING').map(({ binding }) => binding)).to.deep.equal([1]);
  });

  it('refuses who is not the owner, and reads when the gateway knows more', () => {
    const { cluster, replica } = start();
    bind(cluster, replica, 1);
    expect(cluster.heard('NOT_OWNER')).to.have.length(1);
    const term = cluster.entry.term + 5;
    cluster.say(replica, { type: 'BIND', slot: 0, binding: 2, term, sessions: [] });
    expect(cluster.heard('MOVING')).to.have.length(1);
  });
});

describe('a planned move (C5, C6)', () => {
  it('goes to the ring member with everything, and keeps the old owner as a copy', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    const { term, epoch } = cluster.entry;
    cluster.leaveRing(owner);
    cluster.advance(200);
    const heir = cluster.entry.owner;
    expect(heir).to.not.equal(owner);
    expect(cluster.entry).to.include({ term: term + 1, epoch });
    expect(cluster.entry.copies).to.include(heir);
    expect(cluster.heard('MOVING').map(({ binding }) => binding)).to.deep.equal([1]);
    bind(cluster, heir, 2, [session({ epoch: epochOf(cluster), next: 1 })]);
    send(cluster, heir, 2, 1, event('e1'));
    send(cluster, heir, 2, 2, event('e2'));
    expect(cluster.heard('FRAME').map(({ offset }) => offset)).to.deep.equal([0, 1]);
  });

  it('waits for a running handler, whose record counts', () => {
    const { cluster, owner } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    const { term } = cluster.entry;
    cluster.leaveRing(owner);
    cluster.advance(30);
    expect(cluster.entry.term).to.equal(term);
    cluster.ran(0, { pushes: [push('p1')] });
    cluster.advance(100);
    const { owner: heir } = cluster.entry;
    expect(heir).to.not.equal(owner);
    bind(cluster, heir, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    const pushes = cluster.heard('FRAME').filter(({ binding }) => binding === 2);
    expect(pushes.flatMap((frame) => frame.pushes.map(({ id }) => id))).to.deep.equal(['p1']);
  });

  it('revokes a handler that outlasts the wait; its late result is thrown away', () => {
    const { cluster, owner } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    cluster.leaveRing(owner);
    cluster.advance(300);
    const { owner: heir } = cluster.entry;
    expect(heir).to.not.equal(owner);
    cluster.ran(0, { pushes: [push('late')] });
    bind(cluster, heir, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    send(cluster, heir, 2, 1, message(1));
    expect(cluster.runs.map(({ by }) => by)).to.deep.equal([owner, heir]);
    expect(cluster.heard('FRAME')).to.have.length(0);
  });
});
