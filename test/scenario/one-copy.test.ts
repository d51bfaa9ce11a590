/** Owners that are set to keep one copy (rule C13): what they save, hand over, and lose. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CoreCluster } from '../support/core-cluster.ts';
import { bind, epochOf, event, message, send, session, start } from '../support/slot-story.ts';

const one = { limits: { copies: 1 } };

/** Who has a used log in memory, whatever the table says. */
function copiesHeld(cluster: CoreCluster): readonly string[] {
  return [...cluster.cores].flatMap(([boot, core]) =>
    core.logOf(0) === undefined || core.logOf(0)?.epoch === 0 ? [] : [boot],
  );
}

describe('an owner of one copy (C13)', () => {
  it('acts alone at once though another worker could hold a second copy', () => {
    const { cluster, owner } = start(one);
    expect(cluster.entry.copies).to.deep.equal([owner]);
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('INPUT_ACK').map(({ n }) => n)).to.deep.equal([1]);
    expect(cluster.heard('FRAME').map(({ offset }) => offset)).to.deep.equal([0]);
    cluster.advance(500);
    expect(cluster.entry.copies).to.deep.equal([owner]);
    expect(copiesHeld(cluster)).to.deep.equal([owner]);
  });

  it('leaves nothing to be looked at again once it has what it wants', () => {
    const { cluster, owner } = start(one);
    cluster.advance(50);
    expect(cluster.core(owner).state.unsettled.size).to.equal(0);
  });

  it('has no effects before the table knows of its log', () => {
    const cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'], ...one });
    const { owner } = cluster.entry;
    cluster.isZooKeeperAway = true;
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    cluster.advance(50);
    expect(cluster.toGateway).to.deep.equal([]);
  });

  it('stops with its lease: nobody else could say that it was deposed (L2)', () => {
    const { cluster, owner } = start(one);
    bind(cluster, owner, 1);
    cluster.isZooKeeperAway = true;
    cluster.advance(100);
    send(cluster, owner, 1, 1, event('in time'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
    cluster.advance(150);
    send(cluster, owner, 1, 2, event('too late'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
    cluster.isZooKeeperAway = false;
    cluster.advance(10);
    expect(cluster.heard('INPUT_ACK')).to.have.length(2);
  });
});

describe('a planned move of a log with one copy (C6, C13)', () => {
  it('loses and repeats nothing, and leaves the log at the new owner alone', () => {
    const { cluster, owner } = start(one);
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    const { term, epoch } = cluster.entry;
    cluster.leaveRing(owner);
    cluster.advance(200);
    const heir = cluster.entry.owner;
    expect(heir).to.not.equal(owner);
    expect(cluster.entry).to.deep.include({ term: term + 1, epoch, copies: [heir] });
    expect(copiesHeld(cluster)).to.deep.equal([heir]);
    expect(cluster.core(owner).isEmpty()).to.equal(true);
    bind(cluster, heir, 2, [session({ epoch: epochOf(cluster), next: 1 })]);
    send(cluster, heir, 2, 1, event('e1'));
    send(cluster, heir, 2, 2, event('e2'));
    expect(cluster.heard('FRAME').map(({ offset }) => offset)).to.deep.equal([0, 1]);
    expect(cluster.heard('INPUT_ACK')).to.have.length(3);
  });

  it('goes back to the old owner when the target leaves before it knows of the swap', () => {
    const { cluster, owner } = start(one);
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    const target = [...cluster.cores.keys()].find((boot) => boot !== owner) ?? '';
    cluster.leaveRing(owner);
    const wrote = (): boolean => cluster.entry.owner === target;
    for (let ms = 0; ms < 200 && !wrote(); ms += 10) {
      if (cluster.entry.copies.includes(target)) cluster.blind.add(target);
      cluster.advance(10);
    }
    expect(cluster.entry).to.deep.include({ owner: target, copies: [target, owner] });
    cluster.crash(target);
    cluster.advance(300);
    expect(cluster.entry).to.deep.include({ owner, copies: [owner] });
    expect(cluster.notes).to.not.include('slot.lost');
    bind(cluster, owner, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    expect(cluster.heard('FRAME').filter(({ binding }) => binding === 2)).to.have.length(1);
  });

  it('waits for the target to have everything: until then both confirm', () => {
    const { cluster, owner, replica } = start(one);
    const target = [...cluster.cores.keys()].find((boot) => boot !== owner) ?? '';
    expect(replica).to.equal('');
    bind(cluster, owner, 1);
    cluster.keepBack(target, owner);
    cluster.leaveRing(owner);
    cluster.advance(30);
    send(cluster, owner, 1, 1, event('e1'));
    cluster.advance(30);
    expect(cluster.entry.owner).to.equal(owner);
    cluster.release(target, owner);
    cluster.advance(200);
    expect(cluster.entry).to.deep.include({ owner: target, copies: [target] });
    expect(cluster.core(target).logOf(0)?.keys.get('user:alice')?.nextOffset).to.equal(1);
  });

  it('takes the second copy back when the target is not wanted any more', () => {
    const { cluster, owner } = start(one);
    const target = [...cluster.cores.keys()].find((boot) => boot !== owner) ?? '';
    cluster.keepBack(owner, target);
    cluster.leaveRing(owner);
    cluster.advance(30);
    cluster.crash(target);
    cluster.advance(50);
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
    expect(cluster.entry.copies).to.deep.equal([owner]);
  });
});

describe('the death of a worker that held the only copy', () => {
  it('is a declared loss after the hold-off, and the client is told', () => {
    const { cluster, owner } = start(one);
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    const epoch = epochOf(cluster);
    cluster.crash(owner);
    cluster.advance(350);
    expect(cluster.entry.owner, 'within the hold-off it might come back').to.equal(owner);
    cluster.advance(150);
    const heir = cluster.entry.owner;
    expect(heir).to.not.equal(owner);
    expect(cluster.notes).to.include('slot.lost');
    bind(cluster, heir, 2, [session({ epoch, next: 1 })]);
    expect(cluster.heard('ATTACHED').at(-1)).to.include({ reason: 'epoch' });
    send(cluster, heir, 2, 1, event('e2'));
    expect(cluster.heard('FRAME').at(-1)).to.include({ binding: 2, offset: 0 });
  });

  it('is none for a slot that was being moved: the target has the whole log', () => {
    const { cluster, owner } = start({ ...one, handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    // A handler that runs keeps the seal waiting, so that both are copies for a while.
    send(cluster, owner, 1, 2, message(1));
    cluster.leaveRing(owner);
    cluster.advance(30);
    const heir = cluster.entry.copies.find((copy) => copy !== owner) ?? '';
    expect(heir).to.not.equal('');
    cluster.crash(owner);
    cluster.advance(300);
    expect(cluster.entry).to.deep.include({ owner: heir, copies: [heir] });
    expect(cluster.notes).to.not.include('slot.lost');
    bind(cluster, heir, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    expect(cluster.heard('FRAME').filter(({ binding }) => binding === 2)).to.have.length(1);
  });
});

describe('owners of one and of two copies in one cluster', () => {
  const mixed = (copiesOfFirst: number) => ({
    workers: ['w-1@1'],
    limitsOf: (boot: string) => ({ copies: boot === 'w-1@1' ? copiesOfFirst : 3 - copiesOfFirst }),
  });

  it('give a second copy to whoever wants one, when one of them takes over from the other', () => {
    const { cluster, owner } = start(mixed(1));
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    cluster.join('w-2@2');
    cluster.join('w-3@3');
    cluster.advance(100);
    cluster.leaveRing('w-1@1');
    cluster.advance(300);
    expect(cluster.entry.owner).to.be.oneOf(['w-2@2', 'w-3@3']);
    expect(cluster.entry.copies).to.have.length(2);
    bind(cluster, cluster.entry.owner, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    expect(cluster.heard('FRAME').filter(({ binding }) => binding === 2)).to.have.length(1);
  });

  it('drop the second copy where the new owner wants none', () => {
    const { cluster } = start(mixed(2));
    bind(cluster, 'w-1@1', 1);
    send(cluster, 'w-1@1', 1, 1, event('e1'));
    cluster.join('w-2@2');
    cluster.join('w-3@3');
    cluster.advance(200);
    cluster.leaveRing('w-1@1');
    cluster.advance(300);
    expect(cluster.entry.owner).to.be.oneOf(['w-2@2', 'w-3@3']);
    expect(cluster.entry.copies).to.deep.equal([cluster.entry.owner]);
    expect(cluster.core('w-1@1').isEmpty()).to.equal(true);
  });
});
