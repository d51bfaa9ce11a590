/**
 * The promise, from outside: a cluster as `ringway up` starts it, 500 clients, events and client
 * messages all the while, and workers added, drained and killed under it. The clients' and the
 * publisher's own histories are judged; no socket may close.
 */
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { killLeftovers, startUp, type Up } from '../support/cli/ringway-process.ts';
import { AdminClient } from '../support/e2e/admin.ts';
import { Load } from '../support/e2e/load.ts';
import {
  copiedTwice,
  expectedMoves,
  movedKeys,
  settledOn,
  type Topology,
} from '../support/e2e/topology.ts';
import { eventually } from '../support/eventually.ts';

const application = join(import.meta.dirname, '../support/e2e/ledger-app.mjs');
const usersCount = 250;

interface Step {
  readonly name: string;
  /** Workers before and after. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly isCrash?: boolean;
  act(admin: AdminClient): Promise<unknown>;
}

const steps: readonly Step[] = [
  {
    name: 'a worker is added',
    from: ['w-1', 'w-2', 'w-3'],
    to: ['w-1', 'w-2', 'w-3', 'w-4'],
    act: (admin) => admin.post('/v1/workers'),
  },
  {
    name: 'a worker is drained',
    from: ['w-1', 'w-2', 'w-3', 'w-4'],
    to: ['w-1', 'w-3', 'w-4'],
    act: (admin) => admin.post('/v1/workers/w-2/drain'),
  },
  {
    name: 'a worker is killed',
    from: ['w-1', 'w-3', 'w-4'],
    to: ['w-3', 'w-4'],
    isCrash: true,
    act: (admin) => admin.post('/v1/workers/w-1/kill'),
  },
  {
    name: 'another is added after the crash',
    from: ['w-3', 'w-4'],
    to: ['w-3', 'w-4', 'w-5'],
    act: (admin) => admin.post('/v1/workers'),
  },
];

describe('500 clients while workers come, go and die', function () {
  this.timeout(120_000);
  let up: Up;
  let admin: AdminClient;
  let load: Load;
  let topology: Topology;
  let keys: readonly string[];

  before(async () => {
    up = await startUp('--app', application, '--workers', '3');
    admin = new AdminClient(up.adminUrl);
    load = new Load({
      url: up.publicUrl,
      admin,
      users: usersCount,
      clients: 2 * usersCount,
      eventsPerSecond: 200,
    });
    keys = load.users.map((user) => `user:${user}`);
    await load.connect();
    topology = await settledOn(admin, ['w-1', 'w-2', 'w-3']);
    load.start();
  });

  after(async () => {
    await load?.close();
    killLeftovers();
  });

  for (const step of steps) {
    it(`moves exactly the users of the rings' difference when ${step.name}`, async () => {
      await copiedTwice(admin, keys);
      await moreLoad(load);
      const terms = await termsOf(admin, keys.slice(0, 20));
      const fromMs = load.recorder.nowMs() - 100;
      await step.act(admin);
      const later = await settledOn(admin, step.to);
      const moved = movedKeys(topology, later, keys);
      const expected = expectedMoves(step.from, step.to, keys);
      expect(moved.size, 'users that moved').to.be.greaterThan(0);
      expect([...moved].sort()).to.deep.equal([...expected].sort());
      topology = later;
      await riseOnlyWhere(admin, terms, moved);
      await copiedTwice(admin, keys);
      report(load, step.name, fromMs, moved);
    });
  }

  it('closed no socket, and lost, repeated and reordered nothing', async () => {
    await load.stop();
    const verdict = load.verdict();
    expect(verdict.faults.slice(0, 5), `${verdict.faults.length} faults`).to.deep.equal([]);
    expect(verdict.disconnects).to.equal(0);
    expect(verdict.breaks).to.equal(0);
    expect(verdict.received).to.be.greaterThan(load.published);
    const gaps = load.clients.flatMap((client) => client.countGaps);
    expect(gaps.slice(0, 5), "gaps in the application's count").to.deep.equal([]);
    expect(load.clients.flatMap(({ losses, failures }) => [...losses, ...failures])).to.deep.equal(
      [],
    );
    console.log(
      `      ${load.published} events and ${verdict.confirmed - load.published} messages confirmed, ` +
        `${verdict.received} received by ${load.clients.length} clients`,
    );
  });
});

/** Two seconds' worth of events and messages between one change and the next. */
async function moreLoad(load: Load): Promise<void> {
  const before = load.published;
  await eventually('more load', () => load.published >= before + 400, 20_000);
}

async function termsOf(admin: AdminClient, keys: readonly string[]): Promise<Map<string, number>> {
  const terms = new Map<string, number>();
  for (const key of keys) terms.set(key, (await admin.where(key)).term);
  return terms;
}

/** The fault bit: the term rose where the owner changed, and nowhere else. */
async function riseOnlyWhere(
  admin: AdminClient,
  before: ReadonlyMap<string, number>,
  moved: ReadonlySet<string>,
): Promise<void> {
  for (const [key, term] of before) {
    const now = (await admin.where(key)).term;
    if (moved.has(key)) expect(now, key).to.be.greaterThan(term);
    else expect(now, key).to.equal(term);
  }
}

function report(load: Load, name: string, fromMs: number, moved: ReadonlySet<string>): void {
  const window = { fromMs, toMs: load.recorder.nowMs() };
  const others = new Set(load.clients.map(({ key }) => key).filter((key) => !moved.has(key)));
  for (const [who, keys] of [
    ['moved', moved],
    ['other', others],
  ] as const) {
    const { p50, p99, max } = load.verdict({ ...window, keys }).pausesMs;
    const [a, b, c] = [p50, p99, max].map((ms) => ms.toFixed(0));
    console.log(`      ${name}: ${keys.size} ${who} users wait p50 ${a} p99 ${b} max ${c} ms`);
  }
}
