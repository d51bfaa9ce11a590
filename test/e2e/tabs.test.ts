/** Three clients of alice and one of bob: each has exactly its own events, in order. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { killLeftovers, startUp, type Up } from '../support/cli/ringway-process.ts';
import { AdminClient, RecordingPublisher } from '../support/e2e/admin.ts';
import { createRecorder, RecordingClient } from '../support/e2e/recording-client.ts';
import { eventually } from '../support/eventually.ts';
import { checkHistory } from '../support/history.ts';

const eventsEach = 1000;

describe('three tabs of alice and one of bob', function () {
  this.timeout(60_000);
  const recorder = createRecorder();
  let up: Up;
  let clients: readonly RecordingClient[];

  before(async () => {
    up = await startUp('--app', 'forward');
    const client = (name: string, user: string, protocol: 'raw' | 'ringway.v1') =>
      new RecordingClient({ url: up.publicUrl, name, user, protocol, recorder });
    clients = [
      client('alice-1', 'alice', 'raw'),
      client('alice-2', 'alice', 'ringway.v1'),
      client('alice-3', 'alice', 'ringway.v1'),
      client('bob-1', 'bob', 'raw'),
    ];
    for (const one of clients) await one.connect();
  });

  after(async () => {
    for (const client of clients) await client.close();
    killLeftovers();
  });

  it('all get their own 1,000 events, once, in the order of publishing', async () => {
    const publisher = new RecordingPublisher(new AdminClient(up.adminUrl), recorder, 'p');
    const batch = 50;
    for (let n = 0; n < eventsEach; n += batch) {
      const users = Array.from({ length: batch }, () => ['alice', 'bob']).flat();
      await publisher.publish(users);
    }
    await eventually('all events', () => received() === 4 * eventsEach, 20_000);
    const { faults, disconnects } = checkHistory(recorder.entries, { expectsReplies: false });
    expect(faults).to.deep.equal([]);
    expect(disconnects).to.equal(0);
    for (const client of clients) expect(idsOf(client), client.name).to.deep.equal(sentTo(client));
  });

  function received(): number {
    return recorder.entries.filter(({ kind }) => kind === 'event.received').length;
  }

  function idsOf({ name }: RecordingClient): readonly string[] {
    return recorder.entries.flatMap((entry) =>
      entry.kind === 'event.received' && entry.client === name ? [entry.id] : [],
    );
  }

  function sentTo({ key }: RecordingClient): readonly string[] {
    return recorder.entries.flatMap((entry) =>
      entry.kind === 'event.sent' && entry.key === key ? [entry.id] : [],
    );
  }
});
