/**
 * Nothing has an effect before the second copy has it: over real sockets, with what the workers
 * say to each other held back on its way.
 */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { LinkMessage } from '../../../link/index.ts';
import { slotOf } from '../../../ring/index.ts';
import { AdminClient, RecordingPublisher } from '../../support/e2e/admin.ts';
import { createRecorder, RecordingClient } from '../../support/e2e/recording-client.ts';
import { copiedTwice, settledOn } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import type { TappedMessage } from '../../support/link-tap.ts';
import { TappedCluster } from '../../support/tapped-cluster.ts';

const key = 'user:alice';

describe('an event whose second copy is held up', function () {
  this.timeout(60_000);
  let cluster: TappedCluster;

  beforeEach(() => {
    cluster = new TappedCluster();
  });
  afterEach(() => cluster.close());

  it('is neither shown nor acknowledged before that copy has confirmed it', async () => {
    for (const id of ['w-1', 'w-2']) await cluster.addWorker(id);
    const { publicUrl: url, adminUrl } = await cluster.startGateway();
    const admin = new AdminClient(adminUrl);
    const recorder = createRecorder();
    const alice = new RecordingClient({ url, user: 'alice', name: 'a', protocol: 'raw', recorder });
    await alice.connect();
    cluster.onEnd(() => alice.close());
    await settledOn(admin, ['w-1', 'w-2']);
    await copiedTwice(admin, [key]);
    const publisher = new RecordingPublisher(admin, recorder, 'p');
    await publisher.publish(['alice']);
    await eventually('the first event', () => received() === 1);

    for (const tap of cluster.taps) tap.holdWorkers();
    const heldAtMs = performance.now();
    await publisher.publish(['alice']);
    const append = await eventually('the record on its way', () => next('APPEND', heldAtMs));
    // The owner goes on answering its gateway, so it had every chance to show the event.
    const pong = await eventually('a sign of life', () => next('PONG', append.atMs));
    await eventually('another one', () => next('PONG', pong.atMs));
    expect(next('FRAME', heldAtMs)).to.equal(undefined);
    expect(next('INPUT_ACK', heldAtMs)).to.equal(undefined);
    expect(received()).to.equal(1);

    for (const tap of cluster.taps) tap.release();
    await eventually('the second event', () => received() === 2);
    await eventually('its acknowledgement', () => next('INPUT_ACK', heldAtMs));

    function received(): number {
      return recorder.entries.filter(({ kind }) => kind === 'event.received').length;
    }
  });

  /** The first of these messages after `atMs`, about alice's slot or about none. */
  function next(type: LinkMessage['type'], atMs: number): TappedMessage | undefined {
    const slot = slotOf(key);
    const all = cluster.taps.flatMap(({ messages }) => messages);
    const isMeant = ({ dialler, message, ...tapped }: TappedMessage): boolean => {
      if (message.type !== type || tapped.atMs <= atMs) return false;
      // Signs of life are those between gateway and owner.
      return 'slot' in message ? message.slot === slot : dialler === 'gateway';
    };
    return all.filter(isMeant).sort((a, b) => a.atMs - b.atMs)[0];
  }
});
