/** The admin port over real HTTP: who may ask, and what is answered. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { Registry } from 'prom-client';
import {
  type Readiness,
  RingwayError,
  seededRandom,
  silentLogger,
  systemClock,
} from '../../../base/index.ts';
import { emptyTable, type View } from '../../../cluster/index.ts';
import { type Bus, type BusEvent, createMemoryBus } from '../../../events/index.ts';
import { type AdminParts, AdminServer } from '../../../gateway/admin.ts';
import { type GatewayOptions, gatewayDefaults } from '../../../gateway/options.ts';
import { readStaticFiles } from '../../../gateway/static-files.ts';
import { slotCount } from '../../../ring/index.ts';
import { eventually } from '../../support/eventually.ts';

const view: View = {
  ...{ cluster: 'c', isFirstData: true, tableVersion: 1, table: emptyTable(slotCount) },
  ...{ live: new Map(), ring: new Map(), gateways: new Map() },
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const closing: (() => Promise<unknown>)[] = [];

async function start(options: Partial<GatewayOptions> = {}, parts: Partial<AdminParts> = {}) {
  const bus = createMemoryBus({ partitions: 4 });
  const cluster = {
    view: view as View | undefined,
    readiness: { status: 'ready', reasons: [] } as Readiness,
    drainWorker: (id: string) => (id === 'w-1' ? undefined : ('worker.unknown' as const)),
  };
  const server = new AdminServer({
    options: { ...gatewayDefaults, adminPort: 0, ...options },
    ...{ clock: systemClock, random: seededRandom(1), logger: silentLogger, bus, cluster },
    ...{ registry: new Registry(), files: new Map(), workers: undefined },
    numbers: () => ({ connections: 7 }),
    ...parts,
  });
  const port = await server.listen();
  closing.push(
    () => server.close(),
    () => bus.close(),
  );
  const ask = (line: string, headers: Record<string, string> = {}, body?: string | Buffer) =>
    new Promise<Answer>((resolve, reject) => {
      const [method, path] = line.split(' ');
      const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
        );
      });
      asked.on('error', reject);
      asked.end(body);
    });
  return { ask, cluster, bus, port };
}

/** Everything that comes back for these bytes. */
function rawAnswer(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

const json = { 'content-type': 'application/json' };
const event = (data: unknown) => JSON.stringify({ user: 'alice', type: 'note', id: 'e-1', data });

describe('the admin port', () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('answers readiness with its reasons: 200 also when degraded, 503 before and after', async () => {
    const { ask, cluster } = await start();
    expect(await ask('GET /healthz')).to.include({ status: 200, text: 'ok\n' });
    expect(JSON.parse((await ask('GET /readyz')).text)).to.deep.equal({
      status: 'ready',
      reasons: [],
    });
    const reasons: Readiness['reasons'] = [{ code: 'workers.none', message: 'no live worker' }];
    for (const [status, answered] of [
      ['degraded', 200],
      ['starting', 503],
      ['draining', 503],
    ] as const) {
      cluster.readiness = { status, reasons };
      const text = `{"status":"${status}","reasons":[{"code":"workers.none","message":"no live worker"}]}\n`;
      expect(await ask('GET /readyz')).to.include({ status: answered, text });
    }
  });

  it('refuses other sites: a rebound Host, a foreign Origin, a cross-site fetch, a form', async () => {
    const { ask, port } = await start();
    const own = `http://127.0.0.1:${port}`;
    const refused: Record<string, string>[] = [
      { host: 'evil.example' },
      { host: `localhost.evil.example:${port}` },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${port + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of refused) {
      for (const line of ['POST /v1/events', 'GET /v1/ring', 'POST /v1/workers/w-1/drain']) {
        expect((await ask(line, headers)).status, JSON.stringify(headers)).to.equal(403);
      }
    }
    const form = { 'content-type': 'text/plain' };
    const plain = await ask('POST /v1/events', form, event(1));
    expect(plain.status).to.equal(415);
    expect(JSON.stringify(plain)).to.include('application/cloudevents+json');
    expect((await ask('POST /v1/events', { ...json, origin: own }, event(1))).status).to.equal(202);
  });

  it('answers 503 within adminPublishTimeoutMs when the bus takes nothing', async () => {
    const bus = createMemoryBus({ partitions: 4 });
    closing.push(() => bus.close());
    const silent = { publishEvent: () => new Promise<void>(() => undefined) };
    const deaf: Bus = Object.assign(Object.create(bus), silent);
    const { ask } = await start({ adminPublishTimeoutMs: 100 }, { bus: deaf });
    const { status, text } = await ask('POST /v1/events', json, event(1));
    expect(status).to.equal(503);
    expect(text).to.include('bus.unavailable').and.include('adminPublishTimeoutMs 100');
  });

  it('wants the token where there is one, except for health', async () => {
    const adminToken = 'a-token-of-sixteen-or-more';
    const { ask } = await start({ adminToken });
    expect((await ask('GET /metrics')).status).to.equal(401);
    expect((await ask('GET /metrics', { authorization: 'Bearer x' })).status).to.equal(401);
    expect((await ask('GET /healthz')).status).to.equal(200);
    const right = { authorization: `Bearer ${adminToken}`, host: 'gateway.internal' };
    expect((await ask('GET /metrics', right)).status).to.equal(200);
  });

  it('publishes one event or many once the bus has them, and none of a bad batch', async () => {
    const { ask, bus } = await start();
    const one = await ask('POST /v1/events', json, event({ a: 1 }));
    expect(one).to.include({ status: 202, text: '{"ids":["e-1"]}\n' });
    const bad = await ask('POST /v1/events', json, `[${event(1)},{"type":"x"}]`);
    expect(bad.status).to.equal(400);
    expect(JSON.parse(bad.text)).to.have.keys('error', 'message');
    expect(bad.text).to.include('event 2 of 2');
    for (const body of ['[]', '{', 'null']) {
      expect((await ask('POST /v1/events', json, body)).status, body).to.equal(400);
    }
    const notUtf8 = Buffer.concat([
      Buffer.from('{"type":"t","user":"a'),
      Buffer.from([0xff, 0x22, 0x7d]),
    ]);
    const refused = await ask('POST /v1/events', json, notUtf8);
    expect(refused).to.include({ status: 400, text: '{"error":"admin.json"}\n' });
    await bus.close();
    expect((await ask('POST /v1/events', json, event(1))).status).to.equal(503);
  });

  it('publishes a thousand events in order without flooding the bus', async () => {
    const stored: string[] = [];
    let underWay = 0;
    let mostUnderWay = 0;
    const bus = {
      ...createMemoryBus({ partitions: 4 }),
      async publishEvent({ id }: BusEvent) {
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        await new Promise(setImmediate);
        underWay -= 1;
        stored.push(id);
      },
    } as unknown as Bus;
    const { ask } = await start({}, { bus });
    const ids = Array.from({ length: 1_000 }, (_, i) => `e-${i}`);
    const body = JSON.stringify(ids.map((id) => ({ id, type: 't', user: 'alice' })));
    const answer = await ask('POST /v1/events', json, body);
    expect(answer.status).to.equal(202);
    expect(JSON.parse(answer.text)).to.deep.equal({ ids });
    expect(stored).to.deep.equal(ids);
    expect(mostUnderWay).to.be.within(2, 100);
  });

  it('bounds the body, and answers other paths and methods shortly', async () => {
    const { ask } = await start({ adminBodyBytesMax: 1_024 });
    const big = await ask('POST /v1/events', json, event('x'.repeat(2_000)));
    expect(big).to.include({ status: 413, text: '{"error":"admin.body_bytes"}\n' });
    expect((await ask('GET /nothing')).status).to.equal(404);
    const deleted = await ask('DELETE /v1/ring');
    expect([deleted.status, deleted.headers.allow]).to.deep.equal([405, 'GET, POST']);
    expect((await ask('GET /v1/workers/w-1/drain')).status).to.equal(404);
  });

  it('answers what is not HTTP, and a body that does not come, as everything else', async () => {
    const { port } = await start({ headerTimeoutMs: 100 });
    const slow = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
    expect(await rawAnswer(port, 'nonsense\r\n\r\n')).to.match(
      / 400 .*\{"error":"http\.malformed"\}\n$/s,
    );
    expect(await rawAnswer(port, slow)).to.match(/ 408 .*\{"error":"http\.timeout"\}\n$/s);
  });

  it('shows the ring, finds a key, and asks a worker to drain', async () => {
    const { ask } = await start();
    const ring = JSON.parse((await ask('GET /v1/ring')).text);
    expect(ring).to.include({ cluster: 'c', unowned: slotCount, canChangeWorkers: false });
    expect((await ask('GET /v1/where')).status).to.equal(400);
    const where = await ask('GET /v1/where?key=user%3Aalice');
    expect(JSON.parse(where.text)).to.include({ key: 'user:alice', owner: '' });
    expect((await ask('POST /v1/workers/w-1/drain')).status).to.equal(202);
    expect((await ask('POST /v1/workers/w-9/drain')).status).to.equal(404);
    expect((await ask('POST /v1/workers')).status).to.equal(404);
  });

  it('adds and kills workers where somebody can', async () => {
    const workers = {
      add: async () => 'w-7',
      kill: async (id: string) => {
        if (id !== 'w-7') throw new RingwayError('worker.unknown', `no worker ${id}`);
      },
    };
    const { ask } = await start({}, { workers });
    expect(await ask('POST /v1/workers')).to.include({ status: 201, text: '{"id":"w-7"}\n' });
    expect((await ask('POST /v1/workers/w-7/kill')).status).to.equal(202);
    expect((await ask('POST /v1/workers/w-8/kill')).status).to.equal(404);
  });

  it('serves the page under a strict policy, and nothing beside it', async () => {
    const files = await readStaticFiles(join(import.meta.dirname, '../../../console'));
    const { ask } = await start({}, { files });
    const page = await ask('GET /');
    expect(page.status).to.equal(200);
    expect(page.headers['content-security-policy']).to.include("default-src 'none'");
    expect(page.headers['content-security-policy']).to.not.include('unsafe');
    expect(page.text).to.not.match(/<script(?![^>]*src=)|style=|onclick=/);
    expect((await ask('GET /app.js')).headers['content-type']).to.include('text/javascript');
    for (const path of ['/../package.json', '/%2e%2e/package.json', '//app.js']) {
      expect((await ask(`GET ${path}`)).status).to.equal(404);
    }
  });

  it('streams the ring when it changes and the numbers, to a bounded number of listeners', async () => {
    const { cluster, port, ask } = await start({ adminStreamsMax: 1 });
    const controller = new AbortController();
    const url = `http://127.0.0.1:${port}/v1/stream`;
    const response = await fetch(url, { signal: controller.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await eventually(
      'the first two',
      () => text.includes('event: ring') && text.includes('"connections":7'),
    );
    expect((await ask('GET /v1/stream')).status).to.equal(503);
    cluster.view = { ...view, tableVersion: 2 };
    await eventually('the change', () => text.includes('"tableVersion":2'));
    controller.abort();
    await reading;
  });
});
