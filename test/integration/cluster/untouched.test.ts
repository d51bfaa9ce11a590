/**
 * Users whose owner does not change: on their slots the gateway links carry their own traffic and
 * nothing else while a worker joins. Read off the wire, by relays in front of the workers.
 */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { slotOf } from '../../../ring/index.ts';
import { AdminClient, RecordingPublisher } from '../../support/e2e/admin.ts';
import { createRecorder, RecordingClient } from '../../support/e2e/recording-client.ts';
import { copiedTwice, expectedMoves, settledOn } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import { checkHistory } from '../../support/history.ts';
import type { LinkTap } from '../../support/link-tap.ts';
import { TappedCluster } from '../../support/tapped-cluster.ts';

const three = ['w-1', 'w-2', 'w-3'];
const four = [...three, 'w-4'];
const own: ReadonlySet<string> = new Set(['INPUT', 'INPUT_ACK', 'FRAME']);

describe('users whose owner does not change', function () {
  this.timeout(60_000);
  let cluster: TappedCluster;

  beforeEach(() => {
    cluster = new TappedCluster();
  });
  afterEach(() => cluster.close());

  it('have nothing but their own traffic on the gateway links while a worker joins', async () => {
    for (const id of three) await cluster.addWorker(id);
    const { publicUrl, adminUrl } = await cluster.startGateway();
    const admin = new AdminClient(adminUrl);
    const recorder = createRecorder();
    const clients = await connected(publicUrl, recorder);
    const keys = clients.map(({ key }) => key);
    await settledOn(admin, three);
    await copiedTwice(admin, keys);

    const publisher = new RecordingPublisher(admin, recorder, 'p');
    const users = keys.map((key) => key.slice('user:'.length));
    await publisher.publish(users);
    for (const tap of cluster.taps) tap.messages.length = 0;
    await cluster.addWorker('w-4');
    const settled = settledOn(admin, four);
    for (let n = 0; n < 20; n += 1) await publisher.publish(users);
    await settled;
    await eventually('all events', () => checkHistory(recorder.entries).faults.length === 0);

    const moved = expectedMoves(three, four, keys);
    expect(moved.size).to.be.within(1, keys.length - 1);
    const movedSlots = new Set([...moved].map((key) => slotOf(key)));
    const said = saidBySlot(cluster.taps);
    for (const key of keys) {
      const slot = slotOf(key);
      const types = said.get(slot) ?? new Set();
      if (movedSlots.has(slot)) expect([...types], key).to.include.members(['MOVING', 'BIND']);
      else
        expect(
          [...types].filter((type) => !own.has(type)),
          key,
        ).to.deep.equal([]);
      expect([...types], key).to.include('FRAME');
    }
    expect(checkHistory(recorder.entries).disconnects).to.equal(0);
  });

  async function connected(url: string, recorder: ReturnType<typeof createRecorder>) {
    const clients = Array.from({ length: 40 }, (_, n) => {
      const protocol = n % 2 === 0 ? ('raw' as const) : ('ringway.v1' as const);
      return new RecordingClient({ url, user: `u${n}`, name: `c${n}`, protocol, recorder });
    });
    for (const client of clients) await client.connect();
    cluster.onEnd(() => Promise.all(clients.map((client) => client.close())));
    return clients;
  }
});

/** By slot, what kinds of messages gateways and workers exchanged about it. */
function saidBySlot(taps: readonly LinkTap[]): ReadonlyMap<number, ReadonlySet<string>> {
  const said = new Map<number, Set<string>>();
  for (const { dialler, message } of taps.flatMap((tap) => tap.messages)) {
    if (dialler !== 'gateway' || !('slot' in message)) continue;
    const types = said.get(message.slot) ?? new Set();
    types.add(message.type);
    said.set(message.slot, types);
  }
  return said;
}
