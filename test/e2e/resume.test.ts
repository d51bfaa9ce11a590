/** Clients that lose their socket, or their whole gateway, and come back with `?resume=`. */
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type EmbeddedCluster, startEmbedded } from '../../cli/embedded.ts';
import { loadApplication } from '../../worker/index.ts';
import { AdminClient, RecordingPublisher } from '../support/e2e/admin.ts';
import { createRecorder, type Recorder, RecordingClient } from '../support/e2e/recording-client.ts';
import { eventually } from '../support/eventually.ts';
import { checkHistory } from '../support/history.ts';

const application = join(import.meta.dirname, '../support/e2e/ledger-app.mjs');

describe('a client that comes back', function () {
  this.timeout(60_000);
  let cluster: EmbeddedCluster;
  let recorder: Recorder;
  let publisher: RecordingPublisher;
  let clients: RecordingClient[];

  beforeEach(async () => {
    cluster = await startEmbedded({
      application: await loadApplication(application),
      gateways: 2,
      gateway: { port: 0, adminPort: 0, drainWindowMs: 500 },
    });
    await cluster.settled(20_000);
    recorder = createRecorder();
    publisher = new RecordingPublisher(new AdminClient(adminUrl(1)), recorder, 'p');
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) await client.close();
    await cluster.close();
  });

  it('has everything once and in order after its socket was cut, on another gateway too', async () => {
    const alice = await connect('alice');
    for (let round = 0; round < 6; round += 1) {
      await publishTo('alice', 10);
      for (let n = 0; n < 5; n += 1) alice.send();
      alice.cut();
      await publishTo('alice', 10);
      await alice.connect({ url: publicUrl(round % 2) });
    }
    await allArrived();
    const { faults, breaks } = checkHistory(recorder.entries);
    expect(faults).to.deep.equal([]);
    expect(breaks).to.equal(0);
    expect(alice.countGaps).to.deep.equal([]);
    expect(alice.losses).to.deep.equal([]);
  });

  it('is told when it was away for longer than the window', async () => {
    const alice = await connect('alice');
    await publishTo('alice', 5);
    await allArrived();
    const otherTab = await connect('alice', 'alice-2');
    alice.cut();
    await publishTo('alice', 300);
    await eventually('the last of them', () => otherTab.next >= 305, 20_000);
    await alice.connect();
    expect(alice.losses).to.deep.equal(['window']);
    await publishTo('alice', 5);
    await allArrived();
    expect(checkHistory(recorder.entries).faults).to.deep.equal([]);
  });

  it('is told when it asks for another epoch, or for a place that is not there yet', async () => {
    const alice = await connect('alice');
    await publishTo('alice', 1);
    await allArrived();
    const [epoch, next] = alice.resume.split('.');
    for (const [resume, reason] of [
      [`${epoch}9.${next}`, 'epoch'],
      [`${epoch}.${Number(next) + 5}`, 'unknown'],
    ] as const) {
      alice.cut();
      await alice.connect({ resume });
      expect(alice.losses.at(-1)).to.equal(reason);
    }
  });

  it('goes on elsewhere, without a hole or a repeat, when its gateway drains', async () => {
    const users = ['alice', 'bob', 'carol', 'dave'];
    for (const user of users) await connect(user);
    const first = cluster.gateways[0]?.id ?? '';
    const draining = cluster.drainGateway(first);
    for (let n = 0; n < 20; n += 1) {
      await publisher.publish(users);
      for (const client of clients) client.send();
    }
    await draining;
    await eventually('all closed', () => clients.every(({ isOpen }) => !isOpen));
    expect(clients.map(({ closeCodes }) => closeCodes)).to.deep.equal(users.map(() => [1012]));
    for (const client of clients) await client.connect({ url: publicUrl(0) });
    await allArrived();
    const { faults, breaks } = checkHistory(recorder.entries);
    expect(faults).to.deep.equal([]);
    expect(breaks).to.equal(0);
    expect(clients.flatMap(({ countGaps }) => countGaps)).to.deep.equal([]);
  });

  async function connect(user: string, name = `${user}-1`): Promise<RecordingClient> {
    const url = publicUrl(0);
    const client = new RecordingClient({ url, user, name, protocol: 'ringway.v1', recorder });
    await client.connect();
    clients.push(client);
    return client;
  }

  async function publishTo(user: string, count: number): Promise<void> {
    await publisher.publish(Array.from({ length: count }, () => user));
  }

  async function allArrived(): Promise<void> {
    await eventually(
      'everything to arrive',
      () => {
        const isLoss = ({ kind }: { kind: string }) => kind === 'loss';
        const isOpen = clients.some((client) => client.waitingForAccepted > 0);
        return !isOpen && !checkHistory(recorder.entries).faults.some(isLoss);
      },
      20_000,
    );
  }

  function publicUrl(index: number): string {
    return cluster.gateways[index]?.publicUrl ?? '';
  }

  function adminUrl(index: number): string {
    return cluster.gateways[index]?.adminUrl ?? '';
  }
});
