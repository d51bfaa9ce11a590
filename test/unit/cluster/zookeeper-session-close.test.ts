import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { codeOf } from '../../support/coordinator-stage.ts';
import { type FakeClock, settled } from '../../support/fake-clock.ts';
import type { HandWire } from '../../support/zookeeper/hand-wire.ts';
import { createSessionWorld, type SessionWorld } from '../../support/zookeeper/session-world.ts';

let world: SessionWorld;
let clock: FakeClock;
let wire: HandWire;
let heard: string[];

beforeEach(() => {
  world = createSessionWorld();
  ({ clock, wire, heard } = world);
});

describe('a ZooKeeper session that is closed', () => {
  const states: readonly [string, () => void | Promise<void>][] = [
    ['before it was opened', () => undefined],
    ['while it connects', () => world.open()],
    [
      'in the handshake',
      () => {
        world.open();
        wire.last.establish(1);
      },
    ],
    [
      'between two attempts',
      () => {
        world.open();
        wire.last.end('refused');
      },
    ],
    [
      'in use',
      async () => {
        world.open();
        await wire.last.accept(1);
      },
    ],
    [
      'after an expiry',
      async () => {
        world.open();
        await wire.last.accept(1);
        wire.last.end('reset');
        await clock.run(200);
        wire.last.expire();
      },
    ],
  ];
  for (const [when, reach] of states) {
    it(`${when} ends without a word or a timer`, async () => {
      await reach();
      await settled();
      heard.length = 0;
      const [first, second] = [world.session.close(), world.session.close()];
      await clock.run(1000);
      await Promise.all([first, second]);
      expect(clock.timers).to.equal(0);
      expect(wire.all.every((one) => one.isAbandoned)).to.equal(true);
      expect(await codeOf(world.ask())).to.equal('coordinator.unavailable');
      expect(heard).to.deep.equal([]);
    });
  }

  it('tells the server, and waits no longer than for a call', async () => {
    world.open();
    await wire.last.accept(1);
    const closed = world.session.close();
    expect(wire.last.isSessionClosed).to.equal(true);
    wire.last.end('closed by the server');
    await closed;
    expect(clock.timers).to.equal(0);
  });

  it('by being killed says nothing to anybody', async () => {
    world.open();
    await wire.last.accept(1);
    heard.length = 0;
    world.session.kill();
    expect(wire.last.isSessionClosed).to.equal(false);
    expect(wire.last.isAbandoned).to.equal(true);
    await clock.run(60_000);
    expect(heard).to.deep.equal([]);
    expect(clock.timers).to.equal(0);
  });
});
