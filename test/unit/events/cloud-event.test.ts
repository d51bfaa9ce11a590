import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { RingwayError, seededRandom } from '../../../base/index.ts';
import {
  type BusEvent,
  parseCloudEvent,
  partitionOf,
  toCloudEvent,
} from '../../../events/index.ts';

const defaults = () => ({ source: '/http', random: seededRandom(1), eventBytesMax: 100 });
const minimal = { partitionkey: 'user:alice', type: 'order.paid' };

function parse(part: Record<string, unknown>): BusEvent {
  return parseCloudEvent({ ...minimal, ...part }, defaults());
}

function text(event: BusEvent): string {
  return Buffer.from(event.data).toString();
}

function failureOf(task: () => unknown): RingwayError {
  try {
    task();
  } catch (error) {
    if (error instanceof RingwayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseCloudEvent', () => {
  it('takes a complete event as it is', () => {
    const event = parseCloudEvent(
      {
        specversion: '1.0',
        id: 'e-1',
        source: '/shop',
        type: 'order.paid',
        partitionkey: 'user:alice',
        datacontenttype: 'application/json',
        data: { total: 7 },
        time: '2026-01-01T00:00:00Z',
      },
      defaults(),
    );
    expect(event).to.include({ key: 'user:alice', id: 'e-1', type: 'order.paid', source: '/shop' });
    expect(event.format).to.equal('json');
    expect(text(event)).to.equal('{"total":7}');
  });

  it('refuses an event without an id where none may be made up', () => {
    const error = failureOf(() => parseCloudEvent(minimal, { source: '/amqp' }));
    expect(error.code).to.equal('event.invalid');
    expect(error.message).to.equal('id is missing');
  });

  it('fills in a random id and the default source', () => {
    const random = seededRandom(7);
    const [first, second] = [1, 2].map(() => parseCloudEvent(minimal, { source: '/http', random }));
    expect(first?.source).to.equal('/http');
    expect(first?.id).to.match(/^[0-9a-f]{32}$/);
    expect(second?.id).not.to.equal(first?.id);
  });

  const keys: readonly [Record<string, unknown>, string][] = [
    [{ user: 'alice' }, 'user:alice'],
    [{ room: '42' }, 'room:42'],
    [{ partitionkey: 'meeting:7', user: 'alice' }, 'meeting:7'],
    [{ user: '__proto__' }, 'user:__proto__'],
    [{ user: 'алиса 🎈' }, 'user:алиса 🎈'],
    [{ partitionkey: 'k'.repeat(240) }, 'k'.repeat(240)],
  ];
  for (const [part, key] of keys) {
    it(`takes the key ${key.slice(0, 20)} from ${Object.keys(part).join(' and ')}`, () => {
      expect(parseCloudEvent({ type: 't', ...part }, defaults()).key).to.equal(key);
    });
  }

  const contents: readonly [string, Record<string, unknown>, BusEvent['format'], string][] = [
    ['JSON', { data: [1, 'a', null] }, 'json', '[1,"a",null]'],
    ['a JSON string', { data: 'a' }, 'json', '"a"'],
    ['no data', {}, 'json', 'null'],
    ['a JSON dialect', { datacontenttype: 'application/x+json', data: 1 }, 'json', '1'],
    ['text', { datacontenttype: 'Text/Plain; charset=utf-8', data: 'hé' }, 'text', 'hé'],
    ['a document', { datacontenttype: 'application/xml', data: '<a/>' }, 'text', '<a/>'],
    ['bytes', { data_base64: 'aGk=' }, 'binary', 'hi'],
    ['bytes beside null data', { data: null, data_base64: 'aGk=' }, 'binary', 'hi'],
    ['bytes without padding', { data_base64: 'aGk' }, 'binary', 'hi'],
    ['JSON in Base64', { datacontenttype: 'application/json', data_base64: 'e30=' }, 'json', '{}'],
    ['text in Base64', { datacontenttype: 'text/css', data_base64: 'aGk=' }, 'text', 'hi'],
    ['no text', { datacontenttype: 'text/plain' }, 'text', ''],
  ];
  for (const [what, part, format, expected] of contents) {
    it(`takes ${what} as ${format}`, () => {
      const event = parse(part);
      expect([event.format, text(event)]).to.deep.equal([format, expected]);
    });
  }

  const wrong: readonly [string, Record<string, unknown>, string, RegExp][] = [
    ['no key', { partitionkey: undefined }, 'event.no_key', /partitionkey, user and room/],
    ['an empty key', { partitionkey: '' }, 'event.no_key', /key is empty/],
    ['an empty user', { partitionkey: null, user: '' }, 'event.no_key', /user is empty/],
    [
      'two keys',
      { partitionkey: null, user: 'alice', room: '42' },
      'event.invalid',
      /user "alice" and room "42"/,
    ],
    ['a key that is no string', { partitionkey: 7 }, 'event.invalid', /partitionkey is 7/],
    ['a long key', { partitionkey: 'é'.repeat(121) }, 'event.too_large', /242 .* keyBytesMax 240/],
    ['a control character', { partitionkey: 'a\u0000b' }, 'event.invalid', /key "a\\u0000b"/],
    ['half a surrogate pair', { partitionkey: 'a\ud800' }, 'event.invalid', /surrogate/],
    ['no type', { type: undefined }, 'event.invalid', /type is missing/],
    ['an empty type', { type: '' }, 'event.invalid', /type is empty/],
    ['a long type', { type: 't'.repeat(257) }, 'event.too_large', /typeBytesMax 255/],
    ['a long id', { id: 'i'.repeat(256) }, 'event.too_large', /256 bytes exceeds idBytesMax 255/],
    ['an empty id', { id: '' }, 'event.invalid', /id is empty/],
    ['a long source', { source: 's'.repeat(513) }, 'event.too_large', /sourceBytesMax 512/],
    ['another version', { specversion: '0.3' }, 'event.invalid', /specversion is "0.3"/],
    ['big data', { data: 'x'.repeat(99) }, 'event.too_large', /101 bytes .* eventBytesMax 100/],
    ['data twice', { data: 1, data_base64: 'aGk=' }, 'event.invalid', /exclude each other/],
    ['bad Base64', { data_base64: 'a?b' }, 'event.invalid', /data_base64 "a\?b"/],
    [
      'what is not the JSON it claims',
      { datacontenttype: 'application/json', data_base64: 'aGk=' },
      'event.invalid',
      /not the json/,
    ],
    [
      'what is not UTF-8',
      { datacontenttype: 'text/plain', data_base64: '/w==' },
      'event.invalid',
      /not the text/,
    ],
    [
      'an object as text',
      { datacontenttype: 'text/plain', data: {} },
      'event.invalid',
      /data is an object/,
    ],
    ['a strange content type', { datacontenttype: 'json' }, 'event.invalid', /"json", not a media/],
    ['endless nesting', { data: nested(20_000) }, 'event.invalid', /nested too deeply/],
  ];
  for (const [what, part, code, message] of wrong) {
    it(`refuses ${what}`, () => {
      const failure = failureOf(() => parse(part));
      expect(failure).to.include({ code, retryable: false });
      expect(failure.message).to.match(message);
      expect(failure.message.length).to.be.below(200);
    });
  }

  for (const json of [undefined, null, 7, 'event', []]) {
    it(`refuses ${JSON.stringify(json)} for an event`, () => {
      expect(failureOf(() => parseCloudEvent(json, defaults())).code).to.equal('event.invalid');
    });
  }

  it('throws nothing but typed errors, whatever JSON it gets', () => {
    const name = fc.constantFrom(
      ...['specversion', 'id', 'source', 'type', 'partitionkey', 'user', 'room'],
      ...['data', 'data_base64', 'datacontenttype', '__proto__'],
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (json) => {
        try {
          parseCloudEvent(json, defaults());
        } catch (error) {
          expect(error).to.be.instanceOf(RingwayError);
        }
      }),
    );
  });
});

