/** What Ringway declares at the broker, and how it answers to what it finds there. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, it } from 'mocha';
import { createRabbitBus, type RabbitBus } from '../../../events/index.ts';
import { acknowledging, eventOf, keyIn } from '../../support/bus-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLogger } from '../../support/rabbitmq/log.ts';
import { openSide } from '../../support/rabbitmq/side.ts';
import { fast } from '../../support/rabbitmq/stage.ts';
import {
  describeWithOwnServers,
  type RabbitServer,
  serverStartTimeoutMs,
  sharedRabbitServer,
} from '../../support/servers/index.ts';

describeWithOwnServers('exchanges and queues', ['rabbitmq'], () => {
  let rabbit: RabbitServer;
  let url: string;
  const buses: RabbitBus[] = [];

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    rabbit = await sharedRabbitServer();
  });

  beforeEach(async () => {
    url = await rabbit.createVhost();
  });

  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
    await rabbit.deleteVhost(url);
  });

  const open = (more: Partial<Parameters<typeof createRabbitBus>[0]>): RabbitBus => {
    const bus = createRabbitBus({ urls: [url], partitions: 2, ...fast, ...more });
    buses.push(bus);
    return bus;
  };

  it('are declared once, and found by whoever comes later', async () => {
    await Promise.all([1, 2, 3].map(() => open({}).ready()));
    for (const name of ['ringway.events.0', 'ringway.events.1', 'ringway.dead']) {
      expect(await rabbit.queue(url, name), name).to.include({ messages: 0 });
    }
    expect(await rabbit.queue(url, 'ringway.events.2')).to.equal(undefined);
  });

  const cases = [
    [{ queueType: 'classic' }, { queueType: 'quorum' }, 'ringway.dead', 'RINGWAY_QUEUE_TYPE'],
    [{ queueType: 'quorum' }, { queueType: 'classic' }, 'ringway.dead', 'RINGWAY_QUEUE_TYPE'],
    [{ deadLettersMax: 10 }, { deadLettersMax: 11 }, 'ringway.dead', 'deadLettersMax'],
    [{ deadLetterBytesMax: 10 }, { deadLetterBytesMax: 11 }, 'ringway.dead', 'deadLetterBytesMax'],
  ] as const;
  for (const [made, asked, queue, option] of cases) {
    const [difference] = Object.entries(asked);
    it(`that differ are refused with queue and option: ${difference?.join(' ')}`, async () => {
      await open(made).ready();
      const bus = open(asked);
      const failure = await bus.ready().catch((error: unknown) => error);
      expect(failure).to.include({ code: 'bus.topology', retryable: false });
      expect(failure).to.have.property('message').that.contains(queue).and.contains(option);
      expect(bus.trouble).to.equal('bus.unavailable');
    });
  }

  it('that somebody else made are refused, event queues too', async () => {
    const side = await openSide(url);
    await side.channel.assertQueue('ringway.events.1', { durable: true });
    await side.close();
    const failure = await open({})
      .ready()
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'bus.topology');
    expect(failure)
      .to.have.property('message')
      .that.contains('ringway.events.1')
      .and.contains('delete');
  });

  it('that were deleted by whoever wants other ones are made at once', async () => {
    await open({ deadLettersMax: 10 }).ready();
    const { logger, lines } = recordingLogger();
    const bus = open({ deadLettersMax: 11, logger });
    const reader = acknowledging();
    bus.consume(0, 10, reader);
    await eventually('refused', () => reader.closings === 1);
    await buses.shift()?.close();
    await rabbit.evaluate(
      `{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${new URL(url).pathname.slice(1)}">>, queue, <<"ringway.dead">>)), ` +
        `{ok, _} = rabbit_amqqueue:delete(Q, false, false, <<"test">>), true`,
    );
    await eventually('no trouble', () => bus.trouble === undefined);
    bus.consume(0, 10, reader);
    await bus.publishEvent(eventOf(keyIn(0, 2), 'a'));
    await eventually('delivered', () => reader.deliveries.length === 1);
    expect(lines.filter(({ event }) => event === 'partition.refused')).to.have.lengthOf(1);
  });
});
