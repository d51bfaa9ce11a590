import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import { ConfirmWindow } from '../../../events/confirm-window.ts';
import { createFakeClock, settled } from '../../support/fake-clock.ts';

describe('the window of unconfirmed messages', () => {
  const windowOf = (confirmWindowMax = 10) => {
    const clock = createFakeClock();
    let expiries = 0;
    const window = new ConfirmWindow({
      clock,
      confirmWindowMax,
      confirmTimeoutMs: 100,
      onExpired: () => {
        expiries += 1;
      },
    });
    const outcomes: string[] = [];
    const add = (): number => {
      let sequence = 0;
      const added = window.add((given) => {
        sequence = given;
      });
      added.then(
        () => outcomes.push(`${sequence} stored`),
        (error: { code?: string }) => outcomes.push(`${sequence} ${error.code}`),
      );
      return sequence;
    };
    return { clock, window, outcomes, add, expiries: () => expiries };
  };

  it('tells of each message what the broker told of it', async () => {
    const { window, outcomes, add } = windowOf();
    const [a, b, c] = [add(), add(), add()];
    window.returned(b);
    window.confirmed(c, false);
    window.confirmed(b, true);
    window.confirmed(a, true);
    window.confirmed(a, false);
    await settled();
    expect(outcomes).to.deep.equal(['3 bus.nacked', '2 bus.returned', '1 stored']);
  });

  it('fails all that are left in their order, and keeps no timer', async () => {
    const { window, outcomes, add, clock } = windowOf(3);
    const [, b] = [add(), add(), add()];
    expect(window.isFull).to.equal(true);
    window.confirmed(b, true);
    window.failAll(new RingwayError('bus.unavailable', 'lost'));
    await settled();
    expect(outcomes).to.deep.equal(['2 stored', '1 bus.unavailable', '3 bus.unavailable']);
    expect(window.isFull).to.equal(false);
    expect(clock.timers).to.equal(0);
  });

  it('gives the place back of what could not be sent', async () => {
    const { window, clock } = windowOf(1);
    const failure = new Error('too long');
    const thrown = await window
      .add(() => {
        throw failure;
      })
      .catch((error: unknown) => error);
    expect(thrown).to.equal(failure);
    expect(window.isFull).to.equal(false);
    expect(clock.timers).to.equal(0);
  });

  it('expires when its oldest has waited for confirmTimeoutMs, not before', () => {
    const { window, add, clock, expiries } = windowOf();
    const first = add();
    clock.advance(60);
    add();
    window.confirmed(first, true);
    clock.advance(99);
    expect(expiries()).to.equal(0);
    clock.advance(1);
    expect(expiries()).to.equal(1);
  });

  it('does not count the time in which the broker took nothing', () => {
    const { window, add, clock, expiries } = windowOf();
    add();
    clock.advance(50);
    window.setPaused(true);
    clock.advance(1000);
    window.setPaused(false);
    clock.advance(99);
    expect(expiries()).to.equal(0);
    clock.advance(101);
    expect(expiries()).to.equal(1);
  });

  it('is idle at once when empty, when the last is confirmed, and at the deadline', async () => {
    const { window, add, clock } = windowOf();
    await window.idle(100);
    const only = add();
    const idle = window.idle(100);
    window.confirmed(only, true);
    await idle;
    expect(clock.timers).to.equal(0);
    add();
    let isIdle = false;
    void window.idle(50).then(() => {
      isIdle = true;
    });
    await clock.run(49);
    expect(isIdle).to.equal(false);
    await clock.run(1);
    expect(isIdle).to.equal(true);
  });
});
