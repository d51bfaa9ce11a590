/** A broker that freezes, runs out of memory, restarts or is killed, with events on their way. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, it } from 'mocha';
import type { Bus } from '../../../events/index.ts';
import { acknowledging, eventOf, idsOf, keyIn, listener } from '../../support/bus-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { keepConsuming, type RabbitStage, rabbitStage } from '../../support/rabbitmq/stage.ts';
import {
  describeWithOwnServers,
  type RabbitServer,
  serverStartTimeoutMs,
  sharedRabbitServer,
} from '../../support/servers/index.ts';

const key = keyIn(2, 4);
const options = { heartbeatSeconds: 1, operationTimeoutMs: 1000, connectTimeoutMs: 1000 } as const;

describeWithOwnServers('RabbitMQ in trouble', ['rabbitmq'], function () {
  this.timeout(60_000);
  let rabbit: RabbitServer;
  let stage: RabbitStage;

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    rabbit = await sharedRabbitServer();
  });

  beforeEach(async () => {
    stage = await rabbitStage(rabbit, { ...options, confirmWindowMax: 50 });
  });

  afterEach(() => stage.close());

  it('frozen (SIGSTOP): noticed by the heartbeat, and everything goes on afterwards', async () => {
    const [bus, reader] = [stage.bus, acknowledging()];
    keepConsuming(bus, 2, 10, reader);
    await bus.publishEvent(eventOf(key, 'before'));
    await eventually('delivered', () => reader.deliveries.length === 1);
    rabbit.pause();
    const during = bus.publishEvent(eventOf(key, 'during')).catch((error) => error.code);
    await eventually('noticed', () => bus.trouble === 'bus.unavailable', 10_000);
    await eventually('the consumer was told', () => reader.closings > 0, 10_000);
    expect(await during).to.equal('bus.unavailable');
    rabbit.resume();
    await publishUntilStored(bus, 'after');
    await eventually('delivered', () => idsOf(reader).includes('after'), 10_000);
    // Not confirmed is not known: it may have been stored, in its place.
    const ids = idsOf(reader).filter((id) => id !== 'during');
    expect(withoutRepeats(ids)).to.deep.equal(['before', 'after']);
  });

  it('frozen while a bus closes: the close is bounded', async () => {
    const frozen = await stage.another({ closeTimeoutMs: 300 });
    frozen.consume(3, 10, acknowledging());
    await stage.idle();
    rabbit.pause();
    const startMs = performance.now();
    await frozen.close();
    rabbit.resume();
    expect(performance.now() - startMs).to.be.lessThan(5000);
    await eventually('healthy', () => stage.bus.trouble === undefined, 10_000);
  });

  it('out of memory: publishers are told, few messages are under way, consuming goes on', async () => {
    const [bus, reader] = [stage.bus, listener()];
    const queued = ['a', 'b', 'c'];
    for (const id of queued) await bus.publishEvent(eventOf(key, id));
    await rabbit.setMemoryAlarm(true);
    try {
      const codes: unknown[] = [];
      const ids = Array.from({ length: 500 }, (_, i) => `m-${i}`);
      for (const id of ids) {
        bus.publishEvent(eventOf(key, id)).then(
          () => codes.push('stored'),
          (error) => codes.push(error.code),
        );
      }
      await eventually('blocked', () => bus.trouble === 'bus.blocked');
      await eventually('the others refused', () => codes.length === 450);
      expect(codes.filter((code) => code !== 'bus.full')).to.deep.equal([]);
      const refused = await bus.publishEvent(eventOf(key, 'x')).catch((error) => error);
      expect(refused).to.include({ code: 'bus.blocked', retryable: true });
      keepConsuming(bus, 2, 10, reader);
      await eventually('consuming', () => reader.deliveries.length === 3);
      reader.deliveries[0]?.ack();
      reader.deliveries[1]?.deadLetter('handler.failed');
      expect(codes).to.have.lengthOf(450);
      await rabbit.setMemoryAlarm(false);
      await eventually('the rest is stored', () => codes.length === 500);
      expect(codes.slice(450)).to.deep.equal(Array.from({ length: 50 }, () => 'stored'));
      await eventually('no trouble', () => bus.trouble === undefined);
      const letters = await eventually('a dead letter', async () => {
        const found = await stage.deadLetters();
        return found.length > 0 && found;
      });
      expect(letters.map(({ event }) => event.id)).to.deep.equal(['b']);
      await eventually('delivered', () => reader.deliveries.length >= 10);
      expect(idsOf(reader).slice(0, 5)).to.deep.equal(['a', 'b', 'c', 'm-0', 'm-1']);
      expect(reader.closings).to.equal(0);
    } finally {
      await rabbit.setMemoryAlarm(false);
    }
  });

  for (const [name, end] of [
    ['stopped and started', () => rabbit.stop()],
    ['killed and started', () => rabbit.kill()],
  ] as const) {
    it(`${name}: what was confirmed is there, once each and in order`, async () => {
      const { bus } = stage;
      const handled: string[] = [];
      const reader = listener();
      const stop = keepConsuming(bus, 2, 20, {
        onDelivery: (delivery) => {
          handled.push(delivery.event.id);
          delivery.ack();
        },
        onClosed: () => reader.onClosed.call(reader),
      });
      const confirmed: string[] = [];
      let isPublishing = true;
      let failures = 0;
      const publishing = (async () => {
        for (let i = 0; isPublishing; i += 1) {
          const id = `e-${i}`;
          try {
            await bus.publishEvent(eventOf(key, id));
            confirmed.push(id);
          } catch {
            failures += 1;
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      })();
      await eventually('a stream', () => confirmed.length > 100 && handled.length > 50, 20_000);
      await end();
      expect(rabbit.isRunning).to.equal(false);
      await eventually('publishing fails', () => failures > 0);
      const before = confirmed.length;
      await rabbit.start();
      await eventually('a stream again', () => confirmed.length > before + 100, 30_000);
      isPublishing = false;
      await publishing;
      await eventually('all confirmed arrive', () => handled.includes(confirmed.at(-1) ?? ''));
      expect(reader.closings).to.be.greaterThan(0);
      // Unacknowledged ones may come again, but nothing overtakes.
      const once = withoutRepeats(handled);
      expect(once.filter((id) => confirmed.includes(id))).to.deep.equal(confirmed);
      expect(once).to.deep.equal([...once].sort((a, b) => numberOf(a) - numberOf(b)));
      await stop();
      await stage.renewSide();
    });
  }
});

async function publishUntilStored(bus: Bus, id: string): Promise<void> {
  await eventually(
    `${id} is stored`,
    () =>
      bus.publishEvent(eventOf(key, id)).then(
        () => true,
        () => false,
      ),
    20_000,
  );
}

function withoutRepeats(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

function numberOf(id: string): number {
  return Number(id.slice(2));
}
