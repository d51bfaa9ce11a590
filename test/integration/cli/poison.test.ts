/** An event that the application cannot bear, through processes of their own on real servers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { ask, ClusterProcesses } from '../../support/cli/cluster-processes.ts';
import { killLeftovers, startRingway } from '../../support/cli/ringway-process.ts';
import { eventually } from '../../support/eventually.ts';
import { openSide, type Side } from '../../support/rabbitmq/side.ts';
import {
  freshChroot,
  sharedRabbitServer,
  sharedZooKeeperServer,
} from '../../support/servers/index.ts';

const deadlineMs = 60_000;

const application = `export const application = {
  onEvent(ctx) {
    if (ctx.event.type === 'poison') throw new TypeError('hushhush');
    ctx.key.push(ctx.event.json(), { type: 'shown' });
  },
};
`;

describe('gateways and workers as processes', function () {
  this.timeout(120_000);
  let folder = '';
  let rabbitUrl = '';
  let side: Side;
  let cluster: ClusterProcesses;

  before(async () => {
    const [zooKeeper, rabbit] = await Promise.all([sharedZooKeeperServer(), sharedRabbitServer()]);
    folder = await mkdtemp(join(tmpdir(), 'ringway-poison-'));
    await writeFile(join(folder, 'app.mjs'), application);
    rabbitUrl = await rabbit.createVhost();
    side = await openSide(rabbitUrl);
    const zookeeper = `${zooKeeper.address}${freshChroot()}`;
    cluster = new ClusterProcesses({ zookeeper, rabbitmq: rabbitUrl });
  });
  afterEach(() => killLeftovers());
  after(async () => {
    await side.close();
    await (await sharedRabbitServer()).deleteVhost(rabbitUrl);
    await rm(folder, { recursive: true });
  });

  it('put an event on which the application fails among the dead letters, and go on', async () => {
    const gateway = cluster.gateway('g-1');
    const worker = cluster.worker('w-1', '--app', join(folder, 'app.mjs'));
    await Promise.all([gateway.becomes('ready'), worker.becomes('ready')]);
    const { queue } = await side.channel.assertQueue('reports', { durable: true });
    await side.channel.bindQueue(queue, 'ringway.out', 'undelivered.#');
    const url = await gateway.publicUrl();
    const alice = startRingway(['connect', '--user', 'alice', '--url', url]);
    await eventually('alice is welcome', () => alice.stdout().includes('user:alice'), deadlineMs);

    for (const [type, id] of [
      ['poison', 'p-1'],
      ['note', 'n-1'],
    ] as const) {
      const event = ['--user', 'alice', '--type', type, '--id', id, '--data', `"${id}"`];
      expect((await ask(gateway, 'publish', ...event)).code).to.equal(exitCodes.done);
    }
    await eventually('the next is shown', () => alice.stdout().includes('shown "n-1"'), deadlineMs);
    expect(alice.stdout()).to.not.include('p-1');
    const [letter, ...others] = await eventually('a dead letter', async () => {
      const letters = await side.drain('ringway.dead');
      return letters.length > 0 && letters;
    });
    expect(others).to.deep.equal([]);
    expect(letter?.properties).to.include({ messageId: 'p-1', type: 'poison' });
    expect(letter?.properties.headers).to.include({
      key: 'user:alice',
      reason: 'handler.failed: onEvent threw TypeError',
    });
    const [report] = await eventually('a report', async () => {
      const reports = await side.drain('reports');
      return reports.length > 0 && reports;
    });
    expect(report?.routingKey).to.equal('undelivered.user:alice');
    const [line] = worker.logged('handler.failed');
    expect(line).to.include({ level: 'error', handler: 'onEvent', error: 'TypeError' });
    expect(worker.stderr()).to.not.include('hushhush');
  });
});
