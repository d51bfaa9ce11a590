import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { createWorld, type Member, type World } from '../../support/membership-world.ts';

const entry = { owner: 'w-1@0', term: 1, copies: ['w-1@0'], epoch: 1 };

describe('running membership', () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(async () => {
    await world.close();
    expect(world.clock.timers, 'timers left behind').to.equal(0);
  });

  const startJoined = async (...ids: string[]): Promise<Member[]> => {
    const members = ids.map((id) => world.start(id));
    for (const { membership } of members) membership.input({ kind: 'join' });
    await world.clock.run(1000);
    return members;
  };

  it('makes the config, registers everybody, and shows all of them to all', async () => {
    const members = await startJoined('w-1', 'w-2', 'w-3');
    const gateway = world.start('g-1', { role: 'gateway' });
    await world.clock.run(1000);
    const boots = members.map(({ membership }) => membership.boot);
    expect(new Set(boots)).to.have.lengthOf(3);
    for (const { view } of [...members, gateway]) {
      expect([...(view()?.live.keys() ?? [])].sort()).to.deep.equal([...boots].sort());
      expect([...(view()?.ring.keys() ?? [])].sort()).to.deep.equal(['w-1', 'w-2', 'w-3']);
      expect([...(view()?.gateways.keys() ?? [])]).to.deep.equal([gateway.membership.boot]);
    }
  });

  it('confirms the lease every second with the time of sending', async () => {
    const [member] = await startJoined('w-1');
    await world.clock.run(3000);
    const times = member?.reports.flatMap((each) =>
      each.kind === 'confirmed' ? [each.sentAtMs] : [],
    );
    expect(times).to.deep.equal([0, 1000, 2000, 3000, 4000]);
  });

  it('carries a change to everybody’s view', async () => {
    const [first, second] = await startJoined('w-1', 'w-2');
    const base = first?.view()?.tableVersion ?? -1;
    first?.membership.input({ kind: 'table', base, changes: new Map([[3, entry]]) });
    await world.clock.run(0);
    expect(first?.lines()).to.include('done');
    expect(second?.view()?.table.entries[3]).to.deep.equal(entry);
  });

  it('takes a request made from within a report after the step that it belongs to', async () => {
    const order: string[] = [];
    const member = world.start('w-1', {
      onReport(report, { membership }) {
        order.push(report.kind);
        if (report.kind === 'registered') {
          const strangers = { checks: ['w-8@8'], removes: ['w-9@9'] };
          membership.input({ kind: 'evict', base: 1, changes: new Map(), ...strangers });
          order.push('asked');
        }
      },
    });
    await world.clock.run(0);
    expect(order.indexOf('table.answered')).to.be.above(order.indexOf('asked'));
    expect(member.lines()).to.deep.equal(['registered w-1@0', 'refused']);
  });

  it('leaves the ring when drained, and everything when closed', async () => {
    const [first, second] = await startJoined('w-1', 'w-2');
    first?.membership.input({ kind: 'drain' });
    await world.clock.run(0);
    expect([...(second?.view()?.ring.keys() ?? [])]).to.deep.equal(['w-2']);
    expect(second?.view()?.live.size).to.equal(2);
    await first?.membership.close();
    // The other half of the workers is exactly half: it counts at once.
    await world.clock.run(0);
    expect([...(second?.view()?.live.keys() ?? [])]).to.deep.equal([second?.membership.boot]);
    const reports = first?.reports.length;
    await world.clock.run(5000);
    expect(first?.reports).to.have.lengthOf(reports ?? -1);
  });

  it('registers again with the same boot, live and in the ring, after a lost session', async () => {
    const [first, second] = await startJoined('w-1', 'w-2');
    first?.coordinator.expire();
    await world.clock.run(1000);
    const boot = first?.membership.boot;
    expect(first?.lines()).to.deep.equal([
      `registered ${boot}`,
      'session.lost',
      `registered ${boot}`,
    ]);
    expect([...(second?.view()?.live.keys() ?? [])]).to.include(boot);
    expect(second?.view()?.ring.get('w-1')?.boot).to.equal(boot);
  });

  it('gives up when the coordinator refuses its first reading', async () => {
    const member = world.start('w-1', { isDenied: () => true });
    await world.clock.run(5000);
    expect(member.refusals.map(String)).to.deep.equal(['CoordinatorError: not with this secret']);
    expect(member.lines()).to.deep.equal([]);
    const events = world.clock.timers;
    await world.clock.run(60_000);
    expect(world.clock.timers, 'nothing more is tried').to.equal(events);
    expect(member.refusals).to.have.lengthOf(1);
  });

  it('takes a refusal for an outage once it has read, and goes on when it is over', async () => {
    let isDenied = false;
    const member = world.start('w-1', { isDenied: () => isDenied });
    await world.clock.run(1000);
    isDenied = true;
    world.start('w-2');
    await world.clock.run(5000);
    expect(member.refusals).to.deep.equal([]);
    expect(member.view()?.live.size).to.equal(1);
    isDenied = false;
    await world.clock.run(5000);
    expect(member.view()?.live.size).to.equal(2);
  });

  it('registers again when somebody evicted it (rule C11)', async () => {
    const [first, second] = await startJoined('w-1', 'w-2');
    const boots = [first?.membership.boot ?? '', second?.membership.boot ?? ''] as const;
    const base = first?.view()?.tableVersion ?? -1;
    first?.membership.input({
      kind: 'evict',
      base,
      changes: new Map([[3, entry]]),
      checks: [boots[0]],
      removes: [boots[1]],
    });
    await world.clock.run(0);
    expect(first?.lines()).to.include('done');
    await world.clock.run(1000);
    expect(second?.lines().slice(1)).to.deep.equal(['session.lost', `registered ${boots[1]}`]);
    expect(first?.view()?.ring.get('w-2')?.boot).to.equal(boots[1]);
  });

  it('creates one node when the answers of its registration are lost', async () => {
    const member = world.start('w-1');
    member.coordinator.loseAnswers(true);
    await world.clock.run(3000);
    member.coordinator.loseAnswers(false);
    await world.clock.run(1000);
    expect(member.lines()).to.deep.equal(['registered w-1@0']);
    expect((await world.look()).live).to.have.lengthOf(1);
  });

  it('begins anew in wiped data, with a config that is not the first (rules W1, W4)', async () => {
    const [first] = await startJoined('w-0', 'w-1');
    world.zk.wipe();
    await world.clock.run(1000);
    const { config, live, ring } = await world.look();
    expect(config.first).to.equal(false);
    expect(config.cluster).not.to.equal('one');
    expect(live.map(({ boot }) => boot).sort()).to.deep.equal(['w-0@0', 'w-1@1']);
    expect(ring).to.have.lengthOf(2);
    expect(first?.view()?.cluster).to.equal(config.cluster);
  });

  it('refuses a cluster that is configured otherwise, naming all that differs', async () => {
    await startJoined('w-1');
    const other = world.start('w-2', { config: { partitions: 8, slotCount: 32 } });
    await world.clock.run(1000);
    expect(other.refusals.map(({ message }) => message)).to.deep.equal([
      'partitions is 4 in this cluster, not 8\nslotCount is 16 in this cluster, not 32',
    ]);
    expect(other.lines()).to.deep.equal([]);
    expect((await world.look()).live).to.have.lengthOf(1);
  });

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`is whole again after any faults: one node each, one answer each (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const members = await startJoined('w-1', 'w-2', 'w-3', 'w-4');
      const boots = members.map(({ membership }) => membership.boot);
      const asked = new Map<Member, number>();
      for (let i = 0; i < 150; i += 1) {
        const member = members[random.int(members.length)];
        if (member === undefined) continue;
        disturb(member, random.int(9));
        if (random.int(3) === 0) {
          const base = (member.view()?.tableVersion ?? 0) - random.int(2);
          member.membership.input({ kind: 'table', base, changes: new Map() });
          asked.set(member, (asked.get(member) ?? 0) + 1);
        }
        await world.clock.run(random.int(random.int(8) === 0 ? 9000 : 300));
      }
      members[0]?.membership.input({ kind: 'drain' });
      for (const member of members) for (const calm of [1, 3, 5]) disturb(member, calm);
      await world.clock.run(20_000);
      const { live, ring } = await world.look();
      expect(live.map(({ boot }) => boot).sort()).to.deep.equal([...boots].sort());
      expect(ring.map(({ id }) => id).sort()).to.deep.equal(['w-2', 'w-3', 'w-4']);
      for (const member of members) {
        const answers = member.reports.filter(({ kind }) => kind === 'table.answered');
        expect(answers).to.have.lengthOf(asked.get(member) ?? 0);
        expect(member.membership.boot).to.equal(boots[members.indexOf(member)]);
        expect([...(member.view()?.live.keys() ?? [])].sort()).to.deep.equal([...boots].sort());
        expectOneLifeAtATime(member);
      }
    });
  }
});

function disturb({ coordinator }: Member, what: number): void {
  if (what === 0) coordinator.cut();
  if (what === 1) coordinator.heal();
  if (what === 2) coordinator.loseAnswers(true);
  if (what === 3) coordinator.loseAnswers(false);
  if (what === 4) coordinator.delayNotifications(500);
  if (what === 5) coordinator.delayNotifications(0);
  if (what === 6) coordinator.expire();
}

/** `registered` and `session.lost` take turns, and leases are confirmed between them only. */
function expectOneLifeAtATime({ reports }: Member): void {
  let isAlive = false;
  for (const { kind } of reports) {
    if (kind === 'registered' || kind === 'session.lost') {
      expect(isAlive).to.equal(kind === 'session.lost');
      isAlive = kind === 'registered';
    }
    if (kind === 'confirmed' || kind === 'view') expect(isAlive, kind).to.equal(true);
  }
}
