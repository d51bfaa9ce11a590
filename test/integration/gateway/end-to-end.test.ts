/** A gateway and two workers over real sockets and links: a client, its echo, its events. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { systemClock } from '../../../base/index.ts';
import { createMemoryZooKeeper } from '../../../cluster/index.ts';
import { createMemoryBus } from '../../../events/index.ts';
import { createGateway, type Gateway, type GatewayAddresses } from '../../../gateway/index.ts';
import { builtInApplications } from '../../../worker/built-in/index.ts';
import { createWorker, type Worker } from '../../../worker/index.ts';
import { eventually } from '../../support/eventually.ts';

const secret = 'a secret shared by the processes';

describe('a gateway in a cluster', () => {
  const zooKeeper = createMemoryZooKeeper({ clock: systemClock });
  const bus = createMemoryBus({ partitions: 4 });
  const workers: Worker[] = [];
  const sockets: WebSocket[] = [];
  let gateway: Gateway;
  let addresses: GatewayAddresses;

  before(async () => {
    const application = builtInApplications.get('echo');
    for (const id of ['w-1', 'w-2']) {
      const coordinator = zooKeeper.connect();
      const parts = { id, coordinator, bus, secret, isFirst: true };
      workers.push(createWorker({ ...parts, ...(application && { application }) }));
    }
    gateway = createGateway({
      ...{ coordinator: zooKeeper.connect(), bus, secret, isFirst: true },
      options: { id: 'g-1', port: 0, adminPort: 0, drainWindowMs: 100 },
    });
    addresses = await gateway.start();
    await Promise.all(workers.map((worker) => worker.start()));
    await eventually('every slot owned', async () => {
      const response = await fetch(`${addresses.adminUrl}/v1/ring`);
      if (!response.ok) return false;
      const { unowned, movesInFlight } = (await response.json()) as Record<string, number>;
      return unowned === 0 && movesInFlight === 0;
    });
  });

  after(async () => {
    for (const socket of sockets) socket.terminate();
    await gateway.close();
    for (const worker of workers) await worker.close();
    await bus.close();
    zooKeeper.close();
  });

  /** A `ringway.v1` client and what it has received. */
  async function client(user: string, query = ''): Promise<{ ws: WebSocket; seen: Seen[] }> {
    const ws = new WebSocket(`${addresses.publicUrl}?user=${user}${query}`, ['ringway.v1']);
    sockets.push(ws);
    const seen: Seen[] = [];
    ws.on('message', (message: Buffer) => {
      const frame = JSON.parse(message.toString('utf8')) as Seen | Seen[];
      seen.push(...(Array.isArray(frame) ? frame : [frame]));
    });
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
    await eventually('the welcome', () => seen.length > 0);
    return { ws, seen };
  }

  function publish(events: unknown): Promise<Response> {
    return fetch(`${addresses.adminUrl}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
  }

  it('echoes a message through a worker and says that it was accepted', async () => {
    const { ws, seen } = await client('alice');
    ws.send(
      '{"op":"message","id":1,"data":{"n":1e400,"text":"hi"}}'.replace(
        '1e400',
        '12345678901234567890',
      ),
    );
    await eventually('the answer', () => seen.some(({ op }) => op === 'accepted'));
    expect(seen.map(({ op }) => op)).to.include.members(['welcome', 'reply', 'accepted']);
    expect(seen[0]).to.include({ key: 'user:alice', recovered: true });
  });

  it('delivers events in order, and what was missed after a resume, once', async () => {
    const first = await client('bob');
    const response = await publish([1, 2].map((n) => ({ user: 'bob', type: 'note', data: n })));
    expect(response.status).to.equal(202);
    await eventually(
      'two events',
      () => first.seen.filter(({ op }) => op === 'event').length === 2,
    );
    first.ws.terminate();
    await publish({ user: 'bob', type: 'note', data: 3 });
    const [welcome] = first.seen;
    const last = first.seen.at(-1);
    const position = `${welcome?.epoch}.${(last?.offset ?? 0) + 1}`;
    const second = await client('bob', `&resume=${position}&session=${welcome?.session}`);
    await eventually('the third event', () => second.seen.some(({ data }) => data === 3));
    expect(second.seen[0]).to.include({ recovered: true, session: welcome?.session });
    expect(second.seen.filter(({ op }) => op === 'event').map(({ data }) => data)).to.deep.equal([
      3,
    ]);
  });

  it('drains: readiness off, the socket closed with 1012, everything ended', async () => {
    const { ws, seen } = await client('carol');
    const closed = new Promise((resolve) => ws.once('close', resolve));
    await gateway.drain();
    expect(await closed).to.equal(1012);
    expect(seen.some(({ op }) => op === 'goaway')).to.equal(true);
  });
});

interface Seen {
  readonly op: string;
  readonly session?: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly data?: unknown;
}
