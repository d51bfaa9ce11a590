import { expect } from 'chai';
import { describe, it } from 'mocha';
import { workerLimits } from '../../sim/limits.ts';
import { viewOf, workerOf } from '../../support/one-core.ts';

const me = 'w-1@1';
const owned = { owner: me, term: 1, copies: [me], epoch: 1 };

/** Steps far enough for every slot to be swept, and every absence to be over. */
function pass(take: ReturnType<typeof workerOf>['take'], ms: number): void {
  for (let stepped = 0; stepped < ms; stepped += 30) take({ kind: 'tick' });
}

describe('the sweep of a worker', () => {
  it('forgets processes that have long been gone, and keeps those that are listed', () => {
    const { core, take } = workerOf(me, 4);
    take({ kind: 'view', view: viewOf(1, [me, 'w-2@2'], [owned, owned, owned, owned]) });
    const boots = ['w-2@2', ...Array.from({ length: 20 }, (_, at) => `g-1@${at + 3}`)];
    for (const peer of boots) {
      take({ kind: 'linked', peer, role: peer === 'w-2@2' ? 'worker' : 'gateway', connection: 1 });
      take({ kind: 'unlinked', peer, connection: 1 });
    }
    take({ kind: 'linked', peer: 'g-1@99', role: 'gateway', connection: 1 });
    expect(core.state.peers.size).to.equal(22);
    pass(take, 11 * workerLimits.gatewayGoneMs);
    expect([...core.state.peers.keys()]).to.have.members(['w-2@2', 'g-1@99']);
  });

  it('comes to every slot within its interval, some in each tick', () => {
    const { core, take } = workerOf(me, 128);
    const slots = Array.from({ length: 128 }, () => owned);
    take({ kind: 'view', view: viewOf(1, [me], slots) });
    const listed = (): number => core.state.slots.filter(({ own }) => own?.isQuietKnown).length;
    pass(take, 60);
    const first = listed();
    pass(take, workerLimits.gatewayGoneMs / 2);
    expect(first).to.be.within(1, 127);
    expect(listed()).to.equal(128);
  });
});
