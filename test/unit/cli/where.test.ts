import { expect } from 'chai';
import { describe, it } from 'mocha';
import { whereHint, whereLines } from '../../../cli/where.ts';

const answer = {
  slot: 10_077,
  owner: 'w-1@0',
  term: 3,
  epoch: 1,
  copies: ['w-1@0', 'w-4@3'],
  target: 'w-1',
};

describe('what ringway where prints', () => {
  it('names the owner and its replica by their ids', () => {
    const lines = whereLines('user:alice', answer);
    expect(lines).to.include('  owner   w-1').and.to.include('  replica w-4');
  });

  it('says where a slot is on its way to', () => {
    const lines = whereLines('user:alice', { ...answer, target: 'w-4' });
    expect(lines).to.include('  owner   w-1, on its way to w-4');
  });

  it('hints at the key of a user when it was asked for a name', () => {
    expect(whereHint('alice')).to.include('did you mean user:alice?');
    expect(whereHint('user:alice')).to.equal(undefined);
    expect(whereHint('room:42')).to.equal(undefined);
  });

  it('does not make an unused slot look like one that lost its replica', () => {
    const unused = whereLines('user:alice', { ...answer, epoch: 0, copies: [] });
    expect(unused).to.include('  replica none yet: nobody has used the slot');
    const alone = whereLines('user:alice', { ...answer, copies: ['w-1@0'] });
    expect(alone).to.include('  replica none');
  });
});