describe('toCloudEvent', () => {
  const word = fc.string({ minLength: 1, maxLength: 20 }).filter((s) => !/\p{Cc}/u.test(s));
  const content = fc.oneof(
    fc.jsonValue().map((value) => ({ format: 'json' as const, data: JSON.stringify(value) })),
    fc.string({ unit: 'grapheme' }).map((data) => ({ format: 'text' as const, data })),
  );

  it('is undone by parseCloudEvent', () => {
    fc.assert(
      fc.property(word, word, word, word, content, (key, id, type, source, { format, data }) => {
        const event = { key, id, type, source, format, data: new Uint8Array(Buffer.from(data)) };
        const json: unknown = JSON.parse(JSON.stringify(toCloudEvent(event)));
        const back = parseCloudEvent(json, { ...defaults(), eventBytesMax: 1e6 });
        expect({ ...back, data: text(back) }).to.deep.equal({ ...event, data: text(event) });
      }),
    );
  });

  it('carries any bytes in Base64, those of invalid JSON too', () => {
    const event = { ...parse({}), format: 'binary' as const, data: Uint8Array.from([0, 255]) };
    expect(toCloudEvent(event)).to.include({ data_base64: 'AP8=' });
    expect(toCloudEvent({ ...event, format: 'json' })).to.include({
      datacontenttype: 'application/json',
      data_base64: 'AP8=',
    });
  });
});

describe('partitionOf', () => {
  it('is what any language computes with its CRC-32', () => {
    for (const key of ['user:alice', 'room:42', 'user:алиса', '']) {
      expect(partitionOf(key, 16)).to.equal(crc32(key) % 16);
    }
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}
