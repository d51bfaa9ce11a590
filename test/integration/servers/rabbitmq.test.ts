import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { expect } from 'chai';
import { after, before, beforeEach, describe, it } from 'mocha';
import { eventually } from '../../support/eventually.ts';
import { givenRabbit } from '../../support/servers/given-rabbit.ts';
import {
  describeWithOwnServers,
  freePort,
  pythonWithPika,
  type RabbitServer,
  serverStartTimeoutMs,
  sharedRabbit,
  startRabbit,
} from '../../support/servers/index.ts';

const deadlineMs = 20_000;

describeWithOwnServers('a RabbitMQ broker of the tests', ['rabbitmq'], function () {
  this.timeout(serverStartTimeoutMs);
  let broker: RabbitServer;
  let management = '';
  let vhost = '';
  const clients: ChannelModel[] = [];

  /** A connection whose end is no error of the test. */
  async function client(): Promise<ChannelModel> {
    const connection = await connect(vhost);
    connection.on('error', () => undefined);
    clients.push(connection);
    return connection;
  }

  async function publish(channel: ConfirmChannel, queue: string, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      channel.sendToQueue(queue, Buffer.from(`${n}`), { persistent: true });
    }
    await channel.waitForConfirms();
  }

  before(async () => {
    const port = await freePort();
    management = `http://127.0.0.1:${port}`;
    broker = await startRabbit({
      plugins: ['rabbitmq_management'],
      configuration: ['management.tcp.ip = 127.0.0.1', `management.tcp.port = ${port}`],
    });
  });

  beforeEach(async () => {
    vhost = await broker.createVhost();
  });

  after(async () => {
    for (const connection of clients) await connection.close().catch(() => undefined);
    await broker.close();
  });

  it('tells what a queue of either kind holds, at once', async () => {
    const channel = await (await client()).createConfirmChannel();
    for (const kind of ['classic', 'quorum']) {
      await channel.assertQueue(kind, { arguments: { 'x-queue-type': kind } });
      await publish(channel, kind, 3);
      expect(await broker.queue(vhost, kind)).to.deep.equal({
        messages: 3,
        ready: 3,
        consumers: 0,
      });
      await channel.prefetch(1);
      await channel.consume(kind, () => undefined);
      await eventually('one message is out, unacknowledged', async () => {
        const state = await broker.queue(vhost, kind);
        return state?.messages === 3 && state.ready === 2 && state.consumers === 1;
      });
    }
    expect(await broker.queue(vhost, 'none')).to.equal(undefined);
  });

  it('keeps queues of one virtual host out of another, and deletes them with it', async () => {
    const channel = await (await client()).createConfirmChannel();
    await channel.assertQueue('mine');
    const other = await broker.createVhost();
    expect(await broker.queue(other, 'mine')).to.equal(undefined);
    await broker.deleteVhost(vhost);
    expect(await broker.queue(vhost, 'mine')).to.equal(undefined);
  });

  it('may be asked for several things at once', async () => {
    const vhosts = await Promise.all([1, 2, 3, 4, 5].map(() => broker.createVhost()));
    expect(new Set(vhosts).size).to.equal(5);
    await Promise.all(vhosts.map((url) => broker.deleteVhost(url)));
  });

  for (const abruptly of [true, false]) {
    it(`ends all connections ${abruptly ? 'by cutting them' : 'in order'}`, async () => {
      await broker.closeConnections();
      const closed = [await client(), await client()].map(
        (connection) => new Promise((resolve) => connection.once('close', resolve)),
      );
      expect(await broker.closeConnections({ abruptly })).to.equal(2);
      await Promise.all(closed);
      expect(await broker.connections()).to.equal(0);
    });
  }

  it('blocks publishers while its memory alarm is on', async () => {
    const connection = await client();
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('queue');
    const told: string[] = [];
    connection.on('blocked', () => told.push('blocked'));
    connection.on('unblocked', () => told.push('unblocked'));
    await broker.setMemoryAlarm(true);
    const published = publish(channel, 'queue', 1).then(() => told.push('confirmed'));
    await eventually('the publisher is told', () => told.length > 0, deadlineMs);
    expect(told).to.deep.equal(['blocked']);
    await broker.setMemoryAlarm(false);
    await published;
    expect(told).to.have.members(['blocked', 'unblocked', 'confirmed']);
  });

  it('confirms nothing while it is frozen, although the connection stays', async () => {
    const channel = await (await client()).createConfirmChannel();
    await channel.assertQueue('queue');
    broker.pause();
    let isConfirmed = false;
    const published = publish(channel, 'queue', 1).then(() => {
      isConfirmed = true;
    });
    const frozen = await connect(vhost, { timeout: 500 }).catch((reason: unknown) => reason);
    expect(frozen).to.be.an('error');
    expect(isConfirmed).to.equal(false);
    broker.resume();
    await published;
  });

  it('is used from outside by the API of its management plugin', async () => {
    const given = givenRabbit(broker.url, management);
    vhost = await given.createVhost();
    const channel = await (await client()).createConfirmChannel();
    await channel.assertQueue('queue');
    await publish(channel, 'queue', 2);
    const held = await eventually(
      'the plugin has counted the messages',
      async () => {
        const state = await given.queue(vhost, 'queue');
        return state?.messages === 2 && state;
      },
      deadlineMs,
    );
    expect(held).to.deep.equal({ messages: 2, ready: 2, consumers: 0 });
    expect(await given.queue(vhost, 'none')).to.equal(undefined);
    await given.close();
    expect(await connect(vhost).catch((reason: unknown) => reason)).to.be.an('error');
  });

  for (const end of ['restart', 'kill'] as const) {
    it(`keeps confirmed messages over ${end}(), at the same address`, async () => {
      const channel = await (await client()).createConfirmChannel();
      for (const kind of ['classic', 'quorum']) {
        await channel.assertQueue(kind, { arguments: { 'x-queue-type': kind } });
        await publish(channel, kind, 5);
      }
      const { pid } = broker;
      if (end === 'restart') {
        await broker.restart();
      } else {
        await broker.settle();
        await broker.kill();
        await broker.start();
      }
      expect(broker.pid).to.be.a('number').and.not.equal(pid);
      for (const kind of ['classic', 'quorum']) {
        const isBack = async () => (await broker.queue(vhost, kind))?.messages === 5;
        await eventually(`the ${kind} queue has its messages`, isBack, deadlineMs);
      }
    });
  }
});

describe('the shared RabbitMQ', function () {
  this.timeout(serverStartTimeoutMs);

  it('is one for all, with virtual hosts of their own', async () => {
    const [one, other] = await Promise.all([sharedRabbit(), sharedRabbit()]);
    expect(one).to.equal(other);
    const [mine, yours] = [await one.createVhost(), await one.createVhost()];
    expect(mine).not.to.equal(yours);
    const connection = await connect(mine);
    await connection.close();
    await one.deleteVhost(mine);
    await one.deleteVhost(yours);
  });
});

describe('the Python of the tests', () => {
  it('can import pika', () => {
    expect(pythonWithPika()).to.match(/python3$/);
  });
});
