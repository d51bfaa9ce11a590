/** Consuming partitions: every way in which a channel ends, poison, and order over all of it. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Consumer } from '../../../events/index.ts';
import {
  acknowledging,
  eventOf,
  idsOf,
  keyIn,
  listener,
  type Reader,
} from '../../support/bus-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { keepConsuming, type RabbitStage, rabbitStage } from '../../support/rabbitmq/stage.ts';
import {
  describeWithOwnServers,
  type RabbitServer,
  serverStartTimeoutMs,
  sharedRabbitServer,
} from '../../support/servers/index.ts';

const key = keyIn(2, 4);

for (const queueType of ['quorum', 'classic'] as const) {
  describeWithOwnServers(`consuming ${queueType} queues`, ['rabbitmq'], () => {
    let rabbit: RabbitServer;
    let stage: RabbitStage;

    before(async function () {
      this.timeout(serverStartTimeoutMs);
      rabbit = await sharedRabbitServer();
    });

    beforeEach(async () => {
      stage = await rabbitStage(rabbit, { queueType });
    });

    afterEach(() => stage.close());

    const publish = async (ids: readonly string[]): Promise<void> => {
      await Promise.all(ids.map((id) => stage.bus.publishEvent(eventOf(key, id))));
    };
    const received = (reader: Reader, count: number): Promise<unknown> =>
      eventually(`${count} deliveries`, () => reader.deliveries.length >= count);

    describe('a consumer whose channel ends', () => {
      /** Two deliveries are unacknowledged when `end` ends the channel; then another consumes. */
      const survives = async (end: (reader: Reader) => Promise<unknown>): Promise<void> => {
        const first = listener();
        stage.bus.consume(2, 10, first);
        await publish(['a', 'b', 'c']);
        await received(first, 3);
        first.deliveries[0]?.ack();
        await eventually('one acknowledged', async () => {
          const state = await rabbit.queue(stage.url, 'ringway.events.2');
          return state !== undefined && state.messages - state.ready === 2;
        });
        await end(first);
        await eventually('told', () => first.closings === 1);
        await publish(['d']);
        const second = acknowledging();
        const consumer = stage.bus.consume(2, 10, second);
        await received(second, 3);
        expect(idsOf(second)).to.deep.equal(['b', 'c', 'd']);
        for (const delivery of first.deliveries) delivery.ack();
        await stage.idle();
        expect(first.closings).to.equal(1);
        expect(second.closings).to.equal(0);
        await consumer.close();
      };

      it('hears of it when its connection is cut, and when the broker says goodbye', async () => {
        await survives(async () => {
          expect(await rabbit.closeConnections()).to.be.greaterThan(1);
          // The test's own connection went, too.
          await stage.renewSide();
        });
        await survives(async () => {
          expect(await rabbit.closeConnections({ abruptly: false })).to.be.greaterThan(1);
          await stage.renewSide();
        });
      });

      it('hears of it when the broker closes the channel over its deliveries’ age', async () => {
        const set = (name: string, value: number): Promise<unknown> =>
          rabbit.evaluate(`application:set_env(rabbit, ${name}, ${value}), true`);
        await set('channel_tick_interval', 100);
        await set('consumer_timeout', 300);
        try {
          await survives((reader) => eventually('closed', () => reader.closings === 1, 8000));
        } finally {
          await set('consumer_timeout', 1_800_000);
          await set('channel_tick_interval', 60_000);
        }
      });

      it('hears of it when its own listener throws, and the process goes on', async () => {
        const thrown = new Error('a bug of ours');
        const broken = listener();
        stage.bus.consume(2, 10, {
          ...broken,
          onDelivery: () => {
            throw thrown;
          },
          onClosed: () => {
            broken.closings += 1;
            throw thrown;
          },
        });
        await publish(['a', 'b']);
        await eventually('told', () => broken.closings === 1);
        const next = acknowledging();
        stage.bus.consume(2, 10, next);
        await received(next, 2);
        expect(idsOf(next)).to.deep.equal(['a', 'b']);
        const errors = stage.log.filter(({ level }) => level === 'error');
        expect(errors.map(({ event }) => event)).to.deep.equal([
          'partition.listener_failed',
          'partition.listener_failed',
        ]);
      });
    });

    it('hears that its queue was deleted, and makes it again', async () => {
      const reader = acknowledging();
      keepConsuming(stage.bus, 2, 10, reader);
      await publish(['a']);
      await received(reader, 1);
      await stage.side.channel.deleteQueue('ringway.events.2');
      await eventually('told', () => reader.closings === 1);
      await eventually('published again', () => publish(['b']).then(isDone, isNotDone));
      await received(reader, 2);
      expect(idsOf(reader)).to.deep.equal(['a', 'b']);
    });

    it('waits for a broker that is away, and is told nothing of it', async () => {
      await publish(['a']);
      stage.proxy.cut();
      const reader = acknowledging();
      const given: Reader = acknowledging();
      stage.bus.consume(2, 10, reader);
      const consumer = stage.bus.consume(3, 10, given);
      await eventually('it tries', () => stage.proxy.connections > 3);
      await consumer.close();
      stage.proxy.heal();
      await received(reader, 1);
      expect([reader.closings, given.closings]).to.deep.equal([0, 0]);
    });

    it('keeps the order when a smaller prefetch comes and goes between', async () => {
      await publish(numbered(20));
      for (const prefetch of [12, 3, 7]) {
        const passing = listener();
        const consumer = stage.bus.consume(2, prefetch, passing);
        await received(passing, prefetch);
        await stage.idle();
        expect(idsOf(passing)).to.deep.equal(numbered(20).slice(0, prefetch));
        await consumer.close();
      }
      const last = acknowledging();
      stage.bus.consume(2, 5, last);
      await received(last, 20);
      expect(idsOf(last)).to.deep.equal(numbered(20));
    });

    it('hands a partition over between processes under load, each event once and in order', async function () {
      this.timeout(30_000);
      const buses = [stage.bus, await stage.another()];
      const count = 3000;
      const handled: string[] = [];
      const consume = (turn: number): Consumer => {
        const bus = buses[turn % 2] ?? stage.bus;
        return bus.consume(2, 1 + 40 * (turn % 3), {
          onDelivery: (delivery) => {
            // Acknowledged later and in batches, as a gateway does; what closing forestalls
            // was not handled.
            setImmediate(() => {
              if (turn !== active) return;
              handled.push(delivery.event.id);
              delivery.ack();
            });
          },
          onClosed: () => handled.push('closed'),
        });
      };
      let active = 0;
      let consumer = consume(0);
      const publishing = (async () => {
        for (let i = 0; i < count; i += 100) {
          await publish(numbered(count).slice(i, i + 100));
        }
      })();
      for (let turn = 1; turn <= 8; turn += 1) {
        const until = Math.min(count - 1, turn * 300);
        await eventually(`${until} handled`, () => handled.length >= until, 20_000);
        // The next one waits already, as when two gateways disagree for a moment.
        const next = consume(turn);
        active = -1;
        const giveUp = consumer.close();
        active = turn;
        consumer = next;
        await giveUp;
      }
      await publishing;
      await eventually('all handled', () => handled.length >= count, 20_000);
      expect(handled).to.deep.equal(numbered(count));
      await consumer.close();
    });

    describe('poison', () => {
      const wellFormed = {
        contentType: 'application/json',
        messageId: 'x',
        type: 't',
        headers: { key },
      };
      const cases = [
        ['no key', { headers: {} }, '{}', /^event\.no_key: /],
        ['no id', { messageId: undefined }, '{}', /^event\.invalid: message_id/],
        ['not JSON', {}, '{', /^event\.invalid: .*JSON/],
        ['a key of another partition', { headers: { key: keyIn(3, 4) } }, '{}', /partition/],
        ['an oversized body', {}, `"${'x'.repeat(20_001)}"`, /^event\.too_large: .*eventBytesMax/],
        [
          'a broken CloudEvent',
          { contentType: 'application/cloudevents+json' },
          '{"specversion":"0.3"}',
          /^event\.invalid: specversion/,
        ],
      ] as const;
      for (const [name, change, body, reason] of cases) {
        it(`is put aside with the reason, and the others go on: ${name}`, async () => {
          const reader = acknowledging();
          stage.bus.consume(2, 1, reader);
          await publish(['a']);
          const properties = { ...wellFormed, ...change };
          await stage.side.publish({
            ...{ exchange: 'ringway.events', routingKey: '2', body, properties },
          });
          await publish(['b']);
          await received(reader, 2);
          const [letter, ...others] = await eventually('a dead letter', async () => {
            const letters = await stage.side.drain('ringway.dead');
            return letters.length > 0 && letters;
          });
          expect(letter?.properties.headers?.reason).to.match(reason);
          expect(letter?.body.toString()).to.equal(body);
          expect(letter?.routingKey).to.equal('2');
          expect(others).to.deep.equal([]);
          expect(idsOf(reader)).to.deep.equal(['a', 'b']);
          const poison = stage.log.filter(({ event }) => event === 'event.poison');
          expect(poison).to.have.lengthOf(1);
        });
      }

      it('stays in its queue until it is among the dead letters, whatever is missing', async () => {
        const { channel } = stage.side;
        const reader = listener();
        const seen = (): number => reader.deliveries.length;
        keepConsuming(stage.bus, 2, 10, reader);
        for (const [i, remove] of [
          () => channel.deleteQueue('ringway.dead'),
          () => channel.deleteExchange('ringway.dead'),
        ].entries()) {
          await publish([`bad-${i}`]);
          const before = seen();
          await received(reader, before + (i === 0 ? 1 : 0));
          await remove();
          reader.deliveries.at(-1)?.deadLetter('handler.failed');
          // With the queue gone the channel is given up, and the event comes again.
          await eventually('a dead letter', async () => {
            reader.deliveries.at(-1)?.deadLetter('handler.failed');
            const state = await rabbit.queue(stage.url, 'ringway.dead');
            return (state?.ready ?? 0) > 0;
          });
          await eventually('acknowledged', async () => {
            const state = await rabbit.queue(stage.url, 'ringway.events.2');
            return state?.messages === 0;
          });
          const letters = await stage.deadLetters();
          expect(letters.at(-1)?.event.id).to.equal(`bad-${i}`);
        }
      });
    });
  });
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `e-${i}`);
}

function isDone(): boolean {
  return true;
}

function isNotDone(): boolean {
  return false;
}
