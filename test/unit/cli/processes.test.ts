/** `ringway gateway` and `ringway worker`: how they start, say what is wrong, and end. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Readiness, RingwayError } from '../../../base/index.ts';
import { exitCodes } from '../../../cli/command.ts';
import type { RingAnswer } from '../../../cli/status.ts';
import { slotCount } from '../../../ring/index.ts';
import { ProcessStage, type Ran } from '../../support/cli/process-stage.ts';
import { eventually } from '../../support/eventually.ts';

const deadlineMs = 8000;

const statusOf = async (ran: Ran): Promise<Readiness> => {
  const response = await fetch(`${await ran.adminUrl()}/readyz`);
  return (await response.json()) as Readiness;
};

/** Serving, by its own account, whether or not anything is amiss. */
const serving = (ran: Ran): Promise<Readiness> =>
  eventually(
    'it serves',
    async () => {
      const readiness = await statusOf(ran);
      return ['ready', 'degraded'].includes(readiness.status) && readiness;
    },
    deadlineMs,
  );

const ringOf = async (gateway: Ran): Promise<RingAnswer> =>
  (await (await fetch(`${await gateway.adminUrl()}/v1/ring`)).json()) as RingAnswer;

const slotsOf = async (gateway: Ran, id: string): Promise<number> =>
  (await ringOf(gateway)).workers.find((worker) => worker.id === id)?.slots ?? 0;

