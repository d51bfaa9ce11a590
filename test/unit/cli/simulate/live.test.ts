/** The ring of the live cluster: read, and left as it was. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { exitCodes } from '../../../../cli/command.ts';
import type { Coordinator, Reading } from '../../../../cluster/index.ts';
import { unowned } from '../../../../cluster/table.ts';
import { SimulateStage } from '../../../support/cli/simulate-stage.ts';
import { populate } from '../../../support/populated-cluster.ts';

const env = { RINGWAY_SECRET: 'a secret of many letters' };
const live = ['--zookeeper', 'zk-1:2181'];
async function populated(
  stage: SimulateStage,
  weights: Readonly<Record<string, number>>,
): Promise<Coordinator> {
  const coordinator = stage.zooKeeper.connect();
  await populate(coordinator, weights);
  return coordinator;
}

const seen = ({ tableVersion, live, ring, gateways }: Reading): unknown => ({
  ...{ tableVersion, live, ring, gateways },
});

describe('ringway simulate on the live cluster', function () {
  this.timeout(10_000);
  let stage: SimulateStage;
  beforeEach(() => {
    stage = new SimulateStage();
  });
  afterEach(() => stage.close());

  it('begins with its members and weights, and changes nothing', async () => {
    const coordinator = await populated(stage, { 'w-10': 1, 'w-2': 2 });
    const was = seen(await coordinator.read());
    const report = await stage.report([...live, '--add', '1', '--zones', 'a,b'], { env });
    expect(report.asked.ring).to.deep.equal({ from: 'zookeeper', name: 'zk-1:2181' });
    expect(report.simulation.before.members).to.deep.equal([
      { id: 'w-2', weight: 2, zone: 'a' },
      { id: 'w-10', weight: 1, zone: 'b' },
    ]);
    expect(seen(await coordinator.read())).to.deep.equal(was);
  });

  it('checks a plan against it, and refuses once it has changed or is changing', async () => {
    const coordinator = await populated(stage, { 'w-1': 1, 'w-2': 1 });
    const path = `${stage.folder}/plan.json`;
    await stage.run(['plan', ...live, '--add', '1', '-o', path], { env });
    const check = () => stage.run(['plan', ...live, '--check', path], { env });
    expect((await check()).code).to.equal(exitCodes.done);

    const { tableVersion: base, table } = await coordinator.read();
    const entry = table.entries[0] ?? unowned;
    const [, other] = (await coordinator.read()).live;
    const [first] = (await coordinator.read()).live;
    const owner = (entry.owner === first?.boot ? other : first)?.boot ?? '';
    await coordinator.multi([
      { kind: 'table', base, changes: new Map([[0, { ...entry, owner }]]) },
    ]);
    const moving = await check();
    expect(moving.stdout).to.include('1 of 16384 slots are not where the ring says');
    expect(moving.code).to.equal(exitCodes.failed);

    const content = { id: 'w-9', weight: 1 };
    const boot = (await coordinator.read()).live[0]?.boot ?? '';
    await coordinator.multi([{ kind: 'create', folder: 'ring', content: { ...content, boot } }]);
    const changed = await check();
    expect(changed.stdout).to.include('planned without w-9, there now');
    expect(changed.code).to.equal(exitCodes.failed);
  });

  it('says so when nobody is in the ring', async () => {
    await populated(stage, {});
    const { code, stderr } = await stage.run(live, { env });
    expect(stderr).to.include('the cluster has no worker in its ring');
    expect(code).to.equal(exitCodes.misused);
  });
});
