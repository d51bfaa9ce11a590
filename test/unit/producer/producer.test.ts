/** The producer's bounds and order, and a connection that is lost at any time. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ProducerError } from '../../../producer/index.ts';
import { settled } from '../../support/fake-clock.ts';
import { answerOf, confirmAll, outcomeOf, stage } from './producer-stage.ts';

describe('publishing', () => {
  it('resolves with the id once the broker has stored the event, and not before', async () => {
    const { producer, connection } = stage();
    let published: unknown;
    const done = producer.publish({ room: '42', type: 'note', data: [1] }).then((answer) => {
      published = answer;
    });
    await settled();
    expect(published).to.equal(undefined);
    expect(producer.pending).to.equal(1);
    const [sent] = connection.sent;
    sent?.confirm();
    await done;
    expect(published).to.deep.equal({ id: sent?.message.messageId });
    expect(producer.pending).to.equal(0);
    expect(sent?.message).to.deep.include({
      exchange: 'ringway.events',
      routingKey: '0',
      contentType: 'application/json',
      type: 'note',
      headers: { key: 'room:42', source: '/amqp' },
    });
  });

  it('sends events of different keys at once, up to unconfirmedMax', async () => {
    const { connection, publish } = stage({ unconfirmedMax: 2 });
    for (const user of ['a', 'b', 'c']) void publish(user, user);
    await settled();
    expect(connection.ids()).to.deep.equal(['a', 'b']);
    connection.sent[1]?.confirm();
    await settled();
    expect(connection.ids()).to.deep.equal(['a', 'b', 'c']);
  });

  it('sends the next event of a key when the one before is stored', async () => {
    const { connection, publish } = stage();
    for (const id of ['1', '2', '3']) void publish(id);
    await settled();
    expect(connection.ids()).to.deep.equal(['1']);
    await confirmAll(connection);
    expect(connection.ids()).to.deep.equal(['1', '2', '3']);
  });

  it('refuses at once what is no event, and sends nothing', async () => {
    const { producer, connection } = stage();
    const outcome = await outcomeOf(producer.publish({ user: '', type: 'note' }));
    expect(outcome).to.be.instanceOf(ProducerError);
    expect(outcome).to.include({ code: 'event.no_key', retryable: false, mayBeStored: false });
    expect(connection.sent).to.have.length(0);
  });

  it('refuses more than pendingEventsMax and pendingBytesMax allow, by name', async () => {
    const { publish, producer } = stage({ pendingEventsMax: 2 });
    void publish('1');
    void publish('2');
    const outcome = await outcomeOf(publish('3'));
    expect(outcome).to.include({ code: 'producer.full', retryable: true, mayBeStored: false });
    expect(String(outcome)).to.include('pendingEventsMax');
    expect(producer.pending).to.equal(2);
    const narrow = stage({ pendingBytesMax: 5 }).producer;
    const big = { user: 'a', type: 't', data: '12345' };
    void narrow.publish(big);
    expect(String(await outcomeOf(narrow.publish(big)))).to.include(
      '7 bytes wait and 7 more exceed pendingBytesMax 5',
    );
  });
});

describe('a lost connection', () => {
  it('has everything unconfirmed sent again, in the order of the calls, under the same ids', async () => {
    const { connection, clock, publish } = stage();
    const users = ['a', 'b', 'c'];
    const published = users.flatMap((user) => [
      publish(`${user}1`, user),
      publish(`${user}2`, user),
    ]);
    await settled();
    connection.sent[1]?.confirm();
    await settled();
    expect(connection.ids()).to.deep.equal(['a1', 'b1', 'c1', 'b2']);
    connection.set('bus.unavailable');
    await clock.run(1000);
    expect(connection.sent).to.have.length(4);
    connection.set(undefined);
    await settled();
    expect(connection.ids(4)).to.deep.equal(['a1', 'c1', 'b2']);
    await confirmAll(connection, 4);
    const answers = await Promise.all(published.map(answerOf));
    expect(answers).to.deep.equal(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
  });

  it('is told to nobody who is answered within publishTimeoutMs', async () => {
    const { connection, clock, publish } = stage({ publishTimeoutMs: 5000 });
    connection.set('bus.unavailable');
    const published = publish('1');
    await clock.run(4999);
    connection.set(undefined);
    await settled();
    connection.sent[0]?.confirm();
    expect(await answerOf(published)).to.equal('1');
    expect(clock.timers).to.equal(0);
  });

  it('fails what was never sent as not stored, and what was sent as unknown', async () => {
    const { connection, clock, publish } = stage({ publishTimeoutMs: 5000 });
    const first = publish('1');
    const second = publish('2');
    await settled();
    connection.set('bus.unavailable');
    const third = publish('3', 'bob');
    await clock.run(5000);
    expect(await answerOf(first)).to.equal('producer.timed_out, may be stored');
    expect(await answerOf(second)).to.equal('producer.unavailable');
    expect(await answerOf(third)).to.equal('producer.unavailable');
    expect(String(await outcomeOf(third))).to.include(
      'the fake says bus.unavailable, for publishTimeoutMs 5000',
    );
    expect(connection.sent).to.have.length(1);
    expect(clock.timers).to.equal(0);
  });

  it('makes nothing spin when publishing fails at once although the connection seems up', async () => {
    const { connection, clock, publish } = stage();
    const published = publish('1');
    for (const code of ['bus.unavailable', 'bus.full', 'bus.blocked']) {
      connection.sent.at(-1)?.fail(code);
      await settled();
      expect(connection.sent.at(-1)?.message.messageId).to.equal('1');
      await clock.run(100);
    }
    expect(connection.sent).to.have.length(4);
    await confirmAll(connection, 3);
    expect(await answerOf(published)).to.equal('1');
  });

  it('keeps a key waiting while an event of it, given up, is still under way', async () => {
    const { connection, clock, publish } = stage({ publishTimeoutMs: 5000 });
    const first = publish('1');
    await clock.run(4000);
    const second = publish('2');
    await clock.run(1000);
    expect(await answerOf(first)).to.equal('producer.timed_out, may be stored');
    expect(connection.ids()).to.deep.equal(['1']);
    connection.sent[0]?.confirm();
    await settled();
    connection.sent[1]?.confirm();
    expect(await answerOf(second)).to.equal('2');
  });
});
