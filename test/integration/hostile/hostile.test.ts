/**
 * Applications and clients at their worst, against a whole cluster on real sockets: whatever one
 * of them does, the cluster goes on for everybody else.
 */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { type EmbeddedCluster, startEmbedded } from '../../../cli/embedded.ts';
import type { Application, MessageContext } from '../../../worker/index.ts';
import { ClusterClient } from '../../support/cluster-client.ts';
import { eventually } from '../../support/eventually.ts';

type Deed = (ctx: MessageContext<unknown>) => unknown;

const fail = (thrown: unknown): never => {
  throw thrown;
};
const hostile = new Proxy(
  {},
  {
    get: () => fail(new Error('trap')),
    getPrototypeOf: () => fail(new Error('trap')),
  },
);
const data = 'x';

/** What a handler does, and what its sender is told; undefined = nothing is wrong. */
const deeds: Readonly<Record<string, readonly [Deed, RegExp | undefined]>> = {
  'throws an error': [() => fail(new Error('secret')), /^handler\.failed: onMessage threw Error$/],
  'throws nothing': [() => fail(undefined), /threw undefined/],
  'throws a proxy full of traps': [() => fail(hostile), /an unreadable value/],
  'rejects with a proxy full of traps': [() => Promise.reject(hostile), /an unreadable value/],
  'returns a proxy full of traps': [() => hostile, /./],
  'returns a number': [() => 42, /^handler\.returned_value/],
  // biome-ignore lint/suspicious/noThenProperty: hostile on purpose.
  'settles twice': [() => ({ then: (ok: () => void) => [ok(), ok()] }), undefined],
  'never returns': [() => new Promise(() => undefined), /^deadline$/],
  'blocks the process for a second': [() => block(1_000), undefined],
  'changes its state in place': [
    (ctx) => {
      ctx.key.state = { list: [] };
      (ctx.key.state as { list: number[] }).list.push(1);
    },
    /threw TypeError/,
  ],
  'floods pushes': [(ctx) => repeat(1e6, () => ctx.key.push(data)), /^run\.too_many/],
  'pushes a megabyte': [(ctx) => ctx.key.push(data.repeat(1 << 20)), /^record\.too_large/],
  'keeps too much state': [
    (ctx) => {
      ctx.key.state = data.repeat(1 << 17);
    },
    /^state\.too_large/,
  ],
  'pushes a value too deep for JSON': [(ctx) => ctx.key.push(deep()), /^value\.unsupported/],
  'sends to a key with a control character': [
    (ctx) => ctx.send('user:a\u0000', { type: 't', data }),
    /^name\.invalid/,
  ],
  'sends to half a surrogate pair': [
    (ctx) => ctx.send('user:\ud800', { type: 't', data }),
    /^name\.invalid/,
  ],
  'sends a type with a line feed': [
    (ctx) => ctx.send('user:bob', { type: 't\n', data }),
    /^name\.invalid/,
  ],
  'sends to a key of 10 kB': [
    (ctx) => ctx.send('k'.repeat(10_000), { type: 't', data }),
    /^name\.invalid/,
  ],
  'sends more than an event holds': [
    (ctx) => ctx.send('user:bob', { type: 't', data: data.repeat(300_000) }),
    /^event\.too_large/,
  ],
  'publishes under a suffix with a control character': [
    (ctx) => ctx.publish(data, { suffix: '\u0007' }),
    /^name\.invalid/,
  ],
};

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

function repeat(times: number, call: () => void): void {
  for (let n = 0; n < times; n += 1) call();
}

function deep(): unknown {
  let value: unknown = [];
  for (let n = 0; n < 100_000; n += 1) value = [value];
  return value;
}

const application: Application = {
  onMessage(ctx) {
    const wanted = ctx.message.json() as { deed?: string; to?: string };
    const [deed] = deeds[wanted.deed ?? ''] ?? [];
    // Whatever a deed returns is returned: that is the point.
    if (deed !== undefined) return deed(ctx) as undefined;
    ctx.send(wanted.to ?? 'user:nobody', { type: 'note', data: wanted });
    return undefined;
  },
};

