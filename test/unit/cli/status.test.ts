import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type RingAnswer, statusLines } from '../../../cli/status.ts';

const worker = { id: 'w-1', slots: 16, share: 1, target: 16, movesIn: 0, isDraining: false };
const ring: RingAnswer = {
  ...{ cluster: 'c', tableVersion: 7, slotCount: 16, unowned: 0, movesInFlight: 0 },
  ...{ gateways: ['g-1'], workers: [worker] },
};
const lastLine = (changes: Partial<RingAnswer>): string | undefined =>
  statusLines({ ...ring, ...changes }).at(-1);

describe('what ringway status says of the slots', () => {
  it('is that all is well when live workers own all of them', () => {
    expect(lastLine({})).to.equal('every slot has an owner, nothing is moving');
  });

  it('is not that all is well when their owner is gone', () => {
    expect(lastLine({ workers: [] })).to.equal(
      '16 of 16 with an owner that is gone, nothing is moving',
    );
    const rest = { workers: [{ ...worker, slots: 10 }], unowned: 4, movesInFlight: 4 };
    expect(lastLine(rest)).to.equal(
      '4 of 16 without owner, 2 of 16 with an owner that is gone, 4 slots are moving',
    );
  });

  it('is what a new cluster waits for', () => {
    const fresh = { unowned: 16, workers: [{ ...worker, slots: 0 }] };
    expect(lastLine(fresh)).to.include('16 of 16 without owner').and.include('--first');
    expect(lastLine({ unowned: 16, workers: [] })).to.not.include('--first');
  });
});
