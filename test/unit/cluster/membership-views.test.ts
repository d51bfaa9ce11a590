import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  live,
  type MembershipScript,
  membershipScript,
  own,
  readingOf,
  registered,
} from '../../support/membership-script.ts';

describe('membership: the lease (rule L1)', () => {
  it('is the time at which the check of my own node was sent', () => {
    const script = membershipScript();
    script.nowMs = 100;
    script.session('connected');
    script.answerRead(1, readingOf({ version: 4 }));
    script.done(2, own);
    script.nowMs = 150;
    expect(script.done(3)).to.deep.equal(['confirmed 100']);
  });

  it('is renewed once every renewIntervalMs, counted from the sending', () => {
    const script = registered();
    expect(script.after(999)).to.deep.equal([]);
    expect(script.after(1)).to.deep.equal([`multi #5: check live/${own}`]);
    script.nowMs += 700;
    expect(script.done(5)).to.deep.equal(['confirmed 1000']);
    expect(script.after(300)).to.include(`multi #6: check live/${own}`);
  });

  it('is not confirmed by an answer that never came', () => {
    const script = registered();
    script.after(1000);
    expect(script.after(800)).to.deep.equal([]);
    expect(script.done(5)).to.deep.equal([]);
    expect(script.after(250)).to.include(`multi #6: check live/${own}`);
  });

  it('ends with a refusal: my node is gone, so the session is as good as lost', () => {
    const script = registered();
    script.after(1000);
    expect(script.refused(5)).to.deep.equal(['session lost', 'read #6']);
    expect(script.answerRead(6, readingOf({ version: 8 }))).to.deep.equal([
      'multi #7: create live w-1 w-1@7 nonce=n.2, table 8+0',
    ]);
  });

  it('is checked at once when a reading does not show me, which alone proves nothing', () => {
    const script = registered();
    script.request('read');
    const answer = script.answerRead(5, readingOf({ version: 6, live: ['w-2-1'] }));
    expect(answer).to.deep.equal(['view 6 of w-2@1', `multi #6: check live/${own}`]);
  });
});

describe('membership: views', () => {
  it('are read at once on a hint or a request, and every other renewal without one', () => {
    const script = registered();
    expect(script.changed()).to.deep.equal(['read #5']);
    expect(script.answerRead(5, readingOf({ version: 6, live }))).to.deep.equal([
      'view 6 of w-1@7 w-2@1',
    ]);
    expect(script.request('read')).to.deep.equal(['read #6']);
    script.answerRead(6, readingOf({ version: 6, live }));
    script.after(1000);
    expect(script.after(1000)).to.include('read #8');
  });

  it('are read one at a time: hints during a reading cause one more after it', () => {
    const script = registered();
    script.changed();
    expect([...script.changed(), ...script.changed(), ...script.request('read')]).to.deep.equal([]);
    expect(script.answerRead(5, readingOf({ version: 6, live }))).to.deep.equal([
      'view 6 of w-1@7 w-2@1',
      'read #6',
    ]);
    expect(script.answerRead(6, readingOf({ version: 6, live }))).to.deep.equal([
      'view 6 of w-1@7 w-2@1',
    ]);
  });

  it('never go back to an older table, but read again soon', () => {
    const script = registered();
    script.changed();
    expect(script.answerRead(5, readingOf({ version: 4, live }))).to.deep.equal([]);
    expect(script.after(250)).to.deep.equal(['read #6']);
  });

  it('take a lower version of another cluster id for news: the data was wiped (rule W1)', () => {
    const script = registered();
    script.changed();
    const answer = script.answerRead(5, readingOf({ version: 0, cluster: 'c2', live: ['w-2-0'] }));
    expect(answer[0]).to.equal('view 0 of w-2@0');
  });

  it('are read again soon after a failed reading', () => {
    const script = registered();
    script.changed();
    expect(script.fail(5)).to.deep.equal([]);
    expect(script.after(250)).to.deep.equal(['read #6']);
  });

  describe('that drop more than half of the live workers', () => {
    const five = ['w-1-7', 'w-2-1', 'w-3-2', 'w-4-3', 'w-5-4'];
    const withFive = (): MembershipScript => {
      const script = registered();
      script.changed();
      script.answerRead(5, readingOf({ version: 6, live: five }));
      script.changed();
      return script;
    };

    it('count only when a second reading says so too', () => {
      const script = withFive();
      const few = readingOf({ version: 7, live });
      expect(script.answerRead(6, few)).to.deep.equal(['read #7']);
      expect(script.answerRead(7, few)).to.deep.equal(['view 7 of w-1@7 w-2@1']);
    });

    it('are forgotten when the second reading shows them again', () => {
      const script = withFive();
      script.answerRead(6, readingOf({ version: 7, live }));
      expect(script.answerRead(7, readingOf({ version: 7, live: five }))[0]).to.match(/^view 7/);
      script.changed();
      expect(script.answerRead(8, readingOf({ version: 8, live }))).to.deep.equal(['read #9']);
    });

    it('are not meant by fewer: those count at once', () => {
      const script = withFive();
      const three = readingOf({ version: 7, live: five.slice(0, 3) });
      expect(script.answerRead(6, three)).to.deep.equal(['view 7 of w-1@7 w-2@1 w-3@2']);
    });
  });
});
