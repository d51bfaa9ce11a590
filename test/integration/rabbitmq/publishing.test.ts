/** Confirmed publishing: what is told of each message when queues, exchanges or connections are gone. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { AmqpMessage } from '../../../events/index.ts';
import { createAmqpPublisher } from '../../../events/index.ts';
import { acknowledging, eventOf, idsOf, keyIn } from '../../support/bus-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { fast, type RabbitStage, rabbitStage } from '../../support/rabbitmq/stage.ts';
import { serverStartTimeoutMs, sharedRabbit } from '../../support/servers/index.ts';

type Publisher = ReturnType<typeof createAmqpPublisher>;
type Options = Partial<Parameters<typeof createAmqpPublisher>[0]>;

const key = keyIn(2, 4);

describe('publishing to RabbitMQ', () => {
  let stage: RabbitStage;
  const publishers: Publisher[] = [];

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    await sharedRabbit();
  });

  beforeEach(async () => {
    stage = await rabbitStage(await sharedRabbit());
  });

  afterEach(async () => {
    await Promise.all(publishers.splice(0).map((publisher) => publisher.close(500)));
    await stage.close();
  });

  /** One that declares nothing, as a producer's. */
  const open = async (options: Options = {}): Promise<Publisher> => {
    const publisher = createAmqpPublisher({ urls: [stage.proxy.url], ...fast, ...options });
    publishers.push(publisher);
    await publisher.ready();
    return publisher;
  };

  it('tells exactly the messages that no queue took, though they all look the same', async () => {
    const publisher = await open();
    const routable = Array.from({ length: 200 }, (_, i) => i % 3 !== 1);
    const codes = await Promise.all(
      routable.map((isRoutable) => codeOf(publisher.publish(message(isRoutable ? '2' : '9')))),
    );
    expect(codes).to.deep.equal(routable.map((is) => (is ? 'stored' : 'bus.returned')));
    expect(await stage.side.depth('ringway.events.2')).to.equal(routable.filter(Boolean).length);
  });

  it('tells which message the broker did not store', async () => {
    const limits = { 'x-max-length': 2, 'x-overflow': 'reject-publish' };
    await stage.side.channel.assertQueue('small', { arguments: limits });
    const publisher = await open();
    const publish = () => codeOf(publisher.publish({ ...message('small'), exchange: '' }));
    const codes = [await publish(), await publish(), await publish()];
    expect(codes).to.deep.equal(['stored', 'stored', 'bus.nacked']);
    expect(publisher.trouble).to.equal(undefined);
  });

  it('fails all that are under way when the connection is lost, and comes back', async () => {
    const publisher = await open();
    await publisher.publish(message('2', 'before'));
    stage.proxy.hush();
    const codes = ['a', 'b', 'c'].map((id) => codeOf(publisher.publish(message('2', id))));
    const troubles: unknown[] = [];
    publisher.onChange(() => troubles.push(publisher.trouble));
    stage.proxy.cut();
    expect(await Promise.all(codes)).to.deep.equal(['a', 'b', 'c'].map(() => 'bus.unavailable'));
    expect(await codeOf(publisher.publish(message('2', 'd')))).to.equal('bus.unavailable');
    stage.proxy.heal();
    await publisher.ready();
    await publisher.publish(message('2', 'after'));
    expect(troubles).to.deep.equal(['bus.unavailable', undefined]);
    const reader = acknowledging();
    stage.bus.consume(2, 10, reader);
    await eventually('delivered', () => reader.deliveries.length === 2);
    expect(idsOf(reader)).to.deep.equal(['before', 'after']);
  });

  it('keeps no more under way than confirmWindowMax', async () => {
    const publisher = await open({ confirmWindowMax: 3 });
    stage.proxy.hush();
    const codes = ['a', 'b', 'c', 'd'].map((id) => codeOf(publisher.publish(message('2', id))));
    expect(await codes[3]).to.equal('bus.full');
    stage.proxy.heal();
    expect(await Promise.all(codes)).to.deep.equal(['stored', 'stored', 'stored', 'bus.full']);
    expect(await codeOf(publisher.publish(message('2', 'e')))).to.equal('stored');
  });

  it('does not wait for a confirm longer than confirmTimeoutMs', async () => {
    const publisher = await open({ confirmTimeoutMs: 150, operationTimeoutMs: 150 });
    stage.proxy.hush();
    const failure = await publisher.publish(message('2')).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'bus.unavailable');
    expect(failure).to.have.property('message').that.contains('confirmTimeoutMs 150');
    stage.proxy.heal();
    await eventually('it is up', () => publisher.trouble === undefined);
    expect(await codeOf(publisher.publish(message('2')))).to.equal('stored');
  });

  it('survives an exchange that is missing, and names it', async () => {
    const publisher = await open();
    const wrong = { ...message('2'), exchange: 'nowhere' };
    const failure = await publisher.publish(wrong).catch((error: unknown) => error);
    expect(failure).to.include({ code: 'bus.unavailable', retryable: true });
    expect(failure).to.have.property('message').that.contains("no exchange 'nowhere'");
    await publisher.ready();
    expect(await codeOf(publisher.publish(message('2')))).to.equal('stored');
  });

  it('refuses what AMQP cannot carry, and only that', async () => {
    const publisher = await open();
    const codes = [message('2'), message('2'.repeat(256)), message('2')];
    expect(await Promise.all(codes.map((one) => codeOf(publisher.publish(one))))).to.deep.equal([
      'stored',
      'event.invalid',
      'stored',
    ]);
  });

  it('makes exchange and queues again when somebody deleted them', async () => {
    const { bus, side } = stage;
    const reader = acknowledging();
    const publish = (id: string) => codeOf(bus.publishEvent(eventOf(key, id)));
    await side.channel.deleteExchange('ringway.events');
    expect(await publish('a')).to.equal('bus.unavailable');
    await eventually('stored again', async () => (await publish('b')) === 'stored');
    await side.channel.deleteQueue('ringway.events.2');
    expect(await publish('c')).to.equal('bus.returned');
    await eventually('stored again', async () => (await publish('d')) === 'stored');
    bus.consume(2, 10, reader);
    await eventually('delivered', () => idsOf(reader).includes('d'));
  });

  it('takes an outward message that nobody has asked for', async () => {
    const out = { ...eventOf(key, 'o'), topic: `message.${key}` };
    expect(await codeOf(stage.bus.publishOut(out))).to.equal('stored');
  });

  it('waits for confirms when it is closed, and no longer than it was told', async () => {
    const [publisher, frozen] = [await open(), await open()];
    const stored = codeOf(publisher.publish(message('2')));
    await publisher.close(2000);
    expect(await stored).to.equal('stored');
    expect(await codeOf(publisher.publish(message('2')))).to.equal('bus.closed');
    expect(publisher.trouble).to.equal('bus.closed');
    stage.proxy.hush();
    const left = codeOf(frozen.publish(message('2')));
    await frozen.close(100);
    expect(await left).to.equal('bus.closed');
    stage.proxy.heal();
  });
});

function message(routingKey: string, messageId = 'same'): AmqpMessage {
  const body = Buffer.from('{}');
  const contentType = 'application/json';
  return {
    exchange: 'ringway.events',
    routingKey,
    body,
    contentType,
    messageId,
    type: 't',
    headers: { key },
  };
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'stored',
    (error: { code?: unknown }) => error.code,
  );
}
