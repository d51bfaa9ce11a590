import { before, describe } from 'mocha';
import { coordinatorContract } from '../../support/coordinator-contract.ts';
import {
  freshChroot,
  serverStartTimeoutMs,
  sharedZooKeeperServer,
} from '../../support/servers/index.ts';
import { createProxiedStore } from '../../support/zookeeper/store.ts';

describe('the contract', function () {
  this.timeout(20_000);
  before(async function () {
    this.timeout(serverStartTimeoutMs);
    await sharedZooKeeperServer();
  });

  coordinatorContract('ZooKeeper', async () => {
    const { address } = await sharedZooKeeperServer();
    return createProxiedStore({ target: address, chroot: freshChroot() });
  });
});
