/**
 * When every copy is gone nothing can be recovered, and that is said: `ringway.v1` clients on
 * their open socket, raw clients by a retryable close code. Later events arrive.
 */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { killLeftovers, startUp, type Up } from '../support/cli/ringway-process.ts';
import { AdminClient, RecordingPublisher } from '../support/e2e/admin.ts';
import { createRecorder, RecordingClient } from '../support/e2e/recording-client.ts';
import { eventually } from '../support/eventually.ts';

describe('all workers killed, and new ones added', function () {
  this.timeout(90_000);
  const recorder = createRecorder();
  let up: Up;
  let admin: AdminClient;
  let v1: RecordingClient;
  let raw: RecordingClient;
  let publisher: RecordingPublisher;

  before(async () => {
    up = await startUp('--app', 'forward');
    admin = new AdminClient(up.adminUrl);
    publisher = new RecordingPublisher(admin, recorder, 'p');
    const { publicUrl: url } = up;
    const user = 'alice';
    v1 = new RecordingClient({ url, user, name: 'v1', protocol: 'ringway.v1', recorder });
    raw = new RecordingClient({ url, user, name: 'raw', protocol: 'raw', recorder });
    await v1.connect();
    await raw.connect();
    await publisher.publish(['alice', 'alice']);
    await eventually('the first events', () => receivedBy('v1') === 2 && receivedBy('raw') === 2);
  });

  after(async () => {
    await v1.close();
    await raw.close();
    killLeftovers();
  });

  it('keeps the sockets open while there is nobody', async () => {
    const { copies } = await admin.where('user:alice');
    expect(copies).to.have.length(2);
    for (const id of ['w-1', 'w-2', 'w-3']) await admin.post(`/v1/workers/${id}/kill`);
    await publisher.publish(['alice']);
    expect(v1.isOpen && raw.isOpen).to.equal(true);
    expect(v1.losses).to.deep.equal([]);
  });

  it('tells them of the loss once there is a new owner', async () => {
    const { term } = await admin.where('user:alice');
    await admin.post('/v1/workers');
    await admin.post('/v1/workers');
    await eventually('word of the loss', () => v1.losses.length > 0, 60_000);
    expect(v1.losses).to.deep.equal(['epoch']);
    expect(v1.isOpen).to.equal(true);
    await eventually('the raw client closed', () => raw.closeCodes.length > 0);
    expect(raw.closeCodes).to.deep.equal([4410]);
    expect((await admin.where('user:alice')).term).to.be.greaterThan(term);
  });

  it('delivers the event that waited, and later ones', async () => {
    await raw.connect();
    const before = receivedBy('raw');
    await publisher.publish(['alice']);
    await eventually('the events after the loss', () => receivedBy('v1') === 4, 20_000);
    await eventually('the event for the new raw socket', () => receivedBy('raw') > before);
    expect(v1.closeCodes).to.deep.equal([]);
  });

  function receivedBy(name: string): number {
    const isOne = (entry: (typeof recorder.entries)[number]) =>
      entry.kind === 'event.received' && entry.client === name;
    return recorder.entries.filter(isOne).length;
  }
});
