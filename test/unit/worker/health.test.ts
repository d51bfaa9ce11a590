import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { type Readiness, RingwayError } from '../../../base/index.ts';
import { createHealthServer, type HealthOptions } from '../../../worker/health.ts';
import { newMemory } from '../../../worker/memory.ts';
import type { WorkerStatus } from '../../../worker/status.ts';

const closing: (() => Promise<unknown>)[] = [];

const status: WorkerStatus = {
  ...{ id: 'w-1', phase: 'serving', boot: 'w-1@4', cluster: 'c', address: 'a:1', isInRing: true },
  slots: {
    owner: 1,
    copy: 2,
    used: 3,
    single: 0,
    sealed: 4,
    keys: 5,
    sessions: 6,
    ownedBytes: 7,
    copiedBytes: 8,
  },
  memory: { heldBytes: 15, bytesMax: 100, isFull: false, ...newMemory().counts },
  ...{ links: { worker: 1, gateway: 2 }, runs: 0, publisher: { isUp: true, pending: 0 } },
};

async function start(changes: Partial<HealthOptions> = {}) {
  const worker = {
    readiness: { status: 'ready', reasons: [] } as Readiness,
    status: () => status,
    metrics: async () => 'ringway_worker_ready 1\n',
  };
  const server = createHealthServer({
    ...{ host: '127.0.0.1', port: 0, token: undefined, worker },
    ...changes,
  });
  closing.push(() => server.close());
  const url = await server.listen();
  const ask = async (path: string, init: RequestInit = {}): Promise<readonly [number, string]> => {
    const response = await fetch(`${url}${path}`, init);
    return [response.status, await response.text()];
  };
  return { ask, worker, url };
}

describe("a worker's health port", () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('says that it lives, what it is and what it counts', async () => {
    const { ask } = await start();
    expect(await ask('/healthz')).to.deep.equal([200, 'ok\n']);
    expect(await ask('/metrics')).to.deep.equal([200, 'ringway_worker_ready 1\n']);
    const [code, text] = await ask('/v1/status');
    expect([code, JSON.parse(text)]).to.deep.equal([200, status]);
  });

  const reasons = [{ code: 'bus.blocked', message: 'why' }] as const;
  for (const [state, code] of [
    ['starting', 503],
    ['ready', 200],
    ['degraded', 200],
    ['draining', 503],
  ] as const) {
    it(`answers ${code} while ${state}, with the reasons`, async () => {
      const { ask, worker } = await start();
      worker.readiness = { status: state, reasons };
      const [answered, text] = await ask('/readyz?verbose');
      expect([answered, JSON.parse(text)]).to.deep.equal([code, { status: state, reasons }]);
    });
  }

  it('changes nothing, and has nothing else', async () => {
    const { ask } = await start();
    expect(await ask('/healthz', { method: 'POST' })).to.deep.equal([
      405,
      '{"error":"http.method"}\n',
    ]);
    expect(await ask('/v1/ring')).to.deep.equal([404, '{"error":"admin.not_found"}\n']);
  });

  it('wants its token for status and metrics, not for health', async () => {
    const token = 'a token of sixteen or more';
    const { ask } = await start({ token });
    for (const path of ['/v1/status', '/metrics']) {
      expect(await ask(path)).to.deep.equal([401, '{"error":"admin.unauthorized"}\n']);
      const [code] = await ask(path, { headers: { authorization: `Bearer ${token}` } });
      expect(code).to.equal(200);
    }
    for (const path of ['/healthz', '/readyz']) expect((await ask(path))[0]).to.equal(200);
  });

  it('refuses pages of other sites where it has no token', async () => {
    const { ask } = await start();
    const [code] = await ask('/v1/status', { headers: { origin: 'http://evil.example' } });
    expect(code).to.equal(403);
  });

  it('names what it cannot have', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as AddressInfo;
    for (const [changes, code] of [
      [{ port }, 'worker.address_in_use'],
      [{ host: '203.0.113.7' }, 'worker.listen_failed'],
    ] as const) {
      const failure: unknown = await start(changes).catch((error: unknown) => error);
      expect(failure).instanceOf(RingwayError).and.include({ code });
    }
  });
});
