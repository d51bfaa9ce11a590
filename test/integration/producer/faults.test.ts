/** The producer on a broker that is restarted, frozen and short of memory. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, it } from 'mocha';
import { eventually } from '../../support/eventually.ts';
import {
  describeWithOwnServers,
  type RabbitServer,
  serverStartTimeoutMs,
  sharedRabbitServer,
} from '../../support/servers/index.ts';
import { answerTo, eventOf, inOrder, openStage, publications, type Stage } from './stage.ts';

describeWithOwnServers('the producer on a RabbitMQ in trouble', ['rabbitmq'], function () {
  this.timeout(serverStartTimeoutMs);
  let rabbit: RabbitServer;
  let stage: Stage;

  before(async () => {
    rabbit = await sharedRabbitServer();
  });

  beforeEach(async () => {
    stage = await openStage(await rabbit.createVhost());
  });

  afterEach(async () => {
    await stage.close();
    await rabbit.deleteVhost(stage.url);
  });

  const alice = { user: 'alice', type: 'note', id: 'a-1' } as const;

  it('loses nothing that was confirmed when the broker is restarted, and keeps the order', async () => {
    await stage.bus();
    const producer = stage.producer({ publishTimeoutMs: 60_000 });
    const users = ['alice', 'bob', 'carol'];
    const all = publications(users, 400);
    const published: Promise<string>[] = [];
    const confirmed: string[] = [];
    for (const one of all) {
      const answer = producer.publish(eventOf(one)).then(({ id }) => id);
      published.push(answer);
      void answer.then((id) => confirmed.push(id));
    }
    await eventually('publishing is under way', () => confirmed.length > 50, 20_000);
    const beforeRestart = confirmed.length;
    const restarted = rabbit.restart();
    await eventually('the connection is lost', () => producer.trouble !== undefined, 30_000);
    expect(confirmed.length, 'some were under way').to.be.below(all.length);
    await restarted;
    expect(await Promise.all(published)).to.deep.equal(all.map(({ id }) => id));
    expect(beforeRestart).to.be.above(0);
    const reader = await stage.reader();
    await reader.has(...all.map(({ id }) => id));
    for (const user of users) {
      expect(reader.ids.get(`user:${user}`)).to.deep.equal(inOrder(all, user));
    }
  });

  it('is blocked while the broker lacks memory; readers are not', async () => {
    const reader = await stage.reader();
    const producer = stage.producer({ publishTimeoutMs: 3000 });
    await producer.publish(alice);
    await rabbit.setMemoryAlarm(true);
    try {
      // The broker tells a connection that it is blocked when that one publishes.
      const first = answerTo(producer.publish({ ...alice, id: 'a-2' }));
      await eventually('it is blocked', () => producer.trouble === 'producer.blocked', 20_000);
      const second = answerTo(producer.publish({ ...alice, user: 'bob', id: 'b-1' }));
      expect(await second).to.include({ code: 'producer.blocked', mayBeStored: false });
      expect(await first).to.include({ code: 'producer.timed_out', mayBeStored: true });
      await reader.has('a-1');
    } finally {
      await rabbit.setMemoryAlarm(false);
    }
    const again = async (): Promise<boolean> =>
      (await answerTo(producer.publish({ ...alice, id: 'a-2' }))) === 'a-2';
    await eventually('it publishes again', again, 20_000);
    await reader.has('a-1', 'a-2');
    expect(reader.ids.get('user:alice')).to.deep.equal(['a-1', 'a-2']);
  });

  it('answers in doubt when the broker is frozen, and goes on, in order, when it is not', async () => {
    const reader = await stage.reader();
    const producer = stage.producer({ publishTimeoutMs: 2000 });
    await producer.publish(alice);
    rabbit.pause();
    try {
      const frozen = answerTo(producer.publish({ ...alice, id: 'a-2' }));
      const behind = answerTo(producer.publish({ ...alice, id: 'a-3' }));
      expect(await frozen).to.include({ code: 'producer.timed_out', mayBeStored: true });
      expect(await behind).to.include({ mayBeStored: false, retryable: true });
      const closing = stage.producer({ closeTimeoutMs: 200 });
      const never = answerTo(closing.publish({ ...alice, id: 'a-9' }));
      await closing.close();
      expect(await never).to.include({ code: 'producer.unconfirmed', mayBeStored: false });
    } finally {
      rabbit.resume();
    }
    for (const id of ['a-2', 'a-3']) {
      const again = async (): Promise<boolean> =>
        (await answerTo(producer.publish({ ...alice, id }))) === id;
      await eventually(`${id} is stored`, again, 30_000);
    }
    await reader.has('a-3');
    expect(reader.ids.get('user:alice')).to.deep.equal(['a-1', 'a-2', 'a-3']);
  });
});
