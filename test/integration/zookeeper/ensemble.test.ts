/** An ensemble of three real servers, one of which is frozen or killed under a live process. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { present } from '../../../base/index.ts';
import { eventually } from '../../support/eventually.ts';
import {
  serverStartTimeoutMs,
  startEnsemble,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../../support/servers/index.ts';
import { confirmedAgain, type Member, startMember } from '../../support/zookeeper/member.ts';

const sessionTimeoutMs = 6000;

describe('processes on an ensemble of three ZooKeeper servers', function () {
  this.timeout(serverStartTimeoutMs);
  let ensemble: ZooKeeperEnsemble;
  let members: Member[] = [];

  before(async () => {
    ensemble = await startEnsemble();
  });
  after(() => ensemble.close());
  afterEach(async () => {
    await Promise.all(members.map((member) => member.close()));
    members = [];
  });

  /** Connects to the first of `servers`, if that one answers. */
  async function start(id: string, servers: readonly ZooKeeperServer[]): Promise<Member> {
    const list = servers.map(({ address }) => address).join(',');
    const options = { servers: list, sessionTimeoutMs, isFirstServerFirst: true };
    const member = await startMember(id, options);
    members.push(member);
    return member;
  }

  async function followersFirst(): Promise<readonly ZooKeeperServer[]> {
    const leader = await ensemble.leader();
    return [...ensemble.servers.filter((server) => server !== leader), leader];
  }

  it('find another server when the first of the list is frozen', async () => {
    const servers = await followersFirst();
    const frozen = present(servers[0], 'server');
    frozen.pause();
    try {
      await eventually('the fault', async () => (await frozen.mode()) === undefined);
      const startedAtMs = performance.now();
      const member = await start('w-1', servers);
      expect(member.server).not.to.equal(frozen.address);
      expect(performance.now() - startedAtMs).to.be.above(sessionTimeoutMs / 3 - 100);
    } finally {
      frozen.resume();
    }
  });

  it('keep the session on another server when theirs is frozen', async () => {
    const servers = await followersFirst();
    const member = await start('w-1', servers);
    const frozen = present(
      servers.find(({ address }) => address === member.server),
      'its server',
    );
    const watcher = await start(
      'w-2',
      servers.filter((server) => server !== frozen),
    );
    frozen.pause();
    try {
      await eventually('the fault', async () => (await frozen.mode()) === undefined);
      await eventually(
        'another server',
        () => member.server !== frozen.address,
        sessionTimeoutMs * 2,
      );
      await confirmedAgain(member);
    } finally {
      frozen.resume();
    }
    expect(member.milestones).to.deep.equal(['registered']);
    const losses = watcher.reports.filter(
      (report) => report.kind === 'view' && report.view.live.size < 2,
    );
    expect(losses, 'nobody saw it go').to.deep.equal([]);
    expect(watcher.view?.live.size).to.equal(2);
  });

  it('keep their sessions and go on when the leader is killed', async () => {
    const leader = await ensemble.leader();
    const others = ensemble.servers.filter((server) => server !== leader);
    const [a, b] = [await start('w-1', [leader, ...others]), await start('w-2', others)];
    await leader.kill();
    const next = await ensemble.leader();
    expect(next, 'the fault').not.to.equal(leader);
    await Promise.all([confirmedAgain(a), confirmedAgain(b)]);
    expect(a.milestones.concat(b.milestones)).to.deep.equal(['registered', 'registered']);
    expect(a.view?.live.size).to.equal(2);
    await leader.start();
    await eventually('it follows', async () => (await leader.mode()) === 'follower', 30_000);
  });

  it('notice nothing that lasts when the servers are restarted one by one', async () => {
    const member = await start('w-1', ensemble.servers);
    for (const server of ensemble.servers) {
      const { pid } = server;
      await server.stop();
      await server.start();
      expect(server.pid, 'the fault').not.to.equal(pid);
      await eventually('it is back', async () => (await server.mode()) !== undefined, 30_000);
      await confirmedAgain(member);
    }
    expect(member.milestones).to.deep.equal(['registered']);
  });
});
