/** The worker's rules of positions, handlers and the lease, as stories about one slot. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { bind, epochOf, event, key, message, send, session, start } from '../support/slot-story.ts';

describe('positions (P1–P3)', () => {
  it('puts a new session at the head and replays to a resuming one', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    for (const n of [1, 2, 3]) send(cluster, owner, 1, n, event(`e${n}`));
    const refs = [
      session({ session: 'new' }),
      session({ session: 'back', epoch: epochOf(cluster), next: 1 }),
    ];
    cluster.say(owner, { type: 'OPEN', slot: 0, binding: 1, sessions: refs });
    const granted = cluster.heard('ATTACHED').slice(1);
    expect(granted.map(({ session: id, next, recovered }) => [id, next, recovered])).to.deep.equal([
      ['new', 3, true],
      ['back', 1, true],
    ]);
    const replayed = cluster.heard('FRAME').slice(3);
    expect(replayed.map(({ offset }) => offset)).to.deep.equal([1, 2]);
  });

  const unrecovered = [
    // What is kept was handled after the loss, while it was not attached: it is owed all of it.
    {
      ...{ name: 'another epoch', ref: { epoch: 'c-9-9', next: 0 }, reason: 'epoch' },
      ...{ place: 'the first record that is kept', next: 1, replayed: [1, 2] },
    },
    {
      ...{ name: 'a position outside the window', ref: { next: 0 }, reason: 'window' },
      ...{ place: 'the head', next: 3, replayed: [] },
    },
    {
      ...{ name: 'a position that is not there yet', ref: { next: 99 }, reason: 'unknown' },
      ...{ place: 'the head', next: 3, replayed: [] },
    },
  ];
  for (const { name, ref, reason, place, next, replayed } of unrecovered) {
    it(`tells a session with ${name}, and puts it at ${place}`, () => {
      const { cluster, owner } = start({ limits: { retentionEventsMax: 2 } });
      bind(cluster, owner, 1);
      for (const n of [1, 2, 3]) send(cluster, owner, 1, n, event(`e${n}`));
      const sessions = [session({ session: 'back', epoch: epochOf(cluster), ...ref })];
      cluster.say(owner, { type: 'OPEN', slot: 0, binding: 1, sessions });
      const granted = cluster.heard('ATTACHED').at(-1);
      expect(granted).to.include({ recovered: false, reason, next });
      const shown = cluster.heard('FRAME').slice(3);
      expect(shown.map(({ offset }) => offset)).to.deep.equal(replayed);
    });
  }

  it('lets a session go on over dropped records that held nothing for it', () => {
    const limits = { retentionEventsMax: 2 };
    const { cluster, owner } = start({ handled: { message: true }, limits });
    bind(cluster, owner, 1);
    for (const n of [1, 2, 3, 4, 5]) send(cluster, owner, 1, n, message(n));
    for (const n of [0, 1, 2, 3]) cluster.ran(n);
    cluster.ran(4, { replies: [{ session: 's1', format: 'text', data: new Uint8Array(1) }] });
    const epoch = epochOf(cluster);
    bind(cluster, owner, 2, [session({ epoch }), session({ session: 's2', epoch })]);
    const granted = cluster.heard('ATTACHED').slice(1);
    expect(granted.map(({ recovered, next }) => [recovered, next])).to.deep.equal([
      [true, 0],
      [true, 0],
    ]);
    expect(cluster.heard('FRAME').at(-1)).to.include({ binding: 2, from: 0, offset: 4 });

    for (const n of [1, 2]) send(cluster, owner, 2, n, message(n + 5));
    for (const n of [5, 6]) cluster.ran(n);
    bind(cluster, owner, 3, [session({ epoch }), session({ session: 's2', epoch })]);
    const later = cluster.heard('ATTACHED').slice(3);
    expect(later.map(({ session: id, reason }) => [id, reason])).to.deep.equal([
      ['s1', 'window'],
      ['s2', ''],
    ]);
  });

  it('covers records without anything for the gateway with the next frame', () => {
    const { cluster, owner } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    cluster.ran(0);
    send(cluster, owner, 1, 2, message(2));
    cluster.ran(1, { replies: [{ session: 's1', format: 'text', data: new Uint8Array(1) }] });
    expect(cluster.heard('FRAME').map(({ from, offset }) => [from, offset])).to.deep.equal([
      [0, 1],
    ]);
  });
});

describe('handlers (H3, H4, A2)', () => {
  it('tries an overdue input once more, then records it as failed', () => {
    const { cluster, owner } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    cluster.advance(130);
    expect(cluster.runs.map(({ run }) => run.inputId)).to.deep.equal(['m/s1/1', 'm/s1/1']);
    cluster.advance(130);
    expect(cluster.heard('INPUT_ACK').map(({ failure }) => failure)).to.deep.equal(['deadline']);
    expect(cluster.published.map(({ topic }) => topic)).to.deep.equal([`undelivered.${key}`]);
  });

  it('hands the state of one input to the next', () => {
    const { cluster, owner } = start({ handled: { message: true } });
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    send(cluster, owner, 1, 2, message(2));
    cluster.ran(0, { state: Uint8Array.of(7) });
    expect(cluster.runs[1]?.run.state).to.deep.equal(Uint8Array.of(7));
  });

  it('answers volatile messages without a record', () => {
    const { cluster, owner } = start({ handled: { message: true, volatile: true } });
    bind(cluster, owner, 1);
    const before = cluster.core(owner).report(0).length;
    send(cluster, owner, 1, 1, message(1));
    cluster.ran(0, { replies: [{ session: 's1', format: 'text', data: Uint8Array.of(1) }] });
    expect(cluster.heard('SEND').map(({ session: id }) => id)).to.deep.equal(['s1']);
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
    expect(cluster.core(owner).report(0).length).to.equal(before);
  });

  it('sends a message without a handler to backends once it is committed', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    expect(cluster.published).to.deep.equal([{ id: `${key}|m/s1/1#0`, topic: `message.${key}` }]);
  });
});

describe('the lease (L1–L6)', () => {
  it('keeps an owner of two copies going while everybody answers and nobody knows more', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    cluster.isZooKeeperAway = true;
    cluster.advance(400);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
  });

  it('stops it in strict mode, and lets it go on when ZooKeeper answers again', () => {
    const { cluster, owner } = start({ limits: { isStrict: true } });
    bind(cluster, owner, 1);
    cluster.isZooKeeperAway = true;
    cluster.advance(400);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(0);
    cluster.isZooKeeperAway = false;
    cluster.advance(20);
    expect(cluster.heard('INPUT_ACK')).to.have.length(1);
  });

  it('stops it when its copy is silent', () => {
    const { cluster, owner, replica } = start();
    bind(cluster, owner, 1);
    cluster.isZooKeeperAway = true;
    cluster.keepBack(replica, owner);
    cluster.advance(400);
    send(cluster, owner, 1, 1, event('e1'));
    expect(cluster.heard('INPUT_ACK')).to.have.length(0);
  });

  it('keeps the log over a lost session and claims again', () => {
    const { cluster, owner } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, event('e1'));
    const { term, epoch } = cluster.entry;
    cluster.input(owner, { kind: 'session.lost' });
    expect(cluster.core(owner).report(0).role).to.equal('copy');
    cluster.reregister(owner);
    cluster.advance(20);
    expect(cluster.entry).to.deep.include({ owner, term: term + 1, epoch });
    bind(cluster, owner, 2, [session({ epoch: epochOf(cluster), next: 0 })]);
    expect(cluster.heard('FRAME').at(-1)?.offset).to.equal(0);
  });
});
