/**
 * Gateways die by SIGKILL and stop by SIGTERM under load: their partitions are taken over in
 * order, their `ringway.v1` clients resume at the other one, and nobody there notices.
 */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { settledOn } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import { machineMs } from '../../support/processes/journal.ts';
import { faultLines } from '../../support/processes/judge.ts';
import { partitionsOf, queueCounts } from '../../support/processes/queues.ts';
import { Stage } from '../../support/processes/stage.ts';

const gateways = ['g-1', 'g-2'] as const;
const workers = ['w-1', 'w-2', 'w-3'];
/** Sockets of a process that was killed close at once; those of one that stops, over this time. */
const drainWindowMs = 1000;

describe('gateways that die or stop under load', function () {
  this.timeout(180_000);
  /** From when to when a gateway's clients were closed, and how many it had. */
  const ends: { fromMs: number; toMs: number; clients: number }[] = [];
  let stage: Stage;

  before(async () => {
    stage = await Stage.start({
      cluster: { gateways, workers, gatewayFlags: ['--drain-window-ms', String(drainWindowMs)] },
      load: { users: 150, eventsPerSecond: 150, plainEvery: 10 },
    });
    await settledOn(stage.cluster.admin, workers);
    await stage.load.start();
    await stage.load.more(300);
  });

  after(() => stage?.close());

  it('has its partitions taken over and its clients resumed elsewhere when it is killed', async () => {
    await end(0, () => stage.cluster.kill('g-1'));
    await takenOver('g-1');
    await stage.load.more(400);
  });

  it('takes its part again when it comes back, and all when the other is killed', async () => {
    await stage.cluster.restart('g-1');
    await stage.load.more(300);
    await end(1, () => stage.cluster.kill('g-2'));
    await takenOver('g-2');
    await stage.load.more(400);
  });

  it('sends its clients elsewhere before it stops', async () => {
    await stage.cluster.restart('g-2');
    await stage.load.more(300);
    await end(0, () => stage.cluster.drain('g-1'));
    await stage.load.more(400);
  });

  it('lost, repeated and reordered nothing, and closed no socket elsewhere', async () => {
    const { load } = stage;
    await load.stop();
    const isEnd = (_: string, atMs: number): boolean =>
      ends.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
    const verdict = await load.verdict({ mayDisconnect: isEnd });
    expect(faultLines(verdict)).to.deep.equal([]);
    expect(verdict.breaks).to.equal(0);
    expect(verdict.disconnects).to.equal(ends.reduce((sum, { clients }) => sum + clients, 0));
    const { returned } = await load.publisher();
    expect(returned).to.equal(0);
    console.log(`      ${verdict.received} received, ${verdict.disconnects} sockets closed`);
  });

  /** Ends a gateway; resolves when all its clients are welcome at the other one. */
  async function end(gateway: number, act: () => Promise<void>): Promise<void> {
    const { atGateway, clients } = await stage.load.fleet();
    const here = atGateway[gateway] ?? 0;
    expect(here, 'clients of the gateway').to.be.greaterThan(0);
    const fromMs = machineMs();
    await act();
    await stage.load.untilFleet('all clients at the other gateway', ({ atGateway: at }) => {
      return at[1 - gateway] === clients;
    });
    ends.push({ fromMs, toMs: machineMs(), clients: here });
  }

  /** The fault bit: at first nobody consumes what it consumed; then somebody does. */
  async function takenOver(dead: (typeof gateways)[number]): Promise<void> {
    const lost = partitionsOf(dead, gateways);
    expect(lost).to.not.be.empty;
    const consumed = async (): Promise<readonly number[]> =>
      (await queueCounts(stage.rabbitmq)).map(({ consumers }) => consumers);
    const first = await consumed();
    expect(lost.map((partition) => first[partition])).to.include(0);
    await eventually(
      'a consumer for every partition',
      async () => (await consumed()).every((consumers) => consumers === 1),
      30_000,
    );
  }
});
