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

describe('membership: registering', () => {
  it('reads, creates the node with an empty table change, and takes the boot from its name', () => {
    const script = membershipScript();
    expect(script.session('connected')).to.deep.equal(['read #1']);
    expect(script.answerRead(1, readingOf({ version: 4 }))).to.deep.equal([
      'multi #2: create live w-1 nonce=n.1, table 4+0',
    ]);
    expect(script.done(2, own)).to.deep.equal([
      'registered w-1@7 in c1 at 5',
      `multi #3: check live/${own}`,
      'read #4',
    ]);
    expect(script.boot).to.equal('w-1@7');
  });

  it('puts a gateway into its own folder', () => {
    const script = membershipScript({ role: 'gateway', id: 'g-1' });
    script.session('connected');
    expect(script.answerRead(1, readingOf({ version: 0 }))).to.deep.equal([
      'multi #2: create gateways g-1 nonce=n.1, table 0+0',
    ]);
    expect(script.done(2, 'g-1-0000000000')).to.deep.equal([
      'registered g-1@0 in c1 at 1',
      'multi #3: check gateways/g-1-0000000000',
      'read #4',
    ]);
  });

  it('does nothing before there is a session', () => {
    const script = membershipScript();
    expect([...script.after(5000), ...script.changed(), ...script.request('read')]).to.deep.equal(
      [],
    );
  });

  it('reads again and tries again when the table has moved on', () => {
    const script = membershipScript();
    script.session('connected');
    script.answerRead(1, readingOf({ version: 4 }));
    expect(script.refused(2)).to.deep.equal(['read #3']);
    expect(script.answerRead(3, readingOf({ version: 6 }))).to.deep.equal([
      'multi #4: create live w-1 nonce=n.1, table 6+0',
    ]);
    expect(script.done(4, own)[0]).to.equal('registered w-1@7 in c1 at 7');
  });

  it('waits before it tries again after a failed call, unless a session begins', () => {
    const script = membershipScript();
    script.session('connected');
    expect(script.fail(1)).to.deep.equal([]);
    expect(script.after(249)).to.deep.equal([]);
    expect(script.after(1)).to.deep.equal(['read #2']);
    script.fail(2);
    expect(script.session('connected')).to.deep.equal(['read #3']);
  });

  it('takes a call without an answer for failed at its deadline, and its late answer for none', () => {
    const script = membershipScript();
    script.session('connected');
    script.answerRead(1, readingOf({ version: 4 }));
    expect(script.after(799)).to.deep.equal([]);
    expect(script.after(1)).to.deep.equal([]);
    expect(script.after(250)).to.deep.equal(['read #3']);
    expect(script.done(2, own)).to.deep.equal([]);
  });

  it('gives a reading the time of the six calls that it may be, for they come one by one', () => {
    const script = membershipScript();
    script.session('connected');
    expect(script.after(6 * 800 - 1)).to.deep.equal([]);
    expect(script.answerRead(1, readingOf({ version: 4 }))).to.have.lengthOf(1);
    const late = membershipScript();
    late.session('connected');
    late.after(6 * 800);
    expect(late.after(250)).to.deep.equal(['read #2']);
    expect(late.answerRead(1, readingOf({ version: 4 }))).to.deep.equal([]);
  });

  describe('when the answer of the attempt got lost', () => {
    const lost = (): MembershipScript => {
      const script = membershipScript();
      script.session('connected');
      script.answerRead(1, readingOf({ version: 4 }));
      script.fail(2);
      script.after(250);
      return script;
    };

    it('recognises its node by the nonce, and knows the version right after it', () => {
      const reading = readingOf({ version: 9, live: ['w-1-6', { name: 'w-1-7', nonce: 'n.1' }] });
      expect(lost().answerRead(3, reading)[0]).to.equal('registered w-1@7 in c1 at 5');
    });

    it('takes no other node of its id for its own', () => {
      const reading = readingOf({ version: 5, live: [{ name: 'w-1-6', nonce: 'other.1' }] });
      expect(lost().answerRead(3, reading)).to.deep.equal([
        'multi #4: create live w-1 nonce=n.1, table 5+0',
      ]);
    });

    it('tries on the same version while the reading does not show a later one', () => {
      for (const version of [4, 2]) {
        expect(lost().answerRead(3, readingOf({ version }))).to.deep.equal([
          'multi #4: create live w-1 nonce=n.1, table 4+0',
        ]);
      }
    });
  });
});

describe('membership: losing and regaining the session', () => {
  it('says so first, and registers again with the same boot in one multi (rules Z6, Z7)', () => {
    const script = registered();
    expect(script.session('lost')).to.deep.equal(['session lost']);
    expect(script.session('connected')).to.deep.equal(['read #5']);
    expect(script.answerRead(5, readingOf({ version: 8, live: ['w-2-1'] }))).to.deep.equal([
      'multi #6: create live w-1 w-1@7 nonce=n.2, table 8+0',
    ]);
    expect(script.done(6, 'w-1-0000000009')).to.deep.equal([
      'registered w-1@7 in c1 at 9',
      'multi #7: check live/w-1-0000000009',
      'read #8',
    ]);
  });

  it('takes a node of the lost session for gone, whatever a lagging follower shows', () => {
    const script = registered();
    script.session('lost');
    script.session('connected');
    const reading = readingOf({ version: 5, live: [{ name: 'w-1-7', nonce: 'n.1' }] });
    expect(script.answerRead(5, reading)).to.deep.equal([
      'multi #6: create live w-1 w-1@7 nonce=n.2, table 5+0',
    ]);
  });

  it('ignores answers that were asked for in the lost session', () => {
    const script = registered();
    script.request('read');
    script.session('lost');
    expect(script.answerRead(5, readingOf({ version: 6, live }))).to.deep.equal([]);
  });

  it('does not tell of a session lost before it was registered', () => {
    const script = membershipScript();
    script.session('connected');
    script.answerRead(1, readingOf({ version: 4 }));
    expect(script.session('lost')).to.deep.equal([]);
    expect(script.session('connected')).to.deep.equal(['read #3']);
  });

  it('keeps its registration over a suspension, and renews and reads as soon as it ends', () => {
    const script = registered();
    expect(script.session('suspended')).to.deep.equal([]);
    expect(script.session('connected')).to.deep.equal([`multi #5: check live/${own}`, 'read #6']);
  });

  it('begins a new life in new data: sequence numbers start again there', () => {
    const script = registered();
    script.session('lost');
    script.session('connected');
    const reading = readingOf({ version: 0, cluster: 'c2' });
    expect(script.answerRead(5, reading)).to.deep.equal([
      'multi #6: create live w-1 nonce=n.2, table 0+0',
    ]);
    expect(script.done(6, 'w-1-0000000000')[0]).to.equal('registered w-1@0 in c2 at 1');
  });
});
