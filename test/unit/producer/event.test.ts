/** What `publish` takes and what it makes of it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { ProducerError } from '../../../producer/errors.ts';
import { eventOf } from '../../../producer/event.ts';

const defaults = { source: '/shop', random: seededRandom(1), eventBytesMax: 100 };
const minimal = { user: 'alice', type: 'order.paid' };

function eventFrom(part: Record<string, unknown>): ReturnType<typeof eventOf> {
  return eventOf({ ...minimal, ...part }, defaults);
}

function failureOf(task: () => unknown): ProducerError {
  try {
    task();
  } catch (error) {
    if (error instanceof ProducerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an event of the producer', () => {
  it('gets a random id, the source of the producer and null for data unless it has its own', () => {
    const event = eventFrom({});
    expect(event).to.include({ key: 'user:alice', type: 'order.paid', source: '/shop' });
    expect(event.id).to.match(/^[0-9a-f]{32}$/);
    expect(event).to.deep.include({ format: 'json', data: Buffer.from('null') });
    expect(eventFrom({ id: 'a', source: '/b' })).to.include({ id: 'a', source: '/b' });
  });

  it('is for a user, a room or any other key', () => {
    expect(eventFrom({ user: undefined, room: '42' }).key).to.equal('room:42');
    expect(eventFrom({ user: undefined, key: 'meeting:7' }).key).to.equal('meeting:7');
  });

  const contents: readonly (readonly [string, Record<string, unknown>, string, Buffer])[] = [
    ['JSON by default', { data: { a: [1, 'é'] } }, 'json', Buffer.from('{"a":[1,"é"]}')],
    ['a JSON string', { data: 'x' }, 'json', Buffer.from('"x"')],
    [
      'JSON of its own type',
      { data: 1, contentType: 'application/x+json' },
      'json',
      Buffer.from('1'),
    ],
    ['a text', { data: 'é', contentType: 'text/markdown' }, 'text', Buffer.from('é')],
    ['bytes', { data: new Uint8Array([0, 255]) }, 'binary', Buffer.from([0, 255])],
    [
      'bytes of JSON',
      { data: Buffer.from('[1]'), contentType: 'application/json' },
      'json',
      Buffer.from('[1]'),
    ],
    ['a text of another type', { data: 'x', contentType: 'image/svg' }, 'binary', Buffer.from('x')],
  ];
  for (const [what, part, format, data] of contents) {
    it(`may carry ${what}`, () => {
      expect(eventFrom(part)).to.deep.include({ format, data });
    });
  }

  it('has a copy of the bytes: the caller may use them again', () => {
    const bytes = new Uint8Array([1, 2]);
    const event = eventFrom({ data: bytes });
    bytes[0] = 9;
    expect([...event.data]).to.deep.equal([1, 2]);
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  const refusals: readonly (readonly [string, Record<string, unknown>, string, string])[] = [
    ['no key', { user: undefined }, 'event.no_key', 'none of user, room and key'],
    ['two keys', { room: '42' }, 'event.invalid', 'user, room and key exclude each other'],
    ['an empty user', { user: '' }, 'event.no_key', 'is empty'],
    ['a number for a user', { user: 7 }, 'event.invalid', 'user is 7, not a string'],
    ['no type', { type: undefined }, 'event.invalid', 'type is missing'],
    ['an empty id', { id: '' }, 'event.invalid', 'id is empty'],
    ['a long key', { user: 'x'.repeat(240) }, 'event.too_large', 'keyBytesMax 240'],
    ['big data', { data: 'x'.repeat(99) }, 'event.too_large', 'eventBytesMax 100'],
    ['a BigInt', { data: 1n }, 'event.invalid', 'data is 1, which JSON cannot express'],
    ['a function', { data: () => 1 }, 'event.invalid', 'which JSON cannot express'],
    ['a cycle', { data: cycle }, 'event.invalid', 'data is an array, which JSON cannot express'],
    ['a bad type of content', { contentType: 'json' }, 'event.invalid', 'not a media type'],
    [
      'an object as text',
      { data: {}, contentType: 'text/plain' },
      'event.invalid',
      'data is an object; as "text/plain" a string or bytes are wanted',
    ],
    [
      'bytes that are not their type',
      { data: Buffer.from('{'), contentType: 'application/json' },
      'event.invalid',
      'data is not the json that contentType says',
    ],
  ];
  for (const [what, part, code, message] of refusals) {
    it(`is refused with ${what}`, () => {
      const error = failureOf(() => eventFrom(part));
      expect(error.code).to.equal(code);
      expect(error.message).to.include(message);
      expect(error).to.include({ retryable: false, mayBeStored: false });
    });
  }

  it('is refused when it is no object at all', () => {
    for (const none of [undefined, null, 'event']) {
      expect(failureOf(() => eventOf(none as never, defaults)).code).to.equal('event.invalid');
    }
  });
});
