/**
 * The simulator's word against the running cluster: a join and a drain are planned on the live
 * ring, carried out with users connected, and what moved is compared key by key.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { memberIdOf } from '../../../base/index.ts';
import { exitCodes } from '../../../cli/command.ts';
import { type EmbeddedCluster, startEmbedded } from '../../../cli/embedded.ts';
import { processParts } from '../../../cli/process-parts.ts';
import { run } from '../../../cli/run.ts';
import { simulateCommandOf } from '../../../cli/simulate/command.ts';
import type { SimulationReport } from '../../../cli/simulate/report.ts';
import { type PlannedStep, parsePlan, slotOf } from '../../../ring/index.ts';
import { loadApplication } from '../../../worker/index.ts';
import { fakeTerminal } from '../../support/cli/fake-terminal.ts';
import { ClusterClient } from '../../support/cluster-client.ts';

const settleMs = 60_000;
const users = Array.from({ length: 1_500 }, (_, i) => `user-${i}`);
/** Of whom so many are connected while the ring changes. */
const connected = users.slice(0, 60);
const live = ['--zookeeper', 'memory:2181'];

type Owners = ReadonlyMap<string, string>;
type Moves = readonly (readonly [user: string, from: string, to: string])[];

describe('what the simulator predicts', function () {
  this.timeout(120_000);
  let cluster: EmbeddedCluster;
  let folder: string;
  let list: string;
  let plan: string;
  const clients: ClusterClient[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringway-prediction-'));
    list = join(folder, 'users.csv');
    plan = join(folder, 'plan.json');
    writeFileSync(list, users.join('\n'));
    cluster = await startEmbedded({
      application: await loadApplication('echo'),
      workers: 3,
      gateway: { drainWindowMs: 0, connectionsPerAddressMax: 1_000 },
    });
    await cluster.settled(settleMs);
    for (const user of connected) {
      clients.push(await ClusterClient.open(gateway().publicUrl, `?user=${user}`));
    }
    await cluster.settled(settleMs);
  });
  after(async () => {
    for (const client of clients) client.cut();
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const gateway = () => cluster.gateways[0] ?? expect.fail('no gateway');

  async function simulate(...args: readonly string[]) {
    const terminal = fakeTerminal();
    const parts = { ...processParts, createCoordinator: () => cluster.zooKeeper.connect() };
    const env = { RINGWAY_SECRET: 'a secret of many letters' };
    const commands = [simulateCommandOf(parts)];
    const code = await run({ args: ['simulate', ...args], env, terminal, commands });
    return { code, output: terminal.output.join('\n'), errors: terminal.errors };
  }

  /** Who has each user by the table of the cluster, as a gateway sees it. */
  async function ownersNow(): Promise<Owners> {
    const owners = new Map<string, string>();
    for (const user of users) {
      const answer = await fetch(`${gateway().adminUrl}/v1/where?key=user:${user}`);
      owners.set(user, memberIdOf(((await answer.json()) as { owner: string }).owner));
    }
    return owners;
  }

  async function moved(change: () => Promise<unknown>): Promise<Moves> {
    const was = await ownersNow();
    await change();
    await cluster.settled(settleMs);
    const is = await ownersNow();
    return users.flatMap((user) => {
      const [from = '', to = ''] = [was.get(user), is.get(user)];
      return from === to ? [] : [[user, from, to] as const];
    });
  }

  it('is what a join and a drain then move, key by key, and no socket closes', async () => {
    const scenario = ['--users', list, '--add', '1', '--remove', 'w-2'];
    const foretold = await simulate(...live, ...scenario, '--json');
    const report = JSON.parse(foretold.output) as SimulationReport;
    const written = await simulate('plan', ...live, ...scenario, '-o', plan);
    expect([foretold.code, written.code]).to.deep.equal([exitCodes.done, exitCodes.done]);
    const [join, drain] = parsePlan(JSON.parse(readFileSync(plan, 'utf8'))).steps;
    const check = async () => (await simulate('plan', ...live, '--check', plan)).output;
    expect(await check()).to.include('the ring is the one that was planned for (3 workers)');

    const joined = await moved(async () => expect(await cluster.addWorker()).to.equal('w-4'));
    expect(joined).to.deep.equal(predicted(join));
    expect(joined).to.have.length(report.simulation.steps[0]?.movement.moved.users ?? -1);
    expect(await check()).to.equal('OK: 1 of 2 steps are done; next: remove w-2');

    const drained = await moved(() => cluster.drainWorker('w-2'));
    expect(drained).to.deep.equal(predicted(drain));
    expect(drained).to.have.length(report.simulation.steps[1]?.movement.moved.users ?? -1);
    expect(await check()).to.include('the cluster is where the plan ends');

    // Enough of everything that an empty prediction could not have been right by chance.
    for (const moves of [joined, drained]) {
      expect(moves.length).to.be.greaterThan(users.length / 10);
      expect(moves.some(([user]) => connected.includes(user))).to.equal(true);
    }
    expect(clients.map(({ closed }) => closed)).to.deep.equal(connected.map(() => undefined));
  });
});

/** The users whose slot the plan moves in this step. */
function predicted(step: PlannedStep | undefined): Moves {
  const bySlot = new Map<number, readonly [from: string, to: string]>();
  for (const { from, to, slots } of step?.moves ?? []) {
    for (const range of slots.split(',')) {
      const [first = 0, last = first] = range.split('-').map(Number);
      for (let slot = first; slot <= last; slot += 1) bySlot.set(slot, [from, to]);
    }
  }
  return users.flatMap((user) => {
    const move = bySlot.get(slotOf(`user:${user}`));
    return move === undefined ? [] : [[user, ...move] as const];
  });
}
