import { expect } from 'chai';
import { describe, it } from 'mocha';
import { judge, type Sample, slopeOf } from './samples.ts';

function samples(heap: (minute: number) => number, held = heap): readonly Sample[] {
  const nothing = { residentBytes: 0, keys: 0, visits: 0, workers: 3 };
  return Array.from({ length: 40 }, (_, at) => ({
    ...{ ...nothing, forgottenIdle: 0, forgottenEarly: 0, atMs: at * 15_000 },
    heapBytes: heap(at / 4),
    heldBytes: held(at / 4),
  }));
}

describe('the verdict of a soak', () => {
  it('finds the slope of a line through noise', () => {
    const points = Array.from({ length: 20 }, (_, x) => ({ x, y: 3 * x + (x % 2) }));
    expect(slopeOf(points)).to.be.closeTo(3, 0.05);
    expect(slopeOf([{ x: 1, y: 1 }])).to.equal(0);
  });

  it('calls flat what rose first and then stays, and what shakes', () => {
    expect(judge(samples((minute) => 1e6 * Math.min(minute, 4))).isFlat).to.equal(true);
    expect(judge(samples((minute) => 4e6 + 1e6 * Math.sin(40 * minute))).isFlat).to.equal(true);
  });

  it('does not call flat what rises, be it heap or what is accounted', () => {
    const flat = (): number => 5e6;
    const rising = (minute: number): number => 5e6 + 3e5 * minute;
    expect(judge(samples(rising, flat))).to.deep.include({ isFlat: false, heldGrowth: 0 });
    expect(judge(samples(flat, rising)).isFlat).to.equal(false);
    expect(judge(samples(rising)).heapBytesPerMinute).to.be.closeTo(3e5, 1);
  });

  it('calls nothing flat of which it has seen too little', () => {
    expect(judge(samples(() => 1).slice(0, 4)).isFlat).to.equal(false);
  });
});
