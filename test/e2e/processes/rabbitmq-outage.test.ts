/**
 * RabbitMQ under load: its connections cut, itself restarted and killed, out of memory. What was
 * confirmed reaches everybody once and in order; client messages do not depend on it.
 */
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { settledOn } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import { faultLines } from '../../support/processes/judge.ts';
import { partitionsOf, queueCounts } from '../../support/processes/queues.ts';
import { Stage } from '../../support/processes/stage.ts';
import {
  describeWithOwnServers,
  type RabbitServer,
  startRabbit,
} from '../../support/servers/index.ts';

const gateways = ['g-1', 'g-2'] as const;
const workers = ['w-1', 'w-2', 'w-3'];

describeWithOwnServers('RabbitMQ failing under load', ['rabbitmq'], function () {
  this.timeout(240_000);
  let rabbit: RabbitServer;
  let stage: Stage;
  let closedWithGateway = 0;

  before(async () => {
    rabbit = await startRabbit();
    stage = await Stage.start({
      cluster: { gateways, workers },
      load: { users: 100, eventsPerSecond: 150 },
      rabbit,
    });
    await settledOn(stage.cluster.admin, workers);
    await stage.load.start();
    await stage.load.more(300);
  });

  after(async () => {
    await stage?.close();
    await rabbit?.close();
  });

  for (const abruptly of [true, false]) {
    it(`goes on in order when its connections are ${abruptly ? 'cut' : 'closed'}`, async () => {
      const { connections } = await stage.load.publisher();
      // Gateways, workers and the publisher each have one or more.
      expect(await rabbit.closeConnections({ abruptly })).to.be.greaterThan(5);
      await stage.load.untilPublisher('a new one', (now) => now.connections > connections);
      await stage.load.more(300);
      await allConsumed();
    });
  }

  it('tells as degraded that it is away, and passes client messages on meanwhile', async () => {
    await rabbit.kill();
    const [first] = gateways;
    const { reasons } = await stage.cluster.get(first).untilStatus('degraded', 20_000);
    expect(reasons.map(({ code }) => code)).to.deep.equal(['bus.unavailable']);
    const { received, sent } = await stage.load.fleet();
    await stage.load.untilFleet('messages', (now) => now.sent > sent + 300, 20_000);
    // Each has a push to two clients and a reply.
    await stage.load.untilFleet('their effects', (now) => now.received > received + 600, 20_000);
    await rabbit.start();
    await stage.load.more(300);
    await allConsumed();
    for (const id of gateways) await stage.cluster.get(id).untilStatus('ready', 20_000);
  });

  it('goes on in order after an orderly restart', async () => {
    await rabbit.restart();
    await stage.load.more(300);
    await allConsumed();
  });

  it('blocks publishers and not consumers when it is out of memory', async () => {
    const { cluster, load } = stage;
    // What the gateway consumed waits, until the other one has it: by then the alarm is on.
    const { atGateway } = await load.fleet();
    closedWithGateway = atGateway[1] ?? 0;
    await cluster.kill('g-2');
    const lost = partitionsOf('g-2', gateways);
    const waiting = async (): Promise<number> => {
      const counts = await queueCounts(stage.rabbitmq);
      return lost.reduce((sum, partition) => sum + (counts[partition]?.waiting ?? 0), 0);
    };
    await eventually('events wait', async () => (await waiting()) > 20, 20_000);
    await rabbit.setMemoryAlarm(true);
    await load.untilPublisher('it is blocked', ({ isBlocked }) => isBlocked);
    const blocked = await load.publisher();
    expect(await waiting(), 'events that wait').to.be.greaterThan(0);
    await eventually('they are consumed all the same', async () => (await waiting()) === 0, 40_000);
    const later = await load.publisher();
    expect(later).to.deep.equal(blocked);

    await rabbit.setMemoryAlarm(false);
    await load.untilPublisher('it is not blocked any more', ({ isBlocked }) => !isBlocked);
    await load.more(300);
  });

  it('lost, repeated and reordered nothing', async () => {
    await stage.load.stop();
    const verdict = await stage.load.verdict();
    expect(faultLines(verdict)).to.deep.equal([]);
    expect(verdict.breaks).to.equal(0);
    expect(verdict.disconnects).to.equal(closedWithGateway);
    const { connections, returned, confirmed } = await stage.load.publisher();
    expect(returned).to.equal(0);
    console.log(`      ${confirmed} events confirmed over ${connections} connections`);
  });

  async function allConsumed(): Promise<void> {
    await eventually(
      'one consumer for every partition',
      async () => (await queueCounts(stage.rabbitmq)).every(({ consumers }) => consumers === 1),
      30_000,
    );
  }
});
