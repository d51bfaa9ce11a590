import { expect } from 'chai';
import { describe, it } from 'mocha';
import { acceptor, dialler, type End, introduced, limits } from './link-end.ts';

describe('a link', () => {
  function linked(): End {
    const [from, to] = [dialler(), acceptor()];
    introduced(from, to);
    return to;
  }
  const silentMs = limits.heartbeatIntervalMs * limits.heartbeatMissesMax;

  it('dies of silence after three heartbeats, and not a moment before', () => {
    const end = linked();
    end.nowMs = silentMs - 1;
    expect(end.do({ kind: 'tick', stalledMs: 0 }).closedWith).to.equal('linked');
    end.nowMs = silentMs;
    expect(end.do({ kind: 'tick', stalledMs: 0 }).closedWith).to.equal('link.silent');
  });

  it('lives on by anything that is heard', () => {
    const end = linked();
    end.nowMs = 1000;
    end.do({ kind: 'heard' });
    end.nowMs = 1000 + silentMs - 1;
    expect(end.do({ kind: 'tick', stalledMs: 0 }).closedWith).to.equal('linked');
  });

  it('does not take its own sleep for silence of the peer', () => {
    const end = linked();
    end.nowMs = 60_000;
    expect(end.do({ kind: 'tick', stalledMs: 59_500 }).closedWith).to.equal('linked');
    end.nowMs = 60_000 + silentMs;
    expect(end.do({ kind: 'tick', stalledMs: 0 }).closedWith).to.equal('link.silent');
  });

  it('sends no frame of its own while it lives', () => {
    const end = linked();
    const before = end.effects.length;
    for (end.nowMs = 100; end.nowMs < 1400; end.nowMs += 100) {
      end.do({ kind: 'tick', stalledMs: 0 });
    }
    expect(end.effects).to.have.length(before);
  });
});
