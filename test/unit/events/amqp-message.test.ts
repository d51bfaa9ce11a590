/** The AMQP codec, there and back; what it refuses is in `amqp-poison.test.ts`. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  deadLetterMessage,
  eventMessage,
  outMessage,
  readEvent,
  readOut,
  shortId,
} from '../../../events/amqp-message.ts';
import { checkEvent } from '../../../events/envelope.ts';
import { type BusEvent, partitionOf, toCloudEvent } from '../../../events/index.ts';
import { delivered, event, partitions, read, structured } from './amqp-fixture.ts';

const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 50 })
  .filter((name) => !/[\p{Cc}\p{Cs}]/u.test(name));
const events: fc.Arbitrary<BusEvent> = fc
  .record({ key: names, id: names, type: names, source: names })
  .chain((attributes) =>
    fc
      .oneof(
        fc.jsonValue().map((value) => ({ format: 'json', data: JSON.stringify(value) }) as const),
        fc.string({ unit: 'grapheme' }).map((data) => ({ format: 'text', data }) as const),
        fc.uint8Array().map((data) => ({ format: 'binary', data }) as const),
      )
      .map(({ format, data }) => ({ ...attributes, format, data: Buffer.from(data) })),
  );

describe('events as AMQP messages', () => {
  it('carry key and source as headers, id and type as properties, the data as body', () => {
    expect(eventMessage(event, partitions)).to.deep.equal({
      exchange: 'ringway.events',
      routingKey: '6',
      body: event.data,
      contentType: 'application/json',
      messageId: 'order-17-paid',
      type: 'order.paid',
      headers: { key: 'user:alice', source: '/shop' },
    });
  });

  it('come back as they were, in both modes', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 64 }), (original, count) => {
        checkEvent(original, 1_000_000);
        const options = {
          partition: partitionOf(original.key, count),
          partitions: count,
          eventBytesMax: 1_000_000,
        };
        const binary = delivered(eventMessage(original, count));
        expect(readEvent(binary, options)).to.deep.equal({ event: original });
        const whole = { ...binary, ...structured(toCloudEvent(original)) };
        expect(readEvent(whole, options)).to.deep.equal({ event: original });
      }),
    );
  });

  it('need no source and no content type', () => {
    const answer = read({ headers: { key: 'user:alice' }, contentType: undefined });
    const { data } = event;
    expect(answer).to.deep.equal({
      event: { ...event, source: '/amqp', format: 'binary', data },
    });
  });

  it('may state any media type of JSON or text', () => {
    const formatOf = (contentType: string): unknown => {
      const answer = read({ contentType });
      return 'event' in answer ? answer.event.format : answer.poison;
    };
    expect(formatOf('application/vnd.shop+JSON; v=1')).to.equal('json');
    expect(formatOf('text/markdown; charset=utf-8')).to.equal('text');
    expect(formatOf('image/png')).to.equal('binary');
  });

  it('are read from the own queue of their key, however they came there', () => {
    const answer = read({ routingKey: 'ringway.events.6' });
    expect(answer).to.deep.equal({ event });
  });

  it('may name user or room and leave the source out in structured mode', () => {
    const answer = read(structured({ id: 'a', type: 't', user: 'alice', data: [1] }));
    expect(answer).to.deep.equal({
      event: {
        key: 'user:alice',
        id: 'a',
        type: 't',
        source: '/amqp',
        format: 'json',
        data: Buffer.from('[1]'),
      },
    });
  });
});

describe('a dead letter', () => {
  it('keeps body, properties, routing key, key and source, beside the reason', () => {
    const letter = deadLetterMessage(delivered(eventMessage(event, partitions)), 'event.x: why');
    expect(letter).to.deep.equal({
      ...eventMessage(event, partitions),
      exchange: 'ringway.dead',
      headers: { key: 'user:alice', source: '/shop', reason: 'event.x: why' },
    });
  });

  it('clips what would not fit', () => {
    const delivery = {
      ...delivered(eventMessage(event, partitions)),
      messageId: '\ufffd'.repeat(255),
      headers: { key: ['user:alice'], source: 's'.repeat(5000) },
    };
    const letter = deadLetterMessage(delivery, 'r'.repeat(5000));
    expect(letter.messageId).to.equal('\ufffd'.repeat(85));
    expect(letter.headers).to.deep.equal({
      key: 'an array',
      source: 's'.repeat(1000),
      reason: 'r'.repeat(1000),
    });
  });
});

describe('outward messages', () => {
  it('come back as they were', () => {
    const out = {
      id: 'm/s-1/7#0',
      topic: 'message.user:alice',
      type: 'chat.said',
      format: 'text',
      data: Buffer.from('hello'),
    } as const;
    const message = outMessage(out);
    expect(message).to.include({ exchange: 'ringway.out', routingKey: 'message.user:alice' });
    expect(readOut(delivered(message))).to.deep.equal(out);
  });

  it('have their ids hashed when those are too long for AMQP, always in the same way', () => {
    const long = `e/512/${'s'.repeat(512)}/1#0`;
    expect(shortId(long)).to.match(/^sha256:[0-9a-f]{64}$/);
    expect(shortId(long)).to.equal(shortId(`${long}`));
    expect(shortId(`${long}1`)).not.to.equal(shortId(long));
    expect(shortId('é'.repeat(127))).to.equal('é'.repeat(127));
    expect(shortId('é'.repeat(128))).to.match(/^sha256:/);
  });

  it('are none when a stranger left out what every one has', () => {
    const delivery = delivered(eventMessage(event, partitions));
    for (const part of [{ messageId: undefined }, { type: 7 }, { contentType: 'x' }]) {
      expect(readOut({ ...delivery, ...part })).to.equal(undefined);
    }
  });
});
