/** The producer on a real broker that stays up; the ways to it are cut, hushed and refused. */
import type { ConsumeMessage } from 'amqplib';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { eventQueueOf, partitionOf } from '../../../events/index.ts';
import { ProducerError } from '../../../producer/index.ts';
import { eventually } from '../../support/eventually.ts';
import { openSide, type Side } from '../../support/rabbitmq/side.ts';
import {
  type RabbitHost,
  serverStartTimeoutMs,
  sharedRabbit,
} from '../../support/servers/index.ts';
import {
  answerTo,
  eventOf,
  inOrder,
  openStage,
  partitions,
  publications,
  type Stage,
} from './stage.ts';

describe('the producer on RabbitMQ', function () {
  this.timeout(serverStartTimeoutMs);
  let stage: Stage;
  let side: Side;
  let rabbit: RabbitHost;

  before(async () => {
    rabbit = await sharedRabbit();
  });

  beforeEach(async () => {
    stage = await openStage(await rabbit.createVhost());
    side = await openSide(stage.url);
  });

  afterEach(async () => {
    await stage.close();
    await side.close();
    await rabbit.deleteVhost(stage.url);
  });

  const alice = { user: 'alice', type: 'note', id: 'a-1' } as const;
  const queueOfAlice = eventQueueOf(partitionOf('user:alice', partitions));

  it('has everything stored that it answers, in the queues and in order', async () => {
    await stage.bus();
    const producer = stage.producer();
    const users = ['alice', 'bob', 'Zoë', 'dora', '小林'];
    const all = publications(users, 40);
    await Promise.all(all.map((one) => producer.publish(eventOf(one))));
    const depths = await Promise.all(
      Array.from({ length: partitions }, (_, partition) => side.depth(eventQueueOf(partition))),
    );
    expect(depths.reduce((sum, depth) => sum + depth)).to.equal(200);
    const reader = await stage.reader();
    await reader.has(...all.map(({ id }) => id));
    for (const user of users) {
      expect(reader.ids.get(`user:${user}`)).to.deep.equal(inOrder(all, user));
    }
    expect(reader.repeats).to.equal(0);
  });

  it('writes what docs/events.md says', async () => {
    await stage.bus();
    await stage.producer().publish({ ...alice, data: { order: 17 } });
    const taken = await firstOf(side, queueOfAlice);
    expect(taken.content.toString()).to.equal('{"order":17}');
    expect(taken.properties).to.deep.include({
      messageId: 'a-1',
      type: 'note',
      contentType: 'application/json',
      deliveryMode: 2,
      headers: { key: 'user:alice', source: '/shop' },
    });
  });

  it('waits for the cluster to make its queues', async () => {
    const producer = stage.producer();
    const published = producer.publish(alice);
    await eventually('the look at the broker', () => producer.trouble === 'producer.no_topology');
    await stage.bus();
    expect(await answerTo(published)).to.equal('a-1');
    expect(await side.depth(queueOfAlice)).to.equal(1);
  });

  it('refuses to publish with another number of partitions, and names both', async () => {
    await stage.bus();
    for (const wrong of [2, 16]) {
      const error = await answerTo(stage.producer({ partitions: wrong }).publish(alice));
      expect(error).to.be.instanceOf(ProducerError);
      expect(error).to.include({ code: 'producer.partitions', retryable: false });
      expect(String(error)).to.include(`partitions is ${wrong}, but the broker has 4 queues`);
    }
    expect(await side.depth(queueOfAlice)).to.equal(0);
  });

  it('says that no queue took an event', async () => {
    await stage.bus();
    const producer = stage.producer();
    await producer.publish(alice);
    await side.channel.deleteQueue(queueOfAlice);
    const error = await answerTo(producer.publish({ ...alice, id: 'a-2' }));
    expect(error).to.include({ code: 'producer.unroutable', mayBeStored: false, retryable: true });
    await stage.bus();
    expect(await answerTo(producer.publish({ ...alice, id: 'a-2' }))).to.equal('a-2');
  });

  it('tries again, in order, what a full queue refuses, and says so in the end', async () => {
    await stage.bus();
    await side.channel.deleteQueue(queueOfAlice);
    const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
    await side.channel.assertQueue(queueOfAlice, { durable: true, arguments: limits });
    await side.channel.bindQueue(
      queueOfAlice,
      'ringway.events',
      String(partitionOf('user:alice', partitions)),
    );
    const producer = stage.producer({ nackDelayMs: 1600, nacksMax: 30 });
    await producer.publish(alice);
    const waiting = ['a-2', 'a-3', 'a-4'].map((id) => producer.publish({ ...alice, id }));
    const bodies: unknown[] = [];
    await eventually(
      'all are stored, one after the other',
      async () => {
        for (const { properties } of await side.drain(queueOfAlice))
          bodies.push(properties.messageId);
        return bodies.length === 4;
      },
      20_000,
    );
    expect(bodies).to.deep.equal(['a-1', 'a-2', 'a-3', 'a-4']);
    await Promise.all(waiting);
    const impatient = stage.producer({ nackDelayMs: 16, nacksMax: 3 });
    await impatient.publish(alice);
    const error = await answerTo(impatient.publish({ ...alice, id: 'a-5' }));
    expect(error).to.include({ code: 'producer.nacked', mayBeStored: false });
  });

  it('repeats, under the same ids and in order, what a cut connection left in doubt', async () => {
    const reader = await stage.reader();
    const producer = stage.producer();
    const users = ['alice', 'bob', 'carol'];
    const all = publications(users, 200);
    const published = all.map((one) => producer.publish(eventOf(one)));
    let answered = 0;
    for (const one of published) void one.then(() => (answered += 1));
    for (const cutAt of [100, 250, 400]) {
      await eventually(`${cutAt} answers`, () => answered >= cutAt, 20_000);
      expect(answered).to.be.below(all.length);
      stage.proxy.dropAll();
    }
    await Promise.all(published);
    expect(stage.proxy.connections).to.be.at.least(4);
    await reader.has(...all.map(({ id }) => id));
    for (const user of users) {
      expect(reader.ids.get(`user:${user}`)).to.deep.equal(inOrder(all, user));
    }
  });

  it('publishes again what the broker had stored when the confirm was lost', async () => {
    const reader = await stage.reader();
    const producer = stage.producer({ publishTimeoutMs: 20_000 });
    await producer.publish(alice);
    // Held back is what comes from the broker; what the producer had sent before is there.
    const published = producer.publish({ ...alice, id: 'a-2' });
    stage.proxy.holdAnswers();
    await reader.has('a-2');
    stage.proxy.heal();
    stage.proxy.dropAll();
    expect(await answerTo(published)).to.equal('a-2');
    await eventually('the repeat', () => reader.repeats === 1);
    expect(reader.ids.get('user:alice')).to.deep.equal(['a-1', 'a-2']);
  });

  it('refuses at once when the broker does not know the password', async () => {
    await stage.bus();
    const url = new URL(stage.proxy.url);
    url.password = 'wrong';
    const producer = stage.producer({ url: url.href });
    const error = await answerTo(producer.publish(alice));
    expect(error).to.include({ code: 'producer.credentials', retryable: false });
    expect(String(error)).to.include('refused the login').and.not.include('wrong');
  });

  it('says at the deadline that nobody listens', async () => {
    const producer = stage.producer({ url: 'amqp://127.0.0.1:1', publishTimeoutMs: 300 });
    const error = await answerTo(producer.publish(alice));
    expect(error).to.include({ code: 'producer.unavailable', mayBeStored: false, retryable: true });
    expect(String(error)).to.include('ECONNREFUSED');
  });

  it('gives up, in doubt, at the deadline when the broker falls silent, and recovers', async () => {
    await stage.bus();
    const producer = stage.producer({ publishTimeoutMs: 1000 });
    await producer.publish(alice);
    stage.proxy.hush();
    const error = await answerTo(producer.publish({ ...alice, id: 'a-2' }));
    expect(error).to.include({ code: 'producer.timed_out', mayBeStored: true, retryable: true });
    stage.proxy.heal();
    const again = async (): Promise<boolean> =>
      (await answerTo(producer.publish({ ...alice, id: 'a-2' }))) === 'a-2';
    await eventually('it works again', again, 20_000);
  });

  it('rejects what is unconfirmed when it is closed, and closes although nobody answers', async () => {
    await stage.bus();
    const producer = stage.producer({ closeTimeoutMs: 300 });
    await producer.publish(alice);
    stage.proxy.hush();
    const published = answerTo(producer.publish({ ...alice, id: 'a-2' }));
    await producer.close();
    expect(await published).to.include({ code: 'producer.unconfirmed', mayBeStored: true });
    const late = await answerTo(producer.publish({ ...alice, id: 'a-3' }));
    expect(late).to.include({ code: 'producer.closed' });
    // A silent proxy does not notice the end of a connection.
    stage.proxy.heal();
    await eventually('no connection is left', () => stage.proxy.open === 0);
  });
});

/** A queue with a single active consumer answers no `get`. */
async function firstOf({ channel }: Side, queue: string): Promise<ConsumeMessage> {
  return await new Promise((resolve, reject) => {
    const take = (message: ConsumeMessage | null): void => {
      if (message !== null) resolve(message);
    };
    channel.consume(queue, take, { noAck: true }).catch(reject);
  });
}
