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

describe('membership: table changes', () => {
  it('are one multi, answered once and followed by a reading (rule Z2)', () => {
    const script = registered();
    expect(script.table(5)).to.deep.equal(['multi #5: table 5+0']);
    expect(script.done(5)).to.deep.equal(['table done', 'read #6']);
    expect(script.done(5)).to.deep.equal([]);
    script.answerRead(6, readingOf({ version: 6, live }));
    script.table(5);
    expect(script.refused(7)).to.deep.equal(['table refused', 'read #8']);
  });

  it('are followed by no reading if one that began after them is under way or was answered', () => {
    const script = registered();
    script.table(5);
    expect(script.changed()).to.deep.equal(['read #6']);
    expect(script.done(5)).to.deep.equal(['table done']);
    expect(script.answerRead(6, readingOf({ version: 6, live }))).to.deep.equal([
      'view 6 of w-1@7 w-2@1',
    ]);
    script.table(6);
    script.changed();
    script.answerRead(8, readingOf({ version: 7, live }));
    expect(script.done(7)).to.deep.equal(['table done']);
  });

  it('are followed by one if that reading failed, or began before them', () => {
    const script = registered();
    script.table(5);
    script.changed();
    script.fail(6);
    expect(script.done(5)).to.deep.equal(['table done', 'read #7']);
    script.table(6);
    script.answerRead(7, readingOf({ version: 6, live }));
    expect(script.done(8)).to.deep.equal(['table done', 'read #9']);
  });

  it('are unknown when the answer got lost or is late', () => {
    const script = registered();
    script.table(5);
    expect(script.fail(5)).to.deep.equal(['table unknown']);
    script.table(5);
    expect(script.after(800)).to.include('table unknown');
    expect(script.done(6)).to.deep.equal([]);
  });

  it('are unknown once the session is lost, after the core was told of that', () => {
    const script = registered();
    script.table(5);
    expect(script.session('lost')).to.deep.equal(['session lost', 'table unknown']);
    expect(script.done(5)).to.deep.equal([]);
  });

  it('are unknown without a registration: an earlier attempt may be in force', () => {
    const script = membershipScript();
    expect(script.table(5)).to.deep.equal(['table unknown']);
    expect(script.evict([], [])).to.deep.equal(['table unknown']);
  });
});

describe('membership: evictions (rule C11)', () => {
  const seen = (): MembershipScript => {
    const script = registered();
    script.changed();
    const nodes = ['w-1-7', { name: 'w-2-9', boot: 'w-2@1' }, 'w-3-2'];
    const ring = [{ name: 'w-2-4', boot: 'w-2@1' }, 'w-3-2'];
    script.answerRead(5, readingOf({ version: 6, live: nodes, ring }));
    return script;
  };

  it('check the other copies, change the table and remove both nodes, as one', () => {
    expect(seen().evict(['w-3@2'], ['w-2@1'])).to.deep.equal([
      'multi #6: check live/w-3-0000000002, table 5+0, ' +
        'remove live/w-2-0000000009, remove ring/w-2-0000000004',
    ]);
  });

  it('are answered like any change', () => {
    const script = seen();
    script.evict(['w-3@2'], ['w-2@1']);
    expect(script.refused(6)).to.deep.equal(['table refused', 'read #7']);
  });

  it('are refused, and a reading asked for, when a process is not known as live', () => {
    expect(seen().evict(['w-4@1'], ['w-2@1'])).to.deep.equal(['table refused', 'read #6']);
    expect(seen().evict(['w-3@2'], ['w-2@0'])).to.deep.equal(['table refused', 'read #6']);
  });
});

