/** A broker that refuses, blocks, lacks queues or knows nobody, and the end of a producer. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import { ProducerError } from '../../../producer/index.ts';
import { settled } from '../../support/fake-clock.ts';
import { answerOf, broken, confirmAll, outcomeOf, stage } from './producer-stage.ts';

describe('a broker that refuses', () => {
  it('gets the event again before anything newer of its key, and others meanwhile', async () => {
    const { connection, clock, publish } = stage();
    const published = [publish('1'), publish('2'), publish('3', 'bob')];
    await settled();
    connection.sent[0]?.fail('bus.nacked');
    await settled();
    expect(connection.ids()).to.deep.equal(['1', '3']);
    await clock.run(100);
    expect(connection.ids()).to.deep.equal(['1', '3', '1']);
    await confirmAll(connection, 1);
    expect(connection.ids()).to.deep.equal(['1', '3', '1', '2']);
    expect(await Promise.all(published.map(answerOf))).to.deep.equal(['1', '2', '3']);
  });

  it('is asked nacksMax times, after growing waits', async () => {
    const { connection, clock, publish } = stage({ nacksMax: 3 });
    const published = publish('1');
    for (const count of [1, 2, 3]) {
      await settled();
      expect(connection.sent).to.have.length(count);
      connection.sent.at(-1)?.fail('bus.nacked');
      await clock.run(100 * count);
    }
    expect(await answerOf(published)).to.equal('producer.nacked');
    expect(await outcomeOf(published)).to.include({ retryable: true });
    expect(clock.timers).to.equal(0);
  });

  it('is told as unroutable when no queue took the event, and the next one goes', async () => {
    const { connection, publish } = stage();
    const first = publish('1');
    const second = publish('2');
    await settled();
    connection.sent[0]?.fail('bus.returned');
    const outcome = await outcomeOf(first);
    expect(outcome).to.include({
      code: 'producer.unroutable',
      retryable: true,
      mayBeStored: false,
    });
    expect(String(outcome))
      .to.include('routing key 6 (key user:alice)')
      .and.include('partitions 16');
    await settled();
    connection.sent[1]?.confirm();
    expect(await answerOf(second)).to.equal('2');
  });

  it('is not asked again for what AMQP cannot express', async () => {
    const { connection, publish } = stage();
    const published = publish('1');
    await settled();
    connection.sent[0]?.fail('event.invalid');
    const outcome = await outcomeOf(published);
    expect(outcome).to.be.instanceOf(ProducerError);
    expect(outcome).to.include({ code: 'event.invalid', retryable: false, mayBeStored: false });
  });

  it('gets nothing while it is blocked; at the deadline that is said', async () => {
    const { producer, connection, clock, publish } = stage({ publishTimeoutMs: 5000 });
    connection.set('bus.blocked');
    const first = publish('1');
    await clock.run(3000);
    const second = publish('2', 'bob');
    expect(producer.trouble).to.equal('producer.blocked');
    await clock.run(2000);
    expect(await answerOf(first)).to.equal('producer.blocked');
    expect(connection.sent).to.have.length(0);
    connection.set(undefined);
    await settled();
    connection.sent[0]?.confirm();
    expect(await answerOf(second)).to.equal('2');
    expect(producer.trouble).to.equal(undefined);
  });

  it('may still confirm, while it is blocked, what it had got', async () => {
    const { connection, publish } = stage();
    const published = publish('1');
    await settled();
    connection.set('bus.blocked');
    connection.sent[0]?.confirm();
    expect(await answerOf(published)).to.equal('1');
  });
});

describe('wrong credentials', () => {
  it('refuse everything at once, as long as there never was a connection', async () => {
    const { producer, connection, publish } = stage({}, 'bus.unavailable');
    const early = publish('1');
    await settled();
    expect(producer.trouble).to.equal('producer.unavailable');
    connection.set('bus.unavailable', broken('bus.denied'));
    expect(await answerOf(early)).to.equal('producer.credentials');
    expect(await outcomeOf(publish('2'))).to.include({
      code: 'producer.credentials',
      retryable: false,
    });
  });

  it('mean waiting for the deadline later: a broker that starts knows no users yet', async () => {
    const { connection, clock, publish } = stage({ publishTimeoutMs: 5000 });
    connection.set('bus.unavailable', broken('bus.denied'));
    const published = publish('1');
    await clock.run(5000);
    expect(await answerOf(published)).to.equal('producer.credentials');
    const later = publish('2');
    connection.set(undefined);
    await settled();
    connection.sent[0]?.confirm();
    expect(await answerOf(later)).to.equal('2');
  });
});

describe('the topology', () => {
  it('with another number of queues refuses everything at once', async () => {
    const { connection, publish } = stage();
    const first = publish('1');
    await settled();
    connection.set('bus.unavailable', new ProducerError('producer.partitions', '16, but 4'));
    expect(await answerOf(first)).to.equal('producer.partitions, may be stored');
    expect(await answerOf(publish('2'))).to.equal('producer.partitions');
  });

  it('that is not there yet is waited for until the deadline', async () => {
    const { connection, clock, publish } = stage({ publishTimeoutMs: 5000 });
    const missing = new ProducerError('producer.no_topology', 'no queue');
    connection.set('bus.unavailable', missing);
    const published = publish('1');
    await clock.run(5000);
    expect(await outcomeOf(published)).to.include({
      code: 'producer.no_topology',
      retryable: true,
    });
  });
});

describe('closing', () => {
  it('waits for outstanding confirms, and takes nothing new meanwhile', async () => {
    const { producer, connection, clock, publish } = stage({ closeTimeoutMs: 4000 });
    const published = publish('1');
    await clock.run(10);
    const closed = producer.close();
    expect(await answerOf(publish('2'))).to.equal('producer.closed');
    expect(producer.trouble).to.equal('producer.closed');
    await clock.run(1000);
    expect(connection.closedWithinMs).to.equal(undefined);
    connection.sent[0]?.confirm();
    expect(await answerOf(published)).to.equal('1');
    await closed;
    expect(connection.closedWithinMs).to.equal(3000);
    expect(connection.listeners).to.equal(0);
    expect(clock.timers).to.equal(0);
  });

  it('rejects what is not confirmed within closeTimeoutMs, sent or not, by name', async () => {
    const { producer, connection, clock, publish } = stage({ closeTimeoutMs: 4000 });
    const sent = publish('1');
    const waiting = publish('2');
    const closed = producer.close();
    await clock.run(4000);
    await closed;
    expect(await answerOf(sent)).to.equal('producer.unconfirmed, may be stored');
    expect(await answerOf(waiting)).to.equal('producer.unconfirmed');
    expect(await outcomeOf(sent)).to.include({ retryable: true });
    expect(connection.closedWithinMs).to.equal(0);
    expect(connection.ids()).to.deep.equal(['1']);
    expect(clock.timers).to.equal(0);
  });

  it('is done once, however often it is asked for, and at once when nothing is outstanding', async () => {
    const { producer, clock } = stage();
    await Promise.all([producer.close(), producer.close()]);
    await producer.close();
    expect(clock.timers).to.equal(0);
  });

  it('does not reject when the connection cannot be closed', async () => {
    const { producer, connection } = stage();
    connection.close = () => Promise.reject(new RingwayError('bus.unavailable', 'frozen'));
    await producer.close();
  });
});
