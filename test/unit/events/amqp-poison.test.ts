/** Every message that is no event, with the exact reason, and garbage of any shape. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  deadLetterMessage,
  eventMessage,
  readEvent,
  readOut,
} from '../../../events/amqp-message.ts';
import type { AmqpDelivery } from '../../../events/amqp-types.ts';
import { checkEvent } from '../../../events/envelope.ts';
import { toCloudEvent } from '../../../events/index.ts';
import { delivered, event, read, structured } from './amqp-fixture.ts';

describe('poison', () => {
  const cloudEvent = toCloudEvent(event);
  const cases: readonly (readonly [string, Partial<AmqpDelivery>, string])[] = [
    ['no key', { headers: {} }, 'event.no_key: the header key is missing'],
    ['an empty key', { headers: { key: '' } }, 'event.no_key: key is empty'],
    [
      'a key of bytes',
      { headers: { key: Buffer.from('user:alice') } },
      'event.invalid: the header key is an object, not a string',
    ],
    [
      'a key with a line feed',
      { headers: { key: 'user:\n' } },
      'event.invalid: key "user:\\n" contains a control character or half a surrogate pair',
    ],
    ['no id', { messageId: undefined }, 'event.invalid: message_id is missing'],
    ['an empty id', { messageId: '' }, 'event.invalid: id is empty'],
    ['an id of a number', { messageId: 7 }, 'event.invalid: message_id is 7, not a string'],
    ['no type', { type: undefined }, 'event.invalid: type is missing'],
    [
      'a source of a number',
      { headers: { key: 'user:alice', source: 7 } },
      'event.invalid: the header source is 7, not a string',
    ],
    [
      'a long key',
      { headers: { key: 'k'.repeat(241) } },
      `event.too_large: key "${'k'.repeat(47)}… of 241 bytes exceeds keyBytesMax 240`,
    ],
    [
      'a long body',
      { body: Buffer.alloc(1001, '1') },
      'event.too_large: data of 1001 bytes exceeds eventBytesMax 1000',
    ],
    [
      'another routing key',
      { headers: { key: 'room:42' }, routingKey: '6' },
      'event.wrong_partition: wrong routing key "6": crc32("room:42") % 16 is 0',
    ],
    [
      'another queue',
      { headers: { key: 'room:42' }, routingKey: '0' },
      'event.wrong_partition: crc32("room:42") % 16 is 0, but the event came through queue 6: ' +
        'a wrong binding',
    ],
    [
      'no media type',
      { contentType: 'json' },
      'event.invalid: content_type is "json", not a media type',
    ],
    [
      'JSON that is none',
      { body: Buffer.from("{'order': 17}") },
      'event.invalid: the body is not JSON in UTF-8, as content_type "application/json" says',
    ],
    [
      'no body where JSON is said to be',
      { body: Buffer.alloc(0) },
      'event.invalid: the body is not JSON in UTF-8, as content_type "application/json" says',
    ],
    [
      'text in another encoding',
      { body: Buffer.from('Zoë', 'latin1'), contentType: 'text/plain' },
      'event.invalid: the body is not UTF-8, as content_type "text/plain" says',
    ],
    [
      'a batch',
      structured([cloudEvent], 'application/cloudevents-batch+json'),
      'event.invalid: content_type is "application/cloudevents-batch+json"; ' +
        'of CloudEvents only application/cloudevents+json is read, one event a message',
    ],
    [
      'a structured body that is no JSON',
      { ...structured(0), body: Buffer.from('{') },
      'event.invalid: the body is not JSON in UTF-8, ' +
        'as content_type "application/cloudevents+json" says',
    ],
    ['a structured list', structured([]), 'event.invalid: the event is an array, not an object'],
    [
      'a structured event without an id',
      structured({ ...cloudEvent, id: undefined }),
      'event.invalid: id is missing',
    ],
    [
      'a structured event of another version',
      structured({ ...cloudEvent, specversion: '0.3' }),
      'event.invalid: specversion is "0.3", not "1.0"',
    ],
    [
      'a structured event without a key',
      structured({ ...cloudEvent, partitionkey: undefined }),
      'event.no_key: the event has none of partitionkey, user and room',
    ],
    [
      'a structured event for another queue',
      structured({ ...cloudEvent, partitionkey: 'room:42' }),
      'event.wrong_partition: wrong routing key "6": crc32("room:42") % 16 is 0',
    ],
    [
      'long structured data',
      structured({ ...cloudEvent, data: 'x'.repeat(1000) }),
      'event.too_large: data of 1002 bytes exceeds eventBytesMax 1000',
    ],
    [
      'a long structured body',
      { ...structured(0), body: Buffer.alloc(18_385, '1') },
      'event.too_large: body of 18385 bytes exceeds 18384 = 2 × eventBytesMax 1000 + 16384',
    ],
  ];
  for (const [what, part, poison] of cases) {
    it(`is ${what}, and the reason says so`, () => {
      expect(read(part)).to.deep.equal({ poison });
    });
  }

  it('never throws, whatever is delivered, and always fits a dead letter', () => {
    const anything = fc.anything({ maxDepth: 1 });
    const anyBody = fc.oneof(
      fc.uint8Array(),
      fc.json().map((json) => Buffer.from(json)),
    );
    const contentType = fc.oneof(
      fc.constantFrom('application/cloudevents+json', 'application/json', 'text/plain', ''),
      anything,
    );
    const headers = fc.record({ key: anything, source: anything }, { requiredKeys: [] });
    const garbage: fc.Arbitrary<AmqpDelivery> = fc.record({
      routingKey: fc.string({ unit: 'binary' }),
      body: anyBody,
      contentType,
      messageId: anything,
      type: anything,
      headers,
      redelivered: fc.boolean(),
      tag: fc.nat(),
    });
    const options = { partition: 0, partitions: 1, eventBytesMax: 50 };
    fc.assert(
      fc.property(garbage, (delivery) => {
        const answer = readEvent(delivery, options);
        if ('event' in answer) checkEvent(answer.event, 50);
        else expect(answer.poison).to.match(/^event\.\w+: \S/);
        readOut(delivery);
        const letter = deadLetterMessage(delivery, 'poison' in answer ? answer.poison : 'x');
        for (const text of [letter.contentType, letter.messageId, letter.type]) {
          expect(Buffer.byteLength(text)).to.be.at.most(255);
        }
        for (const value of Object.values(letter.headers)) expect(value).to.be.a('string');
      }),
      { numRuns: 200 },
    );
  });

  it('never throws on CloudEvents with any attributes', () => {
    const value = fc.oneof(fc.constantFrom('1.0', 'text/plain', 'YQ==', ''), fc.jsonValue());
    const name = fc.constantFrom(
      ...['specversion', 'id', 'source', 'type', 'partitionkey', 'user', 'room', '__proto__'],
      ...['datacontenttype', 'data', 'data_base64'],
    );
    fc.assert(
      fc.property(fc.dictionary(name, value), (attributes) => {
        const answer = readEvent(
          { ...delivered(eventMessage(event, 1)), ...structured(attributes) },
          { partition: 0, partitions: 1, eventBytesMax: 50 },
        );
        if ('event' in answer) checkEvent(answer.event, 50);
        else expect(answer.poison).to.match(/^event\.\w+: \S/);
      }),
      { numRuns: 500 },
    );
  });
});
