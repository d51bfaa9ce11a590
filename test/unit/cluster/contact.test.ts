import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Contact, clusterDefaults, contactTrouble } from '../../../cluster/index.ts';
import { createWorld, type Member, type World } from '../../support/membership-world.ts';

const leaseMs = 4000;
const well: Contact = {
  session: 'connected',
  isRegistered: true,
  confirmedAtMs: 1000,
  refusal: undefined,
};

describe('trouble with the coordinator', () => {
  const cases: readonly (readonly [string, Partial<Contact>, number, string | undefined])[] = [
    ['is none while confirmations come', {}, 1000 + leaseMs, undefined],
    ['is a lease without a newer one', {}, 1001 + leaseMs, 'coordinator.unavailable'],
    ['is none right after registering', { confirmedAtMs: undefined }, 9e9, undefined],
    ['is never having met it', { session: 'none' }, 0, 'coordinator.unavailable'],
    ['is a suspended session', { session: 'suspended' }, 1000, 'coordinator.unavailable'],
    ['is a lost session', { session: 'lost' }, 1000, 'coordinator.unregistered'],
    ['is a missing registration', { isRegistered: false }, 1000, 'coordinator.unregistered'],
    ['is a refusal, above all', { session: 'none', refusal: 'no' }, 0, 'coordinator.refused'],
  ];
  for (const [what, changes, nowMs, code] of cases) {
    it(what, () => {
      expect(contactTrouble({ ...well, ...changes }, nowMs, leaseMs)?.code).to.equal(code);
    });
  }
});

describe('the contact of a running membership', () => {
  let world: World;
  let isDenied = false;
  let member: Member;
  beforeEach(async () => {
    isDenied = false;
    world = await createWorld();
    member = world.start('w-1', { isDenied: () => isDenied });
    await world.clock.run(100);
  });
  afterEach(() => world.close());

  const trouble = (): string | undefined =>
    contactTrouble(member.membership.contact, world.clock.nowMs(), leaseMs)?.code;

  it('is fine from the registration on', async () => {
    expect(trouble()).to.equal(undefined);
    await world.clock.run(20_000);
    expect(trouble()).to.equal(undefined);
    expect(member.membership.contact.confirmedAtMs).to.be.above(18_000);
  });

  it('is none before the first session', async () => {
    const other = world.start('w-2');
    expect(contactTrouble(other.membership.contact, 0, leaseMs)?.message).to.include('yet');
  });

  it('is lost with the connection, long before the session is', async () => {
    member.coordinator.cut();
    await world.clock.run(10);
    expect(trouble()).to.equal('coordinator.unavailable');
    member.coordinator.heal();
    await world.clock.run(10);
    expect(trouble()).to.equal(undefined);
  });

  it('is lost a lease after the last confirmation, whatever the session says', async () => {
    member.coordinator.loseAnswers(true);
    await world.clock.run(leaseMs - clusterDefaults.renewIntervalMs);
    expect(trouble()).to.equal(undefined);
    await world.clock.run(2 * clusterDefaults.renewIntervalMs);
    expect([member.membership.contact.session, trouble()]).to.deep.equal([
      'connected',
      'coordinator.unavailable',
    ]);
  });

  it('is refused while readings are, and fine again afterwards', async () => {
    isDenied = true;
    member.membership.input({ kind: 'read' });
    await world.clock.run(10);
    expect(trouble()).to.equal('coordinator.refused');
    expect(member.membership.contact.refusal).to.include('[coordinator.denied]');
    // What is written is taken all the while, and does not make it well.
    const { confirmedAtMs } = member.membership.contact;
    for (let i = 0; i < 100; i += 1) {
      await world.clock.run(50);
      expect(trouble()).to.equal('coordinator.refused');
    }
    expect(member.membership.contact.confirmedAtMs).to.be.above(Number(confirmedAtMs));
    isDenied = false;
    await world.clock.run(5000);
    expect(trouble()).to.equal(undefined);
    expect(member.refusals).to.deep.equal([]);
  });
});
