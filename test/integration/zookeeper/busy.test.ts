/** A real server that answers everything, each time later than usual, as on a busy machine. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { clusterDefaults } from '../../../cluster/index.ts';
import { eventually } from '../../support/eventually.ts';
import { confirmedAgain, isInRing, openMember } from '../../support/zookeeper/member.ts';
import { eachOnProxiedProcess } from '../../support/zookeeper/proxied-process.ts';

/** Of a member's calls; see member.ts. */
const callDeadlineMs = 500;
const delayMs = 300;

describe('a process whose ZooKeeper is slow', function () {
  this.timeout(60_000);
  const given = eachOnProxiedProcess();

  it('registers, enters the ring and keeps its lease though a reading outlasts a call', async () => {
    const { process: a, proxy, chroot } = given();
    proxy.delayMs = delayMs;
    const askedAtMs = performance.now();
    await a.coordinator.read();
    expect(performance.now() - askedAtMs, 'the fault').to.be.above(callDeadlineMs);
    const { sessionTimeoutMs } = clusterDefaults;
    const member = openMember('w-1', { servers: `${proxy.text}${chroot}`, sessionTimeoutMs });
    try {
      await eventually('w-1 in the ring', () => isInRing(member, 'w-1'), 30_000);
      await confirmedAgain(member);
    } finally {
      proxy.delayMs = 0;
      await member.close();
    }
  });
});
