/** docs/events.md and docs/vectors/events.json against the source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  amqpExchanges,
  amqpSourceDefault,
  eventMessage,
  readEvent,
} from '../../../events/amqp-message.ts';
import { deadLetterQueue } from '../../../events/amqp-topology.ts';
import type { AmqpDelivery } from '../../../events/amqp-types.ts';
import {
  type BusEvent,
  eventBytesMaxDefault,
  eventLimits,
  partitionOf,
} from '../../../events/envelope.ts';
import { rabbitSettings } from '../../../events/rabbit-options.ts';
import { producerDefaults } from '../../../producer/options.ts';
import { hashKey } from '../../../ring/index.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import { python } from '../../support/python.ts';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/events.md'), 'utf8');

interface Message {
  readonly routing_key: string;
  readonly content_type?: string;
  readonly message_id?: string;
  readonly type?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Vectors {
  readonly keys: readonly { key: string; crc32: number; of16: string; of4: string }[];
  readonly messages: readonly {
    about: string;
    message: Message;
    event: Omit<BusEvent, 'format' | 'data'> & { content: string; data: string };
  }[];
  readonly dead: readonly { about: string; queue: number; message: Message; reason: string }[];
}

const vectors: Vectors = JSON.parse(readFileSync(join(root, 'docs/vectors/events.json'), 'utf8'));

function delivery(message: Message): AmqpDelivery {
  return {
    routingKey: message.routing_key,
    body: Buffer.from(message.body),
    contentType: message.content_type,
    messageId: message.message_id,
    type: message.type,
    headers: message.headers,
    redelivered: false,
    tag: 1,
  };
}

function read(message: Message, partition: number): ReturnType<typeof readEvent> {
  const eventBytesMax = eventBytesMaxDefault;
  return readEvent(delivery(message), { partition, partitions: 16, eventBytesMax });
}

describe('docs/vectors/events.json', () => {
  it('has the sums and routing keys that the source and Python compute', () => {
    expect(vectors.keys).to.have.length.greaterThan(8);
    for (const { key, crc32, of16, of4 } of vectors.keys) {
      expect(hashKey(key), key).to.equal(crc32);
      expect([partitionOf(key, 16), partitionOf(key, 4)].map(String)).to.deep.equal([of16, of4]);
    }
    const line =
      'import json,sys,zlib; print(json.dumps([zlib.crc32(k.encode()) for k in json.load(sys.stdin)]))';
    const keys = vectors.keys.map(({ key }) => key);
    expect(python(['-c', line], keys)).to.deep.equal(vectors.keys.map(({ crc32 }) => crc32));
  });

  for (const { about, message, event } of vectors.messages) {
    it(`is read as it says: ${about}`, () => {
      const answer = read(message, Number(message.routing_key));
      const { content, data, ...attributes } = event;
      const expected = { ...attributes, format: content, data: Buffer.from(data) };
      expect(answer).to.deep.equal({ event: expected });
    });
  }

  it('begins with a message exactly as the producer sends it', () => {
    const [first] = vectors.messages;
    const { content, data, ...attributes } = first?.event ?? { content: '', data: '' };
    const event = { ...attributes, format: content, data: Buffer.from(data) } as BusEvent;
    const { exchange, routingKey, contentType, messageId, type, headers, body } = eventMessage(
      event,
      16,
    );
    expect(exchange).to.equal('ringway.events');
    expect(first?.message).to.deep.equal({
      routing_key: routingKey,
      content_type: contentType,
      message_id: messageId,
      type,
      headers,
      body: Buffer.from(body).toString(),
    });
  });

  for (const { about, queue, message, reason } of vectors.dead) {
    it(`is dead for the reason that it says: ${about}`, () => {
      expect(read(message, queue)).to.deep.equal({ poison: reason });
    });
  }
});

describe('docs/events.md', () => {
  it('names exchanges, queue, limits and defaults as they are', () => {
    for (const name of [...Object.values(amqpExchanges), deadLetterQueue]) {
      expect(page).to.include(`\`${name}\``);
    }
    expect(page).to.match(new RegExp(`header \`key\`.*At most ${eventLimits.keyBytesMax} bytes`));
    expect(page).to.match(new RegExp(`\`message_id\`.*at most ${eventLimits.idBytesMax} bytes`));
    expect(page).to.match(new RegExp(`\`type\`.*at most ${eventLimits.typeBytesMax} bytes`));
    expect(page).to.match(new RegExp(`\`source\`.*at most ${eventLimits.sourceBytesMax} bytes`));
    expect(page).to.include(`at most ${eventBytesMaxDefault / 1024} KiB`);
    expect(page).to.include(`Left out it is \`${amqpSourceDefault}\``);
    expect(page).to.include(`last ${defaultLimits.idsPerKeyMax.toLocaleString('en')} ids`);
    const { deadLettersMax } = rabbitSettings({ urls: [], partitions: 16 });
    expect(page).to.include(`the newest ${deadLettersMax.toLocaleString('en')}`);
  });

  it('shows sums and routing keys as they are', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
    expect(rows).to.have.length.greaterThan(3);
    for (const [, key = '', sum, of16, of4] of rows) {
      const shown = [sum, of16, of4].map(Number);
      const crc = hashKey(key);
      expect(shown, key).to.deep.equal([crc, partitionOf(key, 16), partitionOf(key, 4)]);
    }
    expect(page).to.include(String(hashKey('123456789')));
  });

  it('lists defaults of the producer as they are', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
    expect(rows).to.have.length.greaterThan(5);
    for (const [, name = '', shown] of rows) {
      const defaults: Readonly<Record<string, number>> = { ...producerDefaults };
      expect(defaults[name], name).to.equal(Number(shown));
    }
  });

  it('quotes a dead letter’s reason as it is', () => {
    const reason = vectors.dead.find(({ about }) => about === 'the wrong queue')?.reason ?? '';
    expect(page).to.include(`\`${reason.replace('event.wrong_partition: ', '')}\``);
  });
});
