/** Gateways and workers as processes of their own, on real ZooKeeper and RabbitMQ. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { slotCount } from '../../../ring/index.ts';
import type { WorkerStatus } from '../../../worker/index.ts';
import {
  ask,
  ClusterProcesses,
  ringAt,
  type ServiceProcess,
  slotsAt,
} from '../../support/cli/cluster-processes.ts';
import {
  killLeftovers,
  type RingwayProcess,
  signalledAgain,
  startRingway,
} from '../../support/cli/ringway-process.ts';
import { eventually } from '../../support/eventually.ts';
import {
  freshChroot,
  type RabbitServer,
  sharedRabbitServer,
  sharedZooKeeperServer,
  type ZooKeeperServer,
} from '../../support/servers/index.ts';

const deadlineMs = 60_000;

describe('gateways and workers as processes', function () {
  this.timeout(300_000);
  let zooKeeper: ZooKeeperServer;
  let rabbit: RabbitServer;
  let zookeeperUrl = '';
  let rabbitUrl = '';
  let cluster: ClusterProcesses;

  before(async () => {
    [zooKeeper, rabbit] = await Promise.all([sharedZooKeeperServer(), sharedRabbitServer()]);
  });
  beforeEach(async () => {
    zookeeperUrl = `${zooKeeper.address}${freshChroot()}`;
    rabbitUrl = await rabbit.createVhost();
    cluster = new ClusterProcesses({ zookeeper: zookeeperUrl, rabbitmq: rabbitUrl });
  });
  afterEach(async () => {
    killLeftovers();
    // A test that failed half-way leaves them to the others as it found them.
    if (!zooKeeper.isRunning) await zooKeeper.start();
    if (!rabbit.isRunning) await rabbit.start();
    await rabbit.deleteVhost(rabbitUrl);
  });

  async function shared() {
    const gateway = cluster.gateway('g-1');
    const workers = [cluster.worker('w-1'), cluster.worker('w-2')] as const;
    await Promise.all([gateway, ...workers].map((each) => each.becomes('ready')));
    const isShared = async () => {
      const ring = await ringAt(gateway);
      return ring.movesInFlight === 0 && ring.workers.every(({ slots }) => slots > 0);
    };
    await eventually('the circle is shared', isShared, deadlineMs);
    return { gateway, workers };
  }

  const client = async (gateway: ServiceProcess): Promise<RingwayProcess> => {
    const url = await gateway.publicUrl();
    const alice = startRingway(['connect', '--user', 'alice', '--url', url]);
    await eventually('alice is welcome', () => alice.stdout().includes('user:alice'), deadlineMs);
    return alice;
  };

  const echoes = async (alice: RingwayProcess, text: string): Promise<void> => {
    alice.type(`"${text}"\n`);
    await eventually(
      `"${text}" comes back`,
      () => alice.stdout().includes(`"${text}"`),
      deadlineMs,
    );
  };

  it('make one cluster, shown by status and where, left by drain and SIGTERM under open sockets', async () => {
    const { gateway, workers } = await shared();
    const status = await ask(gateway, 'status');
    expect(status.stdout).to.match(/gateways: g-1\n[\s\S]*w-1 +\d+[\s\S]*w-2 +\d+/);
    const alice = await client(gateway);
    await echoes(alice, 'one');

    const where = await ask(gateway, 'where', 'user:alice');
    const [, owner = ''] = /owner +(w-[12])/.exec(where.stdout) ?? [];
    const [leaving, staying] = owner === 'w-1' ? workers : [workers[1], workers[0]];
    const drained = await ask(gateway, 'drain', owner);
    expect(drained.code, drained.stderr).to.equal(exitCodes.done);
    expect((await leaving.finished).code).to.equal(exitCodes.done);
    await echoes(alice, 'two');

    const newcomer = cluster.worker('w-3');
    const isThere = async () => (await slotsAt(gateway, 'w-3')) > 0;
    await eventually('the newcomer has slots', isThere, deadlineMs);
    staying.signal('SIGTERM');
    expect((await staying.finished).code).to.equal(exitCodes.done);
    expect(staying.logged('worker.drained')[0]).to.include({ end: 'empty' });
    await eventually('all is there', async () => (await slotsAt(gateway, 'w-3')) === slotCount);
    await echoes(alice, 'three');
    expect(alice.stderr(), 'her socket').to.equal('');

    gateway.signal('SIGTERM');
    expect((await gateway.finished).code).to.equal(exitCodes.done);
    newcomer.signal('SIGTERM');
    expect((await newcomer.finished).code).to.equal(exitCodes.done);
  });

  it('let the later of two workers of one id live, and end the earlier with a code of its own', async () => {
    const first = cluster.worker('w-1');
    await first.becomes('ready');
    const second = cluster.worker('w-1');
    const { code, stderr } = await first.finished;
    expect(code).to.equal(exitCodes.superseded);
    expect(stderr).to.match(/^ringway worker: w-1@1 .* w-1@0; .*--id.*\[worker\.superseded\]$/m);
    await second.becomes('ready');
  });

  it('refuse to start, each mistake with its code and its line', async () => {
    await cluster.worker('w-1').becomes('ready');
    const stranger = new ClusterProcesses(
      { zookeeper: zookeeperUrl, rabbitmq: rabbitUrl },
      'quite another secret',
    );
    const wrongPassword = rabbitUrl.replace('guest:guest', 'guest:hushhush');
    const cases: readonly (readonly [ServiceProcess, number, RegExp])[] = [
      [
        cluster.gateway('g-1', '--partitions', '8'),
        exitCodes.misused,
        /--partitions \(RINGWAY_PARTITIONS\) is 4 in this cluster, not 8/,
      ],
      [
        stranger.worker('w-2'),
        exitCodes.refused,
        /RINGWAY_SECRET differs .*\[coordinator\.denied\]/,
      ],
      [
        cluster.worker('w-3', '--session-timeout-ms', '60000'),
        exitCodes.refused,
        /--session-timeout-ms 60000.*\[coordinator\.session_timeout\]/,
      ],
      [cluster.worker('w-4', '--rabbitmq', wrongPassword), exitCodes.refused, /\[bus\.denied\]/],
      [
        cluster.gateway('g-2', '--queue-type', 'quorum'),
        exitCodes.refused,
        /--queue-type.*\[bus\.topology\]/,
      ],
    ];
    for (const [refused, code, line] of cases) {
      const finished = await refused.finished;
      expect(finished.code, finished.stderr).to.equal(code);
      expect(finished.stderr).to.match(line).and.not.include('hushhush');
    }
  });

  it('wait for ZooKeeper, say what they wait for, and are ready when it is there', async () => {
    await zooKeeper.kill();
    const waiting = [cluster.gateway('g-1'), cluster.worker('w-1')];
    for (const each of waiting) {
      const { http } = { http: 0, ...(await each.becomes('starting', 'coordinator.unavailable')) };
      expect(http).to.equal(503);
      const [line] = await eventually('it says so', () => {
        const lines = each.logged('zookeeper.away');
        return lines.length > 0 && lines;
      });
      expect(line).to.include({ servers: zooKeeper.address, option: '--zookeeper' });
    }
    await zooKeeper.start();
    for (const each of waiting) await each.becomes('ready');
  });

  it('keep their sockets and say degraded while ZooKeeper is away', async () => {
    const { gateway, workers } = await shared();
    const alice = await client(gateway);
    await zooKeeper.kill();
    for (const each of [gateway, ...workers]) {
      const readiness = await each.becomes('degraded', 'coordinator.unavailable');
      expect({ http: 0, ...readiness }.http).to.equal(200);
    }
    await echoes(alice, 'without');
    await zooKeeper.start();
    for (const each of [gateway, ...workers]) await each.becomes('ready');
    await echoes(alice, 'with');
    expect(alice.stderr()).to.equal('');
  });

  it('wait for RabbitMQ, say what they wait for, and say later that it is blocked', async () => {
    await rabbit.kill();
    const waiting = [cluster.gateway('g-1'), cluster.worker('w-1')] as const;
    for (const each of waiting) {
      await each.becomes('starting', 'bus.unavailable');
      const [line] = await eventually(
        'it says so',
        () => {
          const lines = each.logged('amqp.unreachable');
          return lines.length > 0 && lines;
        },
        deadlineMs,
      );
      expect(line?.option).to.equal('--rabbitmq (RINGWAY_RABBITMQ)');
      expect(line?.brokers).to.be.a('string').and.not.include('guest');
    }
    await rabbit.start();
    for (const each of waiting) await each.becomes('ready');
    const [gateway] = waiting;
    await rabbit.setMemoryAlarm(true);
    try {
      // RabbitMQ says it to those who publish.
      const event = { user: 'alice', type: 'note', data: {} };
      const published = fetch(`${await gateway.adminUrl()}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      });
      await gateway.becomes('degraded', 'bus.blocked');
      await rabbit.setMemoryAlarm(false);
      expect((await published).status).to.equal(202);
    } finally {
      await rabbit.setMemoryAlarm(false);
    }
    await gateway.becomes('ready');
  });

  it('end at once on a second signal', async () => {
    const worker = cluster.worker(
      'w-1',
      '--drain-alone-ms',
      '60000',
      '--drain-timeout-ms',
      '60000',
    );
    // With nothing to hand over it would end before the second signal.
    const ownsAll = async (): Promise<boolean> => {
      const response = await fetch(`${await worker.adminUrl()}/v1/status`);
      return ((await response.json()) as WorkerStatus).slots.owner === slotCount;
    };
    await eventually('it owns everything', ownsAll, deadlineMs);
    worker.signal('SIGTERM');
    await worker.becomes('draining');
    await signalledAgain(worker);
    expect((await worker.finished).code).to.equal(exitCodes.interrupted);
  });
});
