/**
 * The promise, on separate processes, a real ZooKeeper and a real RabbitMQ: 500 clients, events
 * and client messages all the while, and workers that join, drain, are redeployed and are killed.
 * Clients and publisher run in processes of their own; their histories are judged. No socket may
 * close, and on the links of users who stay where they are nothing but their traffic is said.
 */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { slotOf } from '../../../ring/index.ts';
import type { Topology } from '../../support/e2e/topology.ts';
import { copiedTwice, expectedMoves, movedKeys, settledOn } from '../../support/e2e/topology.ts';
import type { PauseWindow } from '../../support/history-pauses.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { faultLines } from '../../support/processes/judge.ts';
import { Stage } from '../../support/processes/stage.ts';
import { plantedFaults } from '../../support/processes/tampering.ts';
import { WireTally } from '../../support/processes/wire-tally.ts';

interface Step {
  readonly name: string;
  /** Workers before and after. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  act(stage: Stage): Promise<unknown>;
}

const steps: readonly Step[] = [
  {
    name: 'a fourth worker joins',
    from: ['w-1', 'w-2', 'w-3'],
    to: ['w-1', 'w-2', 'w-3', 'w-4'],
    act: ({ cluster }) => cluster.addWorker('w-4'),
  },
  {
    name: 'a worker drains and leaves',
    from: ['w-1', 'w-2', 'w-3', 'w-4'],
    to: ['w-1', 'w-3', 'w-4'],
    act: ({ cluster }) => cluster.drain('w-2'),
  },
  {
    name: 'a worker to be redeployed leaves',
    from: ['w-1', 'w-3', 'w-4'],
    to: ['w-1', 'w-4'],
    act: ({ cluster }) => cluster.drain('w-3'),
  },
  {
    name: 'it comes back under its id',
    from: ['w-1', 'w-4'],
    to: ['w-1', 'w-3', 'w-4'],
    act: ({ cluster }) => cluster.restart('w-3'),
  },
  {
    name: 'a worker is killed with SIGKILL',
    from: ['w-1', 'w-3', 'w-4'],
    to: ['w-3', 'w-4'],
    // With records on their way to its copies: what was shown or acknowledged before is lost.
    act: ({ cluster, load }) => cluster.killUnheard('w-1', () => load.moreConfirmed(60)),
  },
];

/** On a busy machine a heartbeat or a session may be late; then links and owners change by that. */
const patience = ['--ping-interval-ms', '2000'];
const longSession = ['--session-timeout-ms', '10000'];

/** What a user's clients and backends cause by themselves. */
const ownTraffic = ['FRAME', 'INPUT', 'INPUT_ACK'];

describe('500 clients of a cluster of processes', function () {
  this.timeout(180_000);
  const wire = new WireTally();
  const windows: PauseWindow[] = [];
  let stage: Stage;
  let topology: Topology;

  before(async () => {
    stage = await Stage.start({
      cluster: {
        gateways: ['g-1', 'g-2'],
        workers: ['w-1', 'w-2', 'w-3'],
        gatewayFlags: [...patience, ...longSession],
        workerFlags: [...patience, ...longSession],
        workerEnv: { LEDGER_SLOW_MAX_MS: '60' },
        onLinkMessage: wire.take,
      },
      load: { users: 250, eventsPerSecond: 200, plainEvery: 10 },
    });
    topology = await settledOn(stage.cluster.admin, ['w-1', 'w-2', 'w-3']);
    await stage.load.start();
  });

  after(() => stage?.close());

  for (const { name, from, to, act } of steps) {
    it(`moves exactly the users of the rings' difference when ${name}`, async () => {
      const { cluster, load } = stage;
      await copiedTwice(cluster.admin, load.keys);
      await load.more(400);
      const before = await placesOf(load.keys.slice(0, 40));
      wire.forget();
      const fromMs = machineMs() - 100;
      await act(stage);
      const later = await settledOn(cluster.admin, to);
      const moved = movedKeys(topology, later, load.keys);
      topology = later;
      expect(moved.size, 'users that moved').to.be.greaterThan(0);
      expect([...moved].sort()).to.deep.equal([...expectedMoves(from, to, load.keys)].sort());
      await expectFenced(before, moved);
      await load.more(400);
      expectOwnTraffic(moved);
      note(name, fromMs, moved);
    });
  }

  it('closed no socket, and lost, repeated and reordered nothing', async () => {
    const { load } = stage;
    await load.stop();
    const { returned, connections, confirmed } = await load.publisher();
    expect({ returned, connections }).to.deep.equal({ returned: 0, connections: 1 });
    const verdict = await load.verdict({
      windows,
      isContiguous: true,
      mayDisconnect: () => false,
    });
    expect(faultLines(verdict)).to.deep.equal([]);
    expect(verdict.disconnects).to.equal(0);
    expect(verdict.breaks).to.equal(0);
    expect(verdict.received).to.equal(2 * verdict.confirmed);
    expect(wire.inFlightWhenMoved, 'inputs under way on moving slots').to.be.greaterThan(0);
    for (const [window, { count, p50, p99, max }] of verdict.windows) {
      if (window === '') continue;
      const [a, b, c] = [p50, p99, max].map((ms) => ms.toFixed(0));
      console.log(`      ${window}: ${count} clients wait p50 ${a} p99 ${b} max ${c} ms`);
    }
    console.log(
      `      ${confirmed} events and ${verdict.confirmed - confirmed} messages confirmed, ` +
        `${verdict.received} received, ${wire.inFlightWhenMoved} under way on moving slots`,
    );
  });

  it('would have told: faults planted in this very history are found', async () => {
    for (const { name, tamper, finds } of plantedFaults()) {
      const verdict = await stage.load.verdict({ tamper });
      expect(faultLines(verdict).join('\n'), name).to.match(finds);
    }
  });

  async function placesOf(keys: readonly string[]) {
    const places = await Promise.all(keys.map((key) => stage.cluster.admin.where(key)));
    return new Map(places.map((place) => [place.key, place]));
  }

  /** The fault bit: the term rose where the owner changed, and nowhere else. */
  async function expectFenced(
    before: Awaited<ReturnType<typeof placesOf>>,
    moved: ReadonlySet<string>,
  ): Promise<void> {
    const now = await placesOf([...before.keys()]);
    for (const [key, { term, owner }] of before) {
      const later = now.get(key);
      if (moved.has(key)) {
        expect(later?.owner, key).to.not.equal(owner);
        expect(later?.term, key).to.be.greaterThan(term);
      } else expect({ ...later }, key).to.deep.include({ owner, term });
    }
  }

  function expectOwnTraffic(moved: ReadonlySet<string>): void {
    const movedSlots = new Set([...moved].map((key) => slotOf(key)));
    for (const key of stage.load.keys) {
      const slot = slotOf(key);
      if (movedSlots.has(slot)) expect(wire.kinds(slot), key).to.include('BIND');
      else expect(wire.kinds(slot), key).to.deep.equal(ownTraffic);
    }
  }

  function note(name: string, fromMs: number, moved: ReadonlySet<string>): void {
    const toMs = machineMs();
    const others = new Set(stage.load.keys.filter((key) => !moved.has(key)));
    windows.push({ name: `${name}: moved users`, fromMs, toMs, keys: moved });
    windows.push({ name: `${name}: other users`, fromMs, toMs, keys: others });
  }
});