describe('membership: the ring node', () => {
  const create = `check live/${own}, create ring w-1 w-1@7 weight=2`;
  const ring = [{ name: 'w-1-3', boot: 'w-1@7' }];

  it('is created after the registration, once, when joining was asked before', () => {
    const script = membershipScript();
    script.request('join');
    script.session('connected');
    script.answerRead(1, readingOf({ version: 4 }));
    script.done(2, own);
    expect(script.answerRead(4, readingOf({ version: 5, live }))).to.deep.equal([
      'view 5 of w-1@7 w-2@1',
      `multi #5: ${create}`,
    ]);
    expect(script.request('join')).to.deep.equal([]);
    expect(script.done(5, 'w-1-0000000003')).to.deep.equal(['read #6']);
    const after = script.answerRead(6, readingOf({ version: 5, live, ring }));
    expect(after).to.deep.equal(['view 5 of w-1@7 w-2@1']);
  });

  it('is created at once when joining is asked later', () => {
    expect(registered().request('join')).to.deep.equal([`multi #5: ${create}`]);
  });

  it('is not created twice because a reading is older than its creation', () => {
    const script = registered();
    script.changed();
    script.request('join');
    script.done(6, 'w-1-0000000003');
    const older = script.answerRead(5, readingOf({ version: 5, live }));
    expect(older).to.deep.equal(['view 5 of w-1@7 w-2@1', 'read #7']);
  });

  it('is not created twice because its answer got lost before an older reading came', () => {
    const script = registered();
    script.changed();
    script.request('join');
    script.fail(6);
    const older = script.answerRead(5, readingOf({ version: 5, live }));
    expect(older).to.deep.equal(['view 5 of w-1@7 w-2@1']);
    expect(script.after(250)).to.deep.equal(['read #7']);
  });

  it('is looked for after a lost answer, and created only if it is missing', () => {
    for (const [nodes, line] of [
      [ring, []],
      [[], [`multi #7: ${create}`]],
    ] as const) {
      const script = registered();
      script.request('join');
      script.fail(5);
      expect(script.after(250)).to.deep.equal(['read #6']);
      const answer = script.answerRead(6, readingOf({ version: 5, live, ring: nodes }));
      expect(answer.slice(1)).to.deep.equal(line);
    }
  });

  it('is removed by a drain, and stays away', () => {
    const script = registered('join');
    script.done(5, 'w-1-0000000003');
    script.answerRead(6, readingOf({ version: 5, live, ring }));
    expect(script.request('drain')).to.deep.equal(['multi #7: remove ring/w-1-0000000003']);
    expect(script.done(7)).to.deep.equal(['read #8']);
    expect(script.request('join')).to.deep.equal([]);
    const answer = script.answerRead(8, readingOf({ version: 5, live }));
    expect(answer).to.deep.equal(['view 5 of w-1@7 w-2@1']);
  });

  it('stays away after leaving until it joins again', () => {
    const script = registered('join');
    script.done(5, 'w-1-0000000003');
    script.answerRead(6, readingOf({ version: 5, live, ring }));
    expect(script.request('leave')).to.deep.equal(['multi #7: remove ring/w-1-0000000003']);
    expect(script.done(7)).to.deep.equal(['read #8']);
    const answer = script.answerRead(8, readingOf({ version: 5, live }));
    expect(answer).to.deep.equal(['view 5 of w-1@7 w-2@1']);
    expect(script.request('join')).to.deep.equal([`multi #9: ${create}`]);
  });

  it('is removed by a drain that comes while it is being created', () => {
    const script = registered('join');
    expect(script.request('drain')).to.deep.equal([]);
    script.done(5, 'w-1-0000000003');
    const answer = script.answerRead(6, readingOf({ version: 5, live, ring }));
    expect(answer.slice(1)).to.deep.equal(['multi #7: remove ring/w-1-0000000003']);
  });

  it('is one only: what a lost answer left besides is removed', () => {
    const script = registered('join');
    script.done(5, 'w-1-0000000003');
    const two = [...ring, { name: 'w-1-4', boot: 'w-1@7' }, 'w-2-1'];
    const answer = script.answerRead(6, readingOf({ version: 5, live, ring: two }));
    expect(answer.slice(1)).to.deep.equal(['multi #7: remove ring/w-1-0000000004']);
  });

  it('comes back after a new registration, unless drained', () => {
    for (const isDrained of [false, true]) {
      const script = registered('join');
      if (isDrained) script.request('drain');
      script.session('lost');
      script.session('connected');
      script.answerRead(6, readingOf({ version: 8, live: ['w-2-1'] }));
      script.done(7, 'w-1-0000000009');
      const again = ['w-2-1', { name: 'w-1-9', boot: 'w-1@7' }];
      const answer = script.answerRead(9, readingOf({ version: 9, live: again }));
      const line = 'multi #10: check live/w-1-0000000009, create ring w-1 w-1@7 weight=2';
      expect(answer.includes(line)).to.equal(!isDrained);
    }
  });
});
