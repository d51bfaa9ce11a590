import { expect } from 'chai';
import { describe, it } from 'mocha';
import { quantileOf, spreadOf } from '../../../bench/harness/statistics.ts';

describe('statistics of a benchmark', () => {
  it('are the least, the middle and the greatest', () => {
    expect(spreadOf([3, 1, 100])).to.deep.equal({ min: 1, median: 3, max: 100 });
    expect(spreadOf([4, 2])).to.deep.equal({ min: 2, median: 3, max: 4 });
    expect(() => spreadOf([])).to.throw(RangeError);
  });

  it('have quantiles, of nothing none', () => {
    const sorted = Float64Array.from({ length: 101 }, (_, at) => at);
    expect([0, 0.5, 0.99, 1].map((part) => quantileOf(sorted, part))).to.deep.equal([
      0, 50, 99, 100,
    ]);
    expect(quantileOf([], 0.5)).to.be.NaN;
  });
});
