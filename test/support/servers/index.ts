/**
 * Real ZooKeeper and RabbitMQ servers for tests: own ports on loopback, own folders, gone when the
 * test process is gone. docs/testing.md says where they come from.
 */
export { startEnsemble, type ZooKeeperEnsemble } from './ensemble.ts';
export { freePort } from './free-port.ts';
export { describeWithOwnServers, noteUntested } from './own-servers.ts';
export { haproxyPath, pythonWithPika } from './programs.ts';
export { type RabbitHost, type RabbitServer, startRabbit } from './rabbit.ts';
export {
  freshChroot,
  serverStartTimeoutMs,
  sharedRabbit,
  sharedRabbitServer,
  sharedZooKeeper,
  sharedZooKeeperServer,
} from './shared.ts';
export { fillDisk, freeDisk, whyNoSmallDisk } from './small-disk.ts';
export { startZooKeeper, type ZooKeeperServer } from './zookeeper.ts';
