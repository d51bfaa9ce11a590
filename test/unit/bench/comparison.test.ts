import { expect } from 'chai';
import { describe, it } from 'mocha';
import { inTurns, linesOf, rowsOf } from '../../../bench/harness/comparison.ts';

describe('a comparison', () => {
  it('measures the sides in turns, round by round', async () => {
    const order: number[] = [];
    await inTurns('t', ['a', 'b'], 3, async (side) => {
      order.push(side);
      return { speed: 1 };
    });
    expect(order).to.deep.equal([0, 1, 0, 1, 0, 1]);
  });

  const comparison = {
    title: 'a title',
    sides: ['a', 'b'],
    rounds: [
      [
        { speed: 10, 'latency ms': 1 },
        { speed: 20, 'latency ms': 3 },
      ],
      [
        // A slow moment hits both halves of a round, and leaves their ratio alone.
        { speed: 1, 'latency ms': 10 },
        { speed: 2, 'latency ms': 13 },
      ],
      [
        { speed: 10, 'latency ms': 1 },
        { speed: 30, 'latency ms': 2 },
      ],
    ],
  };

  it('compares within each round, and shows how far the rounds are apart', () => {
    const [speed, latency] = rowsOf(comparison);
    expect(speed?.medians).to.deep.equal([10, 20]);
    expect(speed?.ratios).to.deep.equal([{ min: 2, median: 2, max: 3 }]);
    expect(latency?.differences).to.deep.equal([{ min: 1, median: 2, max: 3 }]);
  });

  it('prints ratios, and of latencies what is added', () => {
    const lines = linesOf(comparison).map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
    expect(lines).to.deep.equal([
      'a title',
      'a | b | b / a',
      'speed | 10.0 | 20.0 | ×2.00 (×2.00 … ×3.00)',
      'latency ms | 1.00 | 3.00 | +2.00 (+1.00 … +3.00)',
    ]);
  });
});
