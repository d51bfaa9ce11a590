import { expect } from 'chai';
import { describe, it } from 'mocha';
import { present } from '../../../base/index.ts';
import { LinkError } from '../../../link/errors.ts';
import {
  decodeHandshake,
  encodedHandshake,
  type HandshakeMessage,
} from '../../../link/handshake.ts';
import { framed, framesIn } from './bytes.ts';
import { acceptor, dialler, End, gateway, introduced, limits, worker } from './link-end.ts';

describe('the handshake', () => {
  it('links the two, and each knows the other', () => {
    const [from, to] = [dialler(), acceptor()];
    introduced(from, to);
    from.hears(to.said);
    expect(from.state).to.deep.include({ phase: 'linked', peer: worker });
    expect(to.state).to.deep.include({ phase: 'linked', peer: gateway });
    expect(from.kinds).to.deep.equal(['say', 'say', 'up']);
    expect(to.kinds).to.deep.equal(['say', 'admit', 'say', 'up']);
  });

  it('refuses a dialler with another secret, and says nothing of its own proof', () => {
    const [from, to] = [dialler({ secret: 'another secret altogether' }), acceptor()];
    introduced(from, to);
    expect(to.closedWith).to.equal('link.auth_failed');
    expect(to.said).to.deep.include({ type: 'REFUSED', refusal: 'auth', mac: undefined });
    expect(to.kinds).not.to.include('up');
    expect(from.hears(to.said).closedWith).to.equal('link.auth_failed');
  });

  it('does not believe an acceptor with another secret', () => {
    const [from, to] = [dialler(), acceptor()];
    introduced(from, to);
    from.hears({ type: 'WELCOME', mac: Buffer.alloc(32, 3) });
    expect(from.closedWith).to.equal('link.auth_failed');
    expect(from.kinds).not.to.include('up');
  });

  it("does not take the dialler's own proof as the acceptor's", () => {
    const [from, to] = [dialler(), acceptor()];
    to.hears(from.said);
    from.hears(to.said);
    const proof = from.said;
    if (proof.type !== 'PROOF') throw new Error('no PROOF');
    expect(from.hears({ type: 'WELCOME', mac: proof.mac }).closedWith).to.equal('link.auth_failed');
  });

  it('refuses a HELLO and PROOF that were recorded earlier: the nonce is another', () => {
    const [from, first] = [dialler(), acceptor({ nonce: Buffer.alloc(32, 4) })];
    first.hears(from.said);
    const hello = from.said;
    from.hears(first.said);
    const proof = from.said;
    expect(first.hears(proof).closedWith).to.equal('linked');

    const second = acceptor({ nonce: Buffer.alloc(32, 5) })
      .hears(hello)
      .hears(proof);
    expect(second.closedWith).to.equal('link.auth_failed');
  });

  it('covers every field of both openings by the proofs', () => {
    const changes: readonly object[] = [
      { role: 'worker' },
      { boot: 'g-1@8' },
      { cluster: 'c2' },
      { nonce: Buffer.alloc(32, 8) },
      { to: 'w-3@13' },
    ];
    for (const change of changes) {
      const [from, to] = [dialler(), acceptor()];
      to.hears({ ...from.said, ...change } as HandshakeMessage);
      from.hears(to.said);
      to.hears(from.said);
      expect(to.closedWith, JSON.stringify(change)).to.equal('link.auth_failed');
      if ('to' in change) continue;
      const theirs = 'role' in change ? { role: 'gateway' } : change;
      const [again, other] = [dialler(), acceptor()];
      other.hears(again.said);
      again.hears({ ...other.said, ...theirs } as HandshakeMessage);
      other.hears(again.said);
      expect(other.closedWith, JSON.stringify(change)).to.equal('link.auth_failed');
    }
  });

  it('tells both ends of another cluster, once each knows that the other has the secret', () => {
    const [from, to] = [dialler(), acceptor({ me: { ...worker, cluster: 'c2' } })];
    introduced(from, to);
    expect(to.effects).to.deep.include({ kind: 'foreign', peer: gateway.boot });
    expect(to.closedWith).to.equal('link.foreign_cluster');
    from.hears(to.said);
    expect(from.effects).to.deep.include({ kind: 'foreign', peer: worker.boot });
    expect(from.closedWith).to.equal('link.foreign_cluster');
  });

  it('says nothing of another cluster when the secret is another too, or the proof is missing', () => {
    const stranger = dialler({ me: { ...gateway, cluster: 'c2' }, secret: 'x'.repeat(20) });
    const to = acceptor();
    introduced(stranger, to);
    expect(to.kinds).not.to.include('foreign');

    const [from, fake] = [dialler(), acceptor({ me: { ...worker, cluster: 'c2' } })];
    fake.hears(from.said);
    from.hears(fake.said);
    from.hears({ type: 'REFUSED', refusal: 'foreign_cluster', detail: '', mac: undefined });
    expect(from.closedWith).to.equal('link.foreign_cluster');
    expect(from.kinds).not.to.include('foreign');
  });

  it('tells the dialler that a later boot answers at the address', () => {
    const [from, to] = [dialler({ wanted: 'w-3@4' }), acceptor()];
    introduced(from, to);
    expect(to.closedWith).to.equal('link.wrong_boot');
    from.hears(to.said);
    expect(from.effects).to.deep.include({
      kind: 'superseded',
      older: 'w-3@4',
      newer: 'w-3@12',
    });
  });

  it('does not call another member, or an earlier boot, a successor', () => {
    for (const wanted of ['w-4@4', 'w-3@13']) {
      const [from, to] = [dialler({ wanted }), acceptor()];
      introduced(from, to);
      from.hears(to.said);
      expect(from.closedWith).to.equal('link.wrong_boot');
      expect(from.kinds).not.to.include('superseded');
    }
  });

  it('ends at the deadline in every phase before the link, and not before', () => {
    const to = acceptor();
    const waiting = [dialler(), acceptor(), acceptor().hears(dialler().said)];
    const [from] = [dialler()];
    from.hears(to.hears(from.said).said);
    for (const end of [...waiting, from]) {
      end.nowMs = limits.handshakeTimeoutMs - 1;
      expect(end.do({ kind: 'tick', stalledMs: 0 }).state.phase).not.to.equal('closed');
      end.nowMs = limits.handshakeTimeoutMs;
      expect(end.do({ kind: 'tick', stalledMs: 0 }).closedWith).to.equal('link.handshake_timeout');
    }
    const connecting = new End({ me: gateway, wanted: worker.boot });
    connecting.nowMs = limits.connectTimeoutMs;
    expect(connecting.do({ kind: 'tick', stalledMs: 0 }).closedWith).to.equal(
      'link.handshake_timeout',
    );
  });

  it('refuses everything that is said out of turn', () => {
    const mac = Buffer.alloc(32);
    const hello = dialler().said;
    const challenge = acceptor().hears(hello).said;
    const cases: readonly [End, HandshakeMessage][] = [
      [acceptor(), { type: 'PROOF', mac }],
      [acceptor(), { type: 'WELCOME', mac }],
      [acceptor(), challenge],
      [acceptor().hears(hello), hello],
      [dialler(), { type: 'WELCOME', mac }],
      [dialler(), { type: 'PROOF', mac }],
      [dialler(), hello],
    ];
    for (const [end, message] of cases) {
      expect(end.hears(message).closedWith, message.type).to.equal('link.unexpected_type');
    }
  });

  it('stays closed, whatever comes', () => {
    const end = acceptor().do({ kind: 'failed', error: new LinkError('link.reset', 'x') });
    const before = end.effects.length;
    end.hears(dialler().said).do({ kind: 'tick', stalledMs: 0 }).do({ kind: 'heard' });
    expect(end.closedWith).to.equal('link.reset');
    expect(end.effects).to.have.length(before);
  });

  it('answers another version with a refusal that names both', () => {
    const hello = encodedHandshake(dialler().said, 1024);
    hello.writeUInt16BE(2, 10);
    const [frame] = framesIn(hello);
    let error: unknown;
    try {
      decodeHandshake(present(frame, 'frame'));
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof LinkError)) throw new Error('taken');
    expect(error.code).to.equal('link.version_unsupported');
    const end = acceptor().do({ kind: 'failed', error });
    expect(end.said).to.deep.include({
      type: 'REFUSED',
      refusal: 'version',
      detail: 'peer speaks version 2, this process 1',
    });
    expect(dialler().hears(end.said).closedWith).to.equal('link.version_unsupported');
  });

  it('reads version before the rest, which may be laid out differently', () => {
    const [frame] = framesIn(framed(0x01, Buffer.from('524757590009', 'hex')));
    expect(() => decodeHandshake(present(frame, 'frame'))).to.throw(LinkError, 'version 9');
  });

  it('keeps its refusal within the limit, however long the words of the peer', () => {
    const long = 'ü'.repeat(200);
    const to = acceptor({ me: { ...worker, cluster: `${long}!` } });
    const from = dialler({ me: { ...gateway, boot: `${long}@1`, cluster: long } });
    introduced(from, to);
    expect(to.closedWith).to.equal('link.foreign_cluster');
    expect(encodedHandshake(to.said, 1024).length).to.be.below(1024);
  });
});
