import { expect } from 'chai';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { createFlapGuard } from '../../../worker/flaps.ts';

const limits = { flapsMax: 2, flapWindowMs: 1000, flapWaitMs: 100, flapWaitMaxMs: 350 };
const guardAfter = (...flapsAtMs: number[]) => {
  const guard = createFlapGuard(limits, seededRandom(1));
  for (const atMs of flapsAtMs) guard.flapped(atMs);
  return guard;
};

describe('a flapping worker', () => {
  it('enters at once up to flapsMax starts in the window', () => {
    expect(guardAfter(0, 10).waitMs(20)).to.equal(0);
  });

  it('waits from then on, longer each time, up to the bound', () => {
    const flaps = [0, 1, 2];
    for (const ceilingMs of [100, 200, 350, 350]) {
      expect(guardAfter(...flaps).waitMs(5)).to.be.within(ceilingMs / 2, ceilingMs);
      flaps.push(flaps.length);
    }
  });

  it('is forgiven after the window', () => {
    const guard = guardAfter(0, 1, 2, 3);
    expect(guard.waitMs(999)).to.be.above(0);
    expect(guard.waitMs(1002)).to.equal(0);
  });

  it('never waits beyond the bound, however often it flaps', () => {
    const guard = guardAfter(...Array.from({ length: 10_000 }, (_, n) => n / 100));
    expect(guard.waitMs(100)).to.be.within(175, 350);
  });

  it('does not wait the same time as another one', () => {
    const [a, b] = [1, 2].map((seed) => {
      const guard = createFlapGuard(limits, seededRandom(seed));
      for (const atMs of [0, 1, 2]) guard.flapped(atMs);
      return guard.waitMs(3);
    });
    expect(a).not.to.equal(b);
  });
});