describe('a hostile handler or client', function () {
  this.timeout(30_000);
  let cluster: EmbeddedCluster;
  const clients: ClusterClient[] = [];

  before(async () => {
    cluster = await startEmbedded({
      application,
      limits: { handlerDeadlineMs: 300, sealWaitMs: 100 },
      gateway: { drainWindowMs: 0, sendBufferBytesMax: 200_000 },
    });
    await cluster.settled(20_000);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.cut();
  });
  after(() => cluster.close());

  const gateway = () => cluster.gateways[0] ?? expect.fail('no gateway');

  async function open(query: string): Promise<ClusterClient> {
    const client = await ClusterClient.open(gateway().publicUrl, query);
    clients.push(client);
    return client;
  }

  async function publish(events: readonly object[]): Promise<void> {
    const body = JSON.stringify(events);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${gateway().adminUrl}/v1/events`, {
      method: 'POST',
      headers,
      body,
    });
    expect(answer.status, await answer.text()).to.equal(202);
  }

  for (const [what, [, error]] of Object.entries(deeds)) {
    it(`a handler that ${what} hurts nobody else`, async () => {
      const alice = await open('?user=alice');
      const bob = await open('?user=bob');
      const accepted = await alice.ask({ deed: what });
      if (error === undefined) expect(accepted.error).to.equal(undefined);
      else expect(accepted.error).to.match(error);
      expect(JSON.stringify(accepted)).not.to.include('secret');
      // The same worker's later publications get through, and sockets are open.
      expect((await alice.ask({ to: 'user:bob' })).error).to.equal(undefined);
      await eventually('bob hears of it', () => bob.events.length === 1);
      expect([alice.closed, bob.closed]).to.deep.equal([undefined, undefined]);
    });
  }

  it('a client that does not read is closed, others notice nothing, and it resumes', async () => {
    const slow = await open('?user=slow');
    const other = await open('?user=other');
    slow.pause();
    const big = data.repeat(30_000);
    let published = 0;
    const isClosed = async (): Promise<boolean> => {
      const metrics = await (await fetch(`${gateway().adminUrl}/metrics`)).text();
      return metrics.includes('ringway_closes_total{code="4413"} 1');
    };
    while (!(await isClosed())) {
      published += 1;
      await publish([
        { user: 'slow', type: 't', id: `s${published}`, data: big },
        { user: 'other', type: 't', data: 1 },
      ]);
      await eventually('the other one', () => other.events.length === published);
      expect(published, 'events of 30 kB before it is closed').to.be.below(1_000);
    }
    slow.resumeReading();
    await eventually('the close', () => slow.closed === '4413 slow client');
    const again = await open(`?user=slow&${slow.resume}`);
    await publish([{ user: 'slow', type: 't', id: 'last', data: 1 }]);
    await eventually('the last event', () => again.events.at(-1)?.id === 'last');
    expect(again.frames[0]).to.include({ op: 'welcome', recovered: true });
    const ids = [...slow.events, ...again.events].map(({ id }) => id);
    const all = Array.from({ length: published }, (_, n) => `s${n + 1}`);
    expect(ids).to.deep.equal([...all, 'last']);
  });

  it('a client that floods a stuck handler is not read beyond heldPerSessionMax', async () => {
    const flooding = await open('?user=flooding');
    const before = await received();
    flooding.send({ deed: 'never returns' });
    const pad = data.repeat(20_000);
    for (let n = 0; n < 300; n += 1) flooding.send({ to: 'user:nobody', pad });
    await eventually('a pause', async () => (await metric('ringway_pauses_total')) > 0);
    // 64, and what had come in the same chunk.
    expect((await received()) - before).to.be.within(64, 70);
    // Once the handler has had its deadlines, everything is handled, in order.
    const isLast = () => flooding.frames.some(({ op, id }) => op === 'accepted' && id === 301);
    await eventually('the last message', isLast, 20_000);
    const ids = flooding.frames.flatMap(({ op, id }) => (op === 'accepted' ? [id] : []));
    expect(ids).to.deep.equal(Array.from({ length: 301 }, (_, n) => n + 1));
  });

  it('a user that comes back and back to a stuck handler is refused in the end', async () => {
    const stuck = await open('?user=returning');
    stuck.send({ deed: 'never returns' });
    let refused: unknown;
    for (let tries = 0; refused === undefined && tries < 50; tries += 1) {
      const before = await received();
      await open('?user=returning').then(
        async (again) => {
          // Each one stuck, so that nothing is handled meanwhile however slow this machine is.
          for (let n = 0; n < 60; n += 1) again.send({ deed: 'never returns' });
          await eventually('some are read', async () => (await received()) > before);
          again.cut();
        },
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(String(refused)).to.include('refused 503');
    const other = await open('?user=other');
    expect((await other.ask({})).error).to.equal(undefined);
  });

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${gateway().adminUrl}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(name));
    return Number(line?.split(' ')[1] ?? 0);
  }

  const received = () => metric('ringway_messages_received_total{protocol="ringway.v1"}');
});
