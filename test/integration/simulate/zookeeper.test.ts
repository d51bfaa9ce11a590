/** `ringway simulate --zookeeper` on a real server: reads the ring, writes nothing, says what is wrong. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { processParts } from '../../../cli/process-parts.ts';
import { run } from '../../../cli/run.ts';
import { simulateCommandOf } from '../../../cli/simulate/command.ts';
import type { SimulationReport } from '../../../cli/simulate/report.ts';
import { createZooKeeper, type ZooKeeperCoordinator } from '../../../cluster/index.ts';
import { fakeTerminal } from '../../support/cli/fake-terminal.ts';
import { populate } from '../../support/populated-cluster.ts';
import {
  freePort,
  freshChroot,
  serverStartTimeoutMs,
  sharedZooKeeperServer,
} from '../../support/servers/index.ts';
import { openRaw } from '../../support/zookeeper/raw.ts';
import { addressOf } from '../../support/zookeeper/store.ts';

const secret = 'a secret of many letters';

describe('ringway simulate on a real ZooKeeper', function () {
  this.timeout(30_000);
  let server: string;
  let chroot: string;
  let coordinator: ZooKeeperCoordinator | undefined;

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    server = (await sharedZooKeeperServer()).address;
  });
  beforeEach(() => {
    chroot = freshChroot();
  });
  afterEach(async () => {
    await coordinator?.close();
    coordinator = undefined;
  });

  async function simulate(zookeeper: string, shared = secret) {
    const terminal = fakeTerminal();
    const commands = [simulateCommandOf(processParts)];
    const args = ['simulate', '--zookeeper', zookeeper, '--add', '1', '--json'];
    const code = await run({ args, env: { RINGWAY_SECRET: shared }, terminal, commands });
    return { code, output: terminal.output.join('\n'), errors: terminal.errors };
  }

  async function cluster(): Promise<ZooKeeperCoordinator> {
    coordinator = createZooKeeper({ servers: `${server}${chroot}`, secret });
    await populate(coordinator, { 'w-1': 1, 'w-2': 2 });
    return coordinator;
  }

  it('begins with the members and leaves everything as it was', async () => {
    const live = await cluster();
    const was = await live.read();
    const { code, output, errors } = await simulate(`${server}${chroot}`);
    const { simulation } = JSON.parse(output) as SimulationReport;
    expect(simulation.before.members).to.deep.equal([
      { id: 'w-1', weight: 1 },
      { id: 'w-2', weight: 2 },
    ]);
    expect([code, errors]).to.deep.equal([exitCodes.done, []]);
    const { tableVersion, live: nodes, ring, gateways } = await live.read();
    expect({ tableVersion, nodes, ring, gateways }).to.deep.equal({
      ...{ tableVersion: was.tableVersion, nodes: was.live, ring: was.ring },
      gateways: was.gateways,
    });
  });

  it('names another secret', async () => {
    await cluster();
    const { code, errors } = await simulate(`${server}${chroot}`, 'another secret of many letters');
    expect(code).to.equal(exitCodes.misused);
    expect(errors).to.have.length(1);
    expect(errors[0]).to.include('RINGWAY_SECRET differs from the one that this cluster was made');
  });

  it('says that there is no cluster, and makes none', async () => {
    const { code, errors } = await simulate(`${server}${chroot}`);
    expect(code).to.equal(exitCodes.misused);
    expect(errors.join()).to.include('no cluster is configured at');
    const raw = await openRaw({ address: addressOf(server) });
    if (raw === 'expired') throw new Error('expired');
    const found = await raw.zk.exists(chroot);
    await raw.close();
    expect(found).to.equal(undefined);
  });

  it('says that nobody answers, within its deadline', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const { code, errors } = await simulate(nobody);
    expect(errors).to.deep.equal([
      `ringway simulate: --zookeeper ${nobody}: no answer within 5000 ms [simulate.no_live_ring]`,
    ]);
    expect(code).to.equal(exitCodes.misused);
  });
});
