import { expect } from 'chai';
import { describe, it } from 'mocha';
import { viewOf } from '../../../cluster/index.ts';
import { dialable, mustExit } from '../../../gateway/namesakes.ts';
import { readingOf } from '../../support/membership-script.ts';

const reading = readingOf({
  version: 3,
  live: ['n-1-4', 'w-1-5'],
  ring: ['w-1-5'],
  gateways: ['g-1-2', 'g-1-9', 'n-1-7'],
});
const view = viewOf({
  ...reading,
  live: reading.live.map((node) => ({ ...node, address: '127.0.0.1:1' })),
});

const codeOf = (id: string, boot: string | undefined, isNew = false): string | undefined =>
  mustExit(view, { id, boot, isNew })?.code;

describe('a gateway among others of its id', () => {
  it('exits when there is a later gateway, and stays when it is the latest', () => {
    expect(codeOf('g-1', 'g-1@2')).to.equal('gateway.superseded');
    expect(codeOf('g-1', 'g-1@9', true)).to.equal(undefined);
    expect(codeOf('g-1', undefined, true)).to.equal(undefined);
  });

  it('exits when a worker was there before it, however late that one booted', () => {
    expect(codeOf('n-1', 'n-1@7', true)).to.equal('gateway.id_taken');
  });

  it('stays when the worker came later, but has no link to it', () => {
    expect(codeOf('n-1', 'n-1@7')).to.equal(undefined);
    expect(dialable(view, 'n-1').map(({ boot }) => boot)).to.deep.equal(['w-1@5']);
    expect(dialable(view, 'g-1')).to.deep.equal([
      { boot: 'n-1@4', address: '127.0.0.1:1', mayLeave: true },
      { boot: 'w-1@5', address: '127.0.0.1:1', mayLeave: false },
    ]);
  });
});
