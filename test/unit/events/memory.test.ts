import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createMemoryBus } from '../../../events/index.ts';
import { busContract } from '../../support/bus-contract.ts';
import { acknowledging, eventOf, idsOf, keyIn, listener } from '../../support/bus-stage.ts';
import { createFakeClock, settled } from '../../support/fake-clock.ts';

busContract('memory', () => {
  const eventBytesMax = 1000;
  const bus = createMemoryBus({ partitions: 4, eventBytesMax });
  return {
    bus,
    eventBytesMax,
    breakChannels: () => bus.breakChannels(),
    setOutage: (isOn) => bus.setOutage(isOn),
    deadLetters: () => bus.deadLetters,
    idle: settled,
    close: () => bus.close(),
  };
});

describe('the memory bus', () => {
  const key = keyIn(0, 1);

  it('delivers and confirms never inside the call that caused it', async () => {
    const bus = createMemoryBus({ partitions: 1 });
    const reader = acknowledging();
    let isConfirmed = false;
    const published = bus.publishEvent(eventOf(key, 'a')).then(() => {
      isConfirmed = true;
    });
    bus.consume(0, 1, reader);
    expect(reader.deliveries).to.have.lengthOf(0);
    expect(isConfirmed).to.equal(false);
    await published;
    await settled();
    expect(idsOf(reader)).to.deep.equal(['a']);
  });

  it('refuses more unacknowledged events than queueEventsMax, until one is acknowledged', async () => {
    const bus = createMemoryBus({ partitions: 1, queueEventsMax: 2 });
    const reader = listener();
    bus.consume(0, 1, reader);
    await bus.publishEvent(eventOf(key, 'a'));
    await bus.publishEvent(eventOf(key, 'b'));
    const failure: unknown = await bus.publishEvent(eventOf(key, 'c')).catch((e: unknown) => e);
    expect(failure).to.include({ code: 'bus.full', retryable: true });
    expect(failure)
      .to.have.property('message')
      .that.matches(/partition 0 .* queueEventsMax/);
    expect(bus.depth(0)).to.equal(2);
    reader.deliveries[0]?.ack();
    await bus.publishEvent(eventOf(key, 'c'));
    expect(bus.depth(0)).to.equal(2);
  });

  it('stores an event whose confirm the outage swallows: it may be there afterwards', async () => {
    const clock = createFakeClock();
    const bus = createMemoryBus({ partitions: 1, clock, latencyMs: 10 });
    const failure = bus.publishEvent(eventOf(key, 'a')).catch((error: unknown) => error);
    await clock.run(10);
    bus.setOutage(true);
    await clock.run(10);
    expect(await failure).to.have.property('code', 'bus.unavailable');
    bus.setOutage(false);
    const reader = acknowledging();
    bus.consume(0, 1, reader);
    await clock.run(0);
    expect(idsOf(reader)).to.deep.equal(['a']);
    expect(clock.timers).to.equal(0);
  });

  it('delivers nothing in an outage, and everything after it, to who consumed in it', async () => {
    const bus = createMemoryBus({ partitions: 1 });
    await bus.publishEvent(eventOf(key, 'a'));
    bus.setOutage(true);
    const reader = acknowledging();
    bus.consume(0, 1, reader);
    await settled();
    expect(idsOf(reader)).to.deep.equal([]);
    bus.setOutage(false);
    await settled();
    expect(idsOf(reader)).to.deep.equal(['a']);
  });

  it('keeps the newest dead letters and outward messages, up to their bounds', async () => {
    const bus = createMemoryBus({ partitions: 1, deadLettersMax: 2, recentOutMax: 2 });
    const reader = listener();
    bus.consume(0, 10, reader);
    for (const id of ['a', 'b', 'c']) {
      await bus.publishEvent(eventOf(key, id));
      await bus.publishOut({ ...eventOf(key, id), topic: `message.${key}` });
    }
    await settled();
    for (const delivery of reader.deliveries) delivery.deadLetter('poison');
    expect(bus.deadLetters.map(({ event }) => event.id)).to.deep.equal(['b', 'c']);
    expect(bus.recentOut.map(({ id }) => id)).to.deep.equal(['b', 'c']);
    expect(bus.depth(0)).to.equal(0);
  });

  it('tells a consumer nothing once it closed, even if its channel broke just before', async () => {
    const bus = createMemoryBus({ partitions: 1 });
    const reader = listener();
    const consumer = bus.consume(0, 1, reader);
    bus.breakChannels();
    await consumer.close();
    await settled();
    expect(reader.closings).to.equal(0);
  });
});
