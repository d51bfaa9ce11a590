/**
 * A user whose handler hangs, with more events than a partition's window holds, and another user
 * of the same partition: processes of their own on real servers (rule H7).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { ClusterProcesses, type ServiceProcess } from '../../support/cli/cluster-processes.ts';
import { killLeftovers, startRingway } from '../../support/cli/ringway-process.ts';
import { eventually } from '../../support/eventually.ts';
import { openSide, type Side } from '../../support/rabbitmq/side.ts';
import {
  freshChroot,
  serverStartTimeoutMs,
  sharedRabbitServer,
  sharedZooKeeperServer,
} from '../../support/servers/index.ts';

const deadlineMs = 60_000;
const prefetch = 40;
const keptMax = 10;

const application = `let release;
const released = new Promise((resolve) => { release = resolve; });
export const application = {
  async onEvent(ctx) {
    if (ctx.event.type === 'hang') await released;
    if (ctx.event.type === 'release') release();
    ctx.key.push(ctx.event.json(), { type: 'shown' });
  },
};
`;

describe('a user whose handler hangs', function () {
  this.timeout(2 * serverStartTimeoutMs);
  let folder = '';
  let rabbitUrl = '';
  let side: Side;
  let gateway: ServiceProcess;
  let worker: ServiceProcess;

  before(async () => {
    const [zooKeeper, rabbit] = await Promise.all([sharedZooKeeperServer(), sharedRabbitServer()]);
    folder = await mkdtemp(join(tmpdir(), 'ringway-stuck-'));
    const app = join(folder, 'app.mjs');
    await writeFile(app, application);
    rabbitUrl = await rabbit.createVhost();
    side = await openSide(rabbitUrl);
    const zookeeper = `${zooKeeper.address}${freshChroot()}`;
    const cluster = new ClusterProcesses({ zookeeper, rabbitmq: rabbitUrl });
    const queues = ['--partitions', '1', '--queue-type', 'quorum'];
    gateway = cluster.gateway('g-1', ...queues, '--prefetch', String(prefetch));
    const patience = ['--handler-deadline-ms', '300', '--seal-wait-ms', '200'];
    const kept = ['--stuck-events-max', String(keptMax)];
    worker = cluster.worker('w-1', '--app', app, ...queues, ...patience, ...kept);
    await Promise.all([gateway.becomes('ready'), worker.becomes('ready')]);
  });
  afterEach(() => killLeftovers());
  after(async () => {
    await side.close();
    await (await sharedRabbitServer()).deleteVhost(rabbitUrl);
    await rm(folder, { recursive: true });
  });

  async function publish(user: string, type: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const headers = { key: `user:${user}` };
      const about = { messageId: id, type, contentType: 'application/json', deliveryMode: 2 };
      const properties = { ...about, headers };
      const body = JSON.stringify(id);
      await side.publish({ exchange: 'ringway.events', routingKey: '0', body, properties });
    }
  }

  async function clientOf(user: string) {
    const client = startRingway(['connect', '--user', user, '--url', await gateway.publicUrl()]);
    const isWelcome = () => client.stdout().includes(`user:${user}`);
    await eventually(`${user} is welcome`, isWelcome, deadlineMs);
    return {
      shown: () => [...client.stdout().matchAll(/shown "([ab]-\d+)"/g)].map(([, id]) => id),
    };
  }

  async function refusedAtGateway(): Promise<number> {
    const text = await (await fetch(`${await gateway.adminUrl()}/metrics`)).text();
    return Number(/^ringway_events_refused_total\{reason="stuck"\} (\d+)$/m.exec(text)?.[1]);
  }

  it('has the excess put among the dead letters, while others are served in order', async () => {
    const [alice, bob] = await Promise.all([clientOf('alice'), clientOf('bob')]);
    const hanging = numbered('a', 1, 100);
    const served = numbered('b', 1, 20);
    expect(hanging.length).to.be.greaterThan(prefetch);
    await publish('alice', 'hang', hanging);
    await publish('bob', 'note', served);
    await eventually('all for bob', () => bob.shown().length >= served.length, deadlineMs);
    expect(bob.shown()).to.deep.equal(served);

    // It was the rule that made room: none of hers has been handled yet.
    expect(alice.shown()).to.deep.equal([]);
    expect(worker.logged('key.stuck')[0]).to.include({ key: 'user:alice' });
    expect(worker.logged('key.refuses')).to.have.length(1);

    await publish('bob', 'release', ['b-21']);
    await eventually('she is well', () => worker.logged('key.recovered').length > 0, deadlineMs);
    await publish('alice', 'hang', ['a-101']);
    await eventually('the next of hers', () => alice.shown().includes('a-101'), deadlineMs);

    // Each of hers was shown or is among the dead letters, in order here and there.
    const letters = await side.drain('ringway.dead');
    const why = new Map<string, unknown>();
    for (const { properties } of letters) {
      expect(properties.headers).to.include({ key: 'user:alice' });
      why.set(String(properties.messageId), properties.headers?.reason);
    }
    const refused = [...why].filter(([, reason]) => String(reason).startsWith('stuck: '));
    const refusedIds = refused.map(([id]) => id);
    expect(refusedIds).to.deep.equal(hanging.filter((id) => refusedIds.includes(id)));
    expect(refused.length).to.be.greaterThan(hanging.length - prefetch);
    expect(
      [...new Set(why.values())].filter((reason) => !String(reason).startsWith('stuck: ')),
    ).to.deep.equal(['deadline']);
    const shown = [...hanging, 'a-101'].filter((id) => !why.has(id));
    expect(alice.shown()).to.deep.equal(shown);
    expect(shown.length).to.be.greaterThan(keptMax / 2);
    expect(await refusedAtGateway()).to.equal(refused.length);
  });
});

function numbered(letter: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${letter}-${from + at}`);
}
