/** One real ZooKeeper server that is frozen, killed and wiped under processes that stay alive. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { present } from '../../../base/index.ts';
import { successorOf } from '../../../cluster/index.ts';
import { codeOf } from '../../support/coordinator-stage.ts';
import { eventually } from '../../support/eventually.ts';
import {
  serverStartTimeoutMs,
  startZooKeeper,
  type ZooKeeperServer,
} from '../../support/servers/index.ts';
import {
  confirmedAgain,
  isInRing,
  type Member,
  startMember,
} from '../../support/zookeeper/member.ts';
import { startProxy } from '../../support/zookeeper/proxy.ts';
import { openRaw } from '../../support/zookeeper/raw.ts';
import { addressOf } from '../../support/zookeeper/store.ts';

const longMs = 4000;
const shortMs = 1000;

describe('processes on one ZooKeeper server', function () {
  this.timeout(serverStartTimeoutMs);
  let server: ZooKeeperServer;
  let members: Member[];

  beforeEach(async () => {
    members = [];
    server = await startZooKeeper();
  });
  afterEach(async () => {
    await Promise.all(members.map((member) => member.close()));
    await server.close();
  });

  async function start(
    id: string,
    given: {
      readonly sessionTimeoutMs?: number;
      readonly servers?: string;
      readonly cluster?: string;
    } = {},
  ): Promise<Member> {
    const { sessionTimeoutMs = longMs, servers = server.address, cluster } = given;
    const member = await startMember(id, {
      servers,
      sessionTimeoutMs,
      ...(cluster && { cluster }),
    });
    members.push(member);
    return member;
  }

  const sees = (member: Member, ...ids: string[]): Promise<true> =>
    eventually(
      `a view of ${ids.join()}`,
      () => {
        const live = [...(member.view?.live.values() ?? [])].map(({ id }) => id).sort();
        return live.join() === ids.join() || undefined;
      },
      20_000,
    );

  it('notice a frozen server by their own clocks, and work on when it continues', async () => {
    const [a, b] = [await start('w-1'), await start('w-2')];
    await sees(a, 'w-1', 'w-2');
    server.pause();
    const frozenAtMs = performance.now();
    await eventually('the fault', async () => (await server.mode()) === undefined);
    await eventually('suspended', () => notes(a).at(-1) === 'membership.suspended', 2 * longMs);
    const noticedAfterMs = performance.now() - frozenAtMs;
    expect(noticedAfterMs).to.be.below(longMs);
    expect(await codeOf(a.coordinator.read())).to.equal('coordinator.unavailable');
    const confirmed = a.confirmations;
    server.resume();
    await Promise.all([confirmedAgain(a), confirmedAgain(b)]);
    expect(a.confirmations).to.be.above(confirmed);
    await sees(a, 'w-1', 'w-2');
    await sees(b, 'w-1', 'w-2');
    // Whether the sessions lived is the server's to say, but nobody came back as somebody else.
    await eventually('both in the ring', () => isInRing(a, 'w-1') && isInRing(b, 'w-2'));
  });

  it('keep their sessions when the server is killed and started again', async () => {
    const [a, b] = [await start('w-1'), await start('w-2')];
    await sees(a, 'w-1', 'w-2');
    const names = namesSeenBy(a);
    const { pid } = server;
    await server.kill();
    await eventually('suspended', () => notes(a).at(-1) === 'membership.suspended');
    await server.start();
    expect(server.pid, 'the fault').not.to.equal(pid);
    await Promise.all([confirmedAgain(a), confirmedAgain(b)]);
    await sees(a, 'w-1', 'w-2');
    expect(namesSeenBy(a)).to.deep.equal(names);
    expect(a.milestones.concat(b.milestones)).not.to.include('session.lost');
  });

  it('say that the session is lost when it expires, and register again as the same boot', async () => {
    const proxy = await startProxy(addressOf(server.address));
    try {
      const [a, b] = [await start('w-1', { servers: proxy.text }), await start('w-2')];
      await sees(b, 'w-1', 'w-2');
      const { boot } = a.membership;
      const names = namesSeenBy(b);
      proxy.cut();
      const taken = await openRaw({
        address: addressOf(server.address),
        session: present(proxy.session, 'session'),
      });
      if (taken === 'expired') throw new Error('the session was over before');
      await taken.close();
      await sees(b, 'w-2');
      expect(a.milestones, 'nobody could tell it yet').not.to.include('session.lost');
      proxy.heal();
      await eventually('registered again', () => a.milestones.length >= 3, 20_000);
      expect(a.milestones.slice(0, 3)).to.deep.equal(['registered', 'session.lost', 'registered']);
      await sees(b, 'w-1', 'w-2');
      expect(a.membership.boot).to.equal(boot);
      expect(b.view?.live.has(boot ?? '')).to.equal(true);
      expect(namesSeenBy(b)).not.to.deep.equal(names);
    } finally {
      await proxy.close();
    }
  });

  it('register beside the ghost of an earlier life, and outlive it', async () => {
    const other = await start('w-2');
    const ghost = await start('w-1', { sessionTimeoutMs: longMs });
    await sees(other, 'w-1', 'w-2');
    ghost.coordinator.kill();
    const reborn = await start('w-1');
    const both = present(
      reborn.reports.find(({ kind }) => kind === 'view'),
      'its first view',
    );
    expect(both.kind === 'view' && both.view.live.size, 'the ghost was there').to.equal(3);
    const [old, young] = [
      present(ghost.membership.boot, 'boot'),
      present(reborn.membership.boot, 'boot'),
    ];
    expect(successorOf(present(reborn.view, 'view').live.keys(), old)).to.equal(young);
    expect(successorOf(present(reborn.view, 'view').live.keys(), young)).to.equal(undefined);
    expect(reborn.view?.ring.get('w-1')?.boot).to.equal(young);
    await sees(other, 'w-1', 'w-2');
    expect(other.view?.live.has(old)).to.equal(false);
    expect(isInRing(reborn, 'w-1')).to.equal(true);
    expect(reborn.milestones).to.deep.equal(['registered']);
  });

  it('make a new cluster when the data is wiped, and know that it is not the first', async () => {
    const [a, b] = [
      await start('w-1', { sessionTimeoutMs: shortMs }),
      await start('w-2', { sessionTimeoutMs: shortMs }),
    ];
    await sees(a, 'w-1', 'w-2');
    expect(a.view).to.include({ cluster: 'made-first', isFirstData: true });
    await server.wipe();
    await eventually(
      'registered again',
      () => a.milestones.length >= 3 && b.milestones.length >= 3,
      20_000,
    );
    for (const member of [a, b]) {
      expect(member.milestones.slice(0, 3)).to.deep.equal([
        'registered',
        'session.lost',
        'registered',
      ]);
      await eventually('other data, the fault', () => member.view?.cluster !== 'made-first');
      await sees(member, 'w-1', 'w-2');
    }
    expect(a.view?.isFirstData).to.equal(false);
    expect(b.view?.cluster).to.equal(a.view?.cluster);
    await eventually('both in the ring', () => isInRing(a, 'w-1') && isInRing(b, 'w-2'));
  });
});

function notes(member: Member): readonly string[] {
  return member.reports.flatMap((report) => (report.kind === 'note' ? [report.event] : []));
}

function namesSeenBy(member: Member): readonly string[] {
  return [...(member.view?.live.values() ?? [])].map(({ name }) => name).sort();
}
