/**
 * What every `Bus` must do, as tests over nothing but its interface and a few faults. The
 * in-memory one and RabbitMQ both run it, so time in here is real time.
 */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Bus, BusEvent } from '../../events/index.ts';
import {
  acknowledging,
  type BusStage,
  eventOf,
  idsOf,
  keyIn,
  listener,
  type Reader,
} from './bus-stage.ts';
import { eventually } from './eventually.ts';

export type { BusStage } from './bus-stage.ts';

export function busContract(name: string, makeStage: () => BusStage | Promise<BusStage>): void {
  describe(`${name} as a bus`, () => {
    let stage: BusStage;
    let bus: Bus;
    let key: string;

    beforeEach(async () => {
      stage = await makeStage();
      bus = stage.bus;
      key = keyIn(2, bus.partitions);
    });

    afterEach(() => stage.close());

    const publish = (ids: readonly string[]): Promise<unknown> =>
      Promise.all(ids.map((id) => bus.publishEvent(eventOf(key, id))));
    const consume = (reader: Reader, prefetch = 100) => bus.consume(2, prefetch, reader);
    const received = (reader: Reader, count: number) =>
      eventually(`${count} deliveries`, () => reader.deliveries.length >= count);

    describe('delivery', () => {
      it('keeps a partition’s order of publishing, and every byte', async () => {
        const reader = acknowledging();
        consume(reader);
        const events = Array.from({ length: 50 }, (_, i) => ({
          ...eventOf(key, `e-${i}`),
          ...(i % 2 === 0
            ? { format: 'json' as const, data: Buffer.from(`[${i}, "ü"]`) }
            : { format: 'binary' as const, data: Uint8Array.from([i, 0, 255]) }),
        }));
        await Promise.all(events.map((event) => bus.publishEvent(event)));
        await received(reader, 50);
        expect(reader.deliveries.map(({ event }) => plain(event))).to.deep.equal(events.map(plain));
        for (const { partition, redelivered } of reader.deliveries) {
          expect({ partition, redelivered }).to.deep.equal({ partition: 2, redelivered: false });
        }
      });

      it('brings events that were published before anybody consumed', async () => {
        await publish(['a', 'b']);
        const reader = acknowledging();
        consume(reader);
        await received(reader, 2);
        expect(idsOf(reader)).to.deep.equal(['a', 'b']);
      });

      it('brings each key to its own partition only', async () => {
        const readers = Array.from({ length: bus.partitions }, acknowledging);
        readers.forEach((reader, partition) => {
          bus.consume(partition, 10, reader);
        });
        for (let i = 0; i < bus.partitions; i += 1) {
          await bus.publishEvent(eventOf(keyIn(i, bus.partitions), `in-${i}`));
        }
        await Promise.all(readers.map((reader) => received(reader, 1)));
        expect(readers.map(idsOf)).to.deep.equal(readers.map((_, i) => [`in-${i}`]));
      });

      it('holds back what exceeds the prefetch until something is acknowledged', async () => {
        const reader = listener();
        consume(reader, 3);
        await publish(['a', 'b', 'c', 'd', 'e']);
        await received(reader, 3);
        await stage.idle();
        expect(idsOf(reader)).to.deep.equal(['a', 'b', 'c']);
        // In any order: which one is free does not matter, only how many.
        reader.deliveries[1]?.ack();
        await received(reader, 4);
        await stage.idle();
        expect(idsOf(reader)).to.deep.equal(['a', 'b', 'c', 'd']);
      });
    });

    describe('a consumer that goes away', () => {
      it('leaves what it did not acknowledge to the next one, in order, before newer events', async () => {
        const first = listener();
        const consumer = consume(first, 4);
        await publish(['a', 'b', 'c', 'd', 'e', 'f']);
        await received(first, 4);
        first.deliveries[1]?.ack();
        await stage.idle();
        await consumer.close();
        await publish(['g']);
        const second = acknowledging();
        consume(second);
        await received(second, first.deliveries.length + 1);
        await stage.idle();
        expect(idsOf(second)).to.deep.equal(['a', 'c', 'd', 'e', 'f', 'g']);
        expect(flagsOf(second, ['a', 'c', 'd', 'g'])).to.deep.equal([true, true, true, false]);
      });

      it('gets nothing more once closed, and its late acknowledgements count for nothing', async () => {
        const first = listener();
        const consumer = consume(first);
        await publish(['a', 'b']);
        await received(first, 2);
        await consumer.close();
        for (const delivery of first.deliveries) delivery.ack();
        await publish(['c']);
        const second = acknowledging();
        consume(second);
        await received(second, 3);
        expect(idsOf(second)).to.deep.equal(['a', 'b', 'c']);
        expect(first.deliveries).to.have.lengthOf(2);
        expect(first.closings).to.equal(0);
      });

      it('makes way for the one that waits, which got nothing until then', async () => {
        const [first, second] = [acknowledging(), acknowledging()];
        const consumer = consume(first);
        await publish(['a']);
        await received(first, 1);
        consume(second);
        await publish(['b', 'c']);
        await received(first, 3);
        expect(idsOf(second)).to.deep.equal([]);
        await stage.idle();
        await consumer.close();
        await publish(['d']);
        await received(second, 1);
        expect(idsOf(first)).to.deep.equal(['a', 'b', 'c']);
        expect(idsOf(second)).to.deep.equal(['d']);
      });

      it('hears when its channel breaks, and can consume again', async () => {
        const first = listener();
        consume(first);
        await publish(['a', 'b']);
        await received(first, 2);
        await stage.breakChannels();
        await eventually('closed', () => first.closings === 1);
        const second = acknowledging();
        consume(second);
        await received(second, 2);
        expect(idsOf(second)).to.deep.equal(['a', 'b']);
        expect(flagsOf(second, ['a', 'b'])).to.deep.equal([true, true]);
      });
    });

    describe('acknowledging', () => {
      it('is for good, and twice is once', async () => {
        const first = listener();
        const consumer = consume(first, 2);
        await publish(['a', 'b', 'c']);
        await received(first, 2);
        first.deliveries[0]?.ack();
        first.deliveries[0]?.ack();
        await received(first, 3);
        await stage.idle();
        expect(idsOf(first)).to.deep.equal(['a', 'b', 'c']);
        await consumer.close();
        const second = acknowledging();
        consume(second);
        await received(second, 2);
        await stage.idle();
        expect(idsOf(second)).to.deep.equal(['b', 'c']);
      });

      it('of a poisonous event puts it aside with the reason, and the others go on', async () => {
        const reader = listener();
        const consumer = consume(reader, 1);
        await publish(['bad', 'good']);
        await received(reader, 1);
        reader.deliveries[0]?.deadLetter('handler.failed');
        await received(reader, 2);
        const [letter] = await eventually('a dead letter', async () => {
          const letters = await stage.deadLetters();
          return letters.length > 0 && letters;
        });
        expect(letter?.reason).to.equal('handler.failed');
        expect(letter && plain(letter.event)).to.deep.equal(plain(eventOf(key, 'bad')));
        await consumer.close();
        const second = acknowledging();
        consume(second);
        await received(second, 1);
        expect(idsOf(second)).to.deep.equal(['good']);
      });
    });

    describe('publishing', () => {
      it('fails in an outage; what was confirmed before is there afterwards', async () => {
        await publish(['before']);
        await stage.setOutage(true);
        expect(await codeOf(publish(['during']))).to.equal('bus.unavailable');
        const out = bus.publishOut({ ...eventOf(key, 'o'), topic: `message.${key}` });
        expect(await codeOf(out)).to.equal('bus.unavailable');
        expect(bus.trouble).to.equal('bus.unavailable');
        await stage.setOutage(false);
        await eventually('publishing works again', async () => !(await codeOf(publish(['after']))));
        await eventually('no trouble', () => bus.trouble === undefined);
        const reader = acknowledging();
        consume(reader);
        await received(reader, 2);
        expect(idsOf(reader).filter((id) => id !== 'during')[0]).to.equal('before');
        expect(idsOf(reader)).to.include('after');
      });

      it('refuses an event that breaks a limit, and names the limit', async () => {
        const cases: readonly [Partial<BusEvent>, string, RegExp][] = [
          [{ data: new Uint8Array(stage.eventBytesMax + 1) }, 'event.too_large', /eventBytesMax/],
          [{ key: 'k'.repeat(241) }, 'event.too_large', /keyBytesMax 240/],
          [{ key: '' }, 'event.no_key', /key/],
          [{ id: '' }, 'event.invalid', /id/],
          [{ type: 'a\nb' }, 'event.invalid', /type "a\\nb"/],
        ];
        for (const [part, code, message] of cases) {
          const call = bus.publishEvent({ ...eventOf(key, 'e'), ...part });
          const failure: unknown = await call.catch((error: unknown) => error);
          expect(failure).to.have.property('code', code);
          expect(failure).to.have.property('message').that.matches(message);
        }
      });
    });

    describe('outward messages', () => {
      it('reach every subscriber in order, until it unsubscribes', async () => {
        const [first, second]: [string[], string[]] = [[], []];
        const stop = bus.subscribeOut(({ id }) => first.push(id));
        bus.subscribeOut(({ id, topic }) => second.push(`${topic} ${id}`));
        await stage.idle();
        const send = (id: string) =>
          bus.publishOut({ ...eventOf(key, id), topic: `message.${key}` });
        await Promise.all(['1', '2', '3'].map(send));
        await eventually('three messages', () => first.length === 3);
        stop();
        await send('4');
        await eventually('the fourth', () => second.length === 4);
        expect(first).to.deep.equal(['1', '2', '3']);
        expect(second).to.deep.equal(['1', '2', '3', '4'].map((id) => `message.${key} ${id}`));
      });
    });

    it('delivers nothing after its close', async () => {
      const reader = listener();
      consume(reader);
      await publish(['a']);
      await received(reader, 1);
      await bus.close();
      expect(await codeOf(publish(['b']))).to.equal('bus.unavailable');
      expect(idsOf(reader)).to.deep.equal(['a']);
    });
  });
}

function plain(event: BusEvent): Record<string, unknown> {
  const { key, id, type, source, format, data } = event;
  return { key, id, type, source, format, data: [...data] };
}

function flagsOf(reader: Reader, ids: readonly string[]): (boolean | undefined)[] {
  return ids.map((id) => reader.deliveries.find(({ event }) => event.id === id)?.redelivered);
}

/** undefined = it did not fail. */
async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
