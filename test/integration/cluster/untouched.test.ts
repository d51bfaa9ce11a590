/**
 * Users whose owner does not change: on their slots the gateway links carry their own traffic and
 * nothing else while a worker joins. Read off the wire, by relays in front of the workers.
 */
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { systemClock } from '../../../base/index.ts';
import { createMemoryZooKeeper } from '../../../cluster/index.ts';
import { createMemoryBus } from '../../../events/index.ts';
import { createGateway, type Gateway } from '../../../gateway/index.ts';
import { slotOf } from '../../../ring/index.ts';
import { createWorker, type Worker } from '../../../worker/index.ts';
import { AdminClient, RecordingPublisher } from '../../support/e2e/admin.ts';
import { createRecorder, RecordingClient } from '../../support/e2e/recording-client.ts';
import { copiedTwice, expectedMoves, settledOn } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import { checkHistory } from '../../support/history.ts';
import { freePort, LinkTap } from '../../support/link-tap.ts';

const secret = 'a secret of the test, long enough';
const own: ReadonlySet<string> = new Set(['INPUT', 'INPUT_ACK', 'FRAME']);

describe('users whose owner does not change', function () {
  this.timeout(60_000);
  const ends: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('have nothing but their own traffic on the gateway links while a worker joins', async () => {
    const { zooKeeper, bus } = surroundings();
    const taps = [];
    for (const id of ['w-1', 'w-2', 'w-3']) taps.push(await tappedWorker(id, zooKeeper, bus));
    const gateway = startedGateway(zooKeeper, bus);
    const { publicUrl, adminUrl } = await gateway.start();
    const admin = new AdminClient(adminUrl);
    const recorder = createRecorder();
    const clients = await connected(publicUrl, recorder);
    const keys = clients.map(({ key }) => key);
    await settledOn(admin, ['w-1', 'w-2', 'w-3']);
    await copiedTwice(admin, keys);

    const publisher = new RecordingPublisher(admin, recorder, 'p');
    const users = clients.map(({ key }) => key.slice('user:'.length));
    await publisher.publish(users);
    for (const tap of taps) tap.messages.length = 0;
    taps.push(await tappedWorker('w-4', zooKeeper, bus));
    const settled = settledOn(admin, ['w-1', 'w-2', 'w-3', 'w-4']);
    for (let n = 0; n < 20; n += 1) await publisher.publish(users);
    await settled;
    await eventually('all events', () => checkHistory(recorder.entries).faults.length === 0);

    const moved = expectedMoves(['w-1', 'w-2', 'w-3'], ['w-1', 'w-2', 'w-3', 'w-4'], keys);
    expect(moved.size).to.be.within(1, keys.length - 1);
    const movedSlots = new Set([...moved].map((key) => slotOf(key)));
    const said = saidBySlot(taps);
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

  function surroundings() {
    const zooKeeper = createMemoryZooKeeper({ clock: systemClock });
    const bus = createMemoryBus({ partitions: 16 });
    ends.push(() => bus.close());
    ends.push(() => Promise.resolve(zooKeeper.close()));
    return { zooKeeper, bus };
  }

  type Around = ReturnType<typeof surroundings>;

  async function tappedWorker(
    id: string,
    zooKeeper: Around['zooKeeper'],
    bus: Around['bus'],
  ): Promise<LinkTap> {
    const port = await freePort();
    const tap = await LinkTap.start(port);
    const worker: Worker = createWorker({
      id,
      coordinator: zooKeeper.connect(),
      bus,
      secret,
      listen: { host: '127.0.0.1', port },
      advertise: tap.address,
      isFirst: true,
    });
    ends.push(() => tap.close());
    ends.push(() => worker.close());
    await worker.start();
    return tap;
  }

  function startedGateway(zooKeeper: Around['zooKeeper'], bus: Around['bus']): Gateway {
    const gateway = createGateway({
      options: { id: 'g-1', port: 0, adminPort: 0, drainWindowMs: 0 },
      coordinator: zooKeeper.connect(),
      bus,
      secret,
      isFirst: true,
    });
    ends.push(() => gateway.close());
    return gateway;
  }

  async function connected(url: string, recorder: ReturnType<typeof createRecorder>) {
    const clients = Array.from({ length: 40 }, (_, n) => {
      const protocol = n % 2 === 0 ? ('raw' as const) : ('ringway.v1' as const);
      return new RecordingClient({ url, user: `u${n}`, name: `c${n}`, protocol, recorder });
    });
    for (const client of clients) await client.connect();
    ends.push(() => Promise.all(clients.map((client) => client.close())));
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