describe('gateway and worker processes', function () {
  this.timeout(20_000);
  let stage: ProcessStage;
  beforeEach(() => {
    stage = new ProcessStage();
  });
  afterEach(() => stage.close());

  /** A gateway and two workers that share the circle. */
  async function cluster() {
    const gateway = stage.gateway('g-1');
    const workers = [stage.worker('w-1'), stage.worker('w-2')] as const;
    await Promise.all([gateway, ...workers].map(serving));
    const isShared = async () => (await slotsOf(gateway, 'w-2')) > 0;
    await eventually('both own slots', isShared, deadlineMs);
    return { gateway, workers };
  }

  it('give ZooKeeper’s calls the time that a worker’s option says', async () => {
    const times = ['--call-deadline-ms', '1500', '--slack-ms', '2600'];
    await serving(stage.worker('w-1', ...times));
    expect(stage.wishes[0]).to.include({ callDeadlineMs: 1500, sessionTimeoutMs: 6000 });
  });

  it('find each other, and are ready', async () => {
    const { gateway, workers } = await cluster();
    for (const ran of [gateway, ...workers]) {
      await eventually('it is ready', async () => (await statusOf(ran)).status === 'ready');
      const health = stage.run('health', '--url', await ran.adminUrl());
      expect(await health.code).to.equal(exitCodes.done);
      expect(health.terminal.output).to.deep.equal(['ready']);
    }
    const status = stage.run('status', '--admin', await gateway.adminUrl());
    expect(await status.code).to.equal(exitCodes.done);
    expect(status.terminal.output.join('\n')).to.match(/gateways: g-1\s[\s\S]*\nw-1 [\s\S]*\nw-2 /);
  });

  it('hand over and end on SIGTERM', async () => {
    const { gateway, workers } = await cluster();
    workers[0].terminal.signal('SIGTERM');
    expect(await workers[0].code).to.equal(exitCodes.done);
    expect(workers[0].logged('worker.drained')[0]).to.include({ end: 'empty' });
    await eventually('all is there', async () => (await slotsOf(gateway, 'w-2')) === slotCount);
    gateway.terminal.signal('SIGINT');
    expect(await gateway.code).to.equal(exitCodes.done);
  });

  it('end when a gateway was asked to drain them', async () => {
    const { gateway, workers } = await cluster();
    const path = `${await gateway.adminUrl()}/v1/workers/w-2/drain`;
    expect((await fetch(path, { method: 'POST' })).status).to.equal(202);
    expect(await workers[1].code).to.equal(exitCodes.done);
  });

  it('end at once on a second signal', async () => {
    const worker = stage.worker('w-1');
    await serving(worker);
    worker.terminal.signal('SIGTERM');
    worker.terminal.signal('SIGTERM');
    expect(worker.terminal.aborts).to.deep.equal([exitCodes.interrupted]);
    expect(worker.terminal.errors.at(-1)).to.equal('SIGTERM again: ending at once');
  });

  for (const kind of ['worker', 'gateway'] as const) {
    it(`make way as a ${kind} for a later process of the same id, with a code of its own`, async () => {
      const start = (): Ran => (kind === 'worker' ? stage.worker('n-1') : stage.gateway('n-1'));
      const first = start();
      await serving(first);
      const second = start();
      expect(await first.code).to.equal(exitCodes.superseded);
      const [line, ...more] = first.terminal.errors.filter((each) => !each.startsWith('{'));
      expect(line).to.match(/^ringway \w+: (\w-1)@\d+ is a newer process with the id of \1@\d+; /);
      expect(line).to.include('--id').and.to.include(`[${kind}.superseded]`);
      expect(more).to.deep.equal([]);
      await serving(second);
    });
  }

  it('refuse the id of a worker, and as a worker that of a gateway', async () => {
    await Promise.all([serving(stage.worker('n-1')), serving(stage.gateway('n-2'))]);
    for (const [late, problem] of [
      [stage.gateway('n-1'), 'a worker has the id n-1; give this gateway an --id of its own'],
      [stage.worker('n-2'), 'a gateway has the id n-2; give this worker an --id of its own'],
    ] as const) {
      expect(await late.code).to.equal(exitCodes.misused);
      expect(late.terminal.errors.join('\n')).to.include(problem);
    }
  });

  it('end when the data were replaced, to begin anew', async () => {
    const worker = stage.worker('w-1');
    await serving(worker);
    stage.zooKeeper.wipe();
    expect(await worker.code).to.equal(exitCodes.outdated);
    expect(worker.terminal.errors.at(-1)).to.match(/; start it again \[worker\.data_replaced\]$/);
  });

  for (const kind of ['worker', 'gateway'] as const) {
    it(`refuse to be a ${kind} with other partitions than the cluster has`, async () => {
      await serving(stage.worker('w-1'));
      const other = stage[kind]('other', '--partitions', '8');
      expect(await other.code).to.equal(exitCodes.misused);
      expect(other.terminal.errors.join('\n')).to.include(
        `ringway ${kind}: --partitions (RINGWAY_PARTITIONS) is 16 in this cluster, not 8`,
      );
    });

    it(`end as a ${kind} that RabbitMQ refuses from the start`, async () => {
      stage.busRefusal = new RingwayError('bus.denied', 'no such user');
      const refused = stage[kind]('other');
      expect(await refused.code).to.equal(exitCodes.refused);
      expect(refused.terminal.errors.at(-1)).to.include('no such user [bus.denied]');
    });

    it(`wait as a ${kind} for ZooKeeper, not ready, and end at once when told to`, async () => {
      stage.isZooKeeperAway = true;
      const waiting = stage[kind]('other');
      const url = await waiting.adminUrl();
      const response = await fetch(`${url}/readyz`);
      expect(response.status).to.equal(503);
      expect(await response.json()).to.have.nested.property(
        'reasons[0].code',
        'coordinator.unavailable',
      );
      const health = stage.run('health', '--url', url);
      expect(await health.code).to.equal(exitCodes.failed);
      expect(health.terminal.output[0]).to.equal('starting');
      await eventually('it says so', () => waiting.logged('process.starting').length > 0);
      waiting.terminal.signal('SIGTERM');
      expect(await waiting.code).to.equal(exitCodes.done);
    });

    it(`are ready as a ${kind} as soon as ZooKeeper is there`, async () => {
      stage.isZooKeeperAway = true;
      const waiting = stage[kind]('other');
      expect((await statusOf(waiting)).status).to.equal('starting');
      stage.coordinators[0]?.heal();
      await serving(waiting);
    });

    it(`say as a ${kind} what is wrong later, and stay ready`, async () => {
      const ran = stage[kind]('other');
      await serving(ran);
      stage.busTrouble = 'bus.blocked';
      stage.coordinators[0]?.cut();
      const codes = async () =>
        (await statusOf(ran)).reasons.map(({ code }) => String(code)).join();
      const isTold = async () => /coordinator\.unavailable.*bus\.blocked/.test(await codes());
      await eventually('it tells', isTold);
      expect((await statusOf(ran)).status).to.equal('degraded');
      const [line] = await eventually('the log has it', () => {
        const lines = ran.logged('process.degraded');
        return lines.length > 0 && lines;
      });
      expect(line).to.have.property('reasons');
      stage.coordinators[0]?.heal();
      stage.busTrouble = undefined;
    });
  }

  it('tell others a name that they can dial when bound to every interface', async () => {
    stage.hostName = 'host-9';
    const token = ['--admin-host', '0.0.0.0', '--admin-token', 'sixteen or more characters'];
    const gateway = stage.gateway('g-1', ...token);
    const worker = stage.worker('w-1', '--listen', '0.0.0.0:0');
    const given = stage.worker('w-2', '--advertise', 'w-2.example:70');
    await Promise.all([serving(worker), serving(given)]);
    await eventually('it is logged', () => gateway.logged('gateway.started').length > 0);
    const reading = await eventually('all are listed', async () => {
      const found = await stage.coordinators[1]?.read();
      return found?.gateways.length === 1 && found.live.length === 2 && found;
    });
    const addresses = reading.live.map(({ address }) => address);
    expect(addresses.find((address) => address?.startsWith('host-9:'))).to.match(/:\d{2,5}$/);
    expect(addresses).to.include('w-2.example:70');
    expect(reading.gateways[0]?.address).to.match(/^host-9:\d{2,5}$/);
  });

  it('name address and option when a port is taken', async () => {
    const first = stage.worker('w-1');
    await serving(first);
    const { port } = new URL(await first.adminUrl());
    const status = (await (await fetch(`${await first.adminUrl()}/v1/status`)).json()) as {
      address: string;
    };
    const cases: readonly (readonly [Ran, string])[] = [
      [stage.run('worker', '--id', 'w-2', '--admin-port', port), '--admin-port'],
      [stage.worker('w-3', '--listen', status.address), '--listen'],
      [stage.run('gateway', '--id', 'g-2', '--admin-port', port), '--admin-port'],
    ];
    for (const [ran, option] of cases) {
      expect(await ran.code).to.equal(exitCodes.unreachable);
      expect(ran.terminal.errors.at(-1))
        .to.include(port === '' ? '' : 'in use')
        .and.include(option);
    }
  });

  it('have a health that says when nobody answers', async () => {
    const health = stage.run('health', '--admin-port', '1');
    expect(await health.code).to.equal(exitCodes.unreachable);
    expect(health.terminal.errors.join('\n')).to.include('http://127.0.0.1:1');
  });
});
