/**
 * Real ZooKeeper and RabbitMQ servers for tests: own ports on loopback, own folders, gone when the
 * test process is gone. docs/testing.md says where they come from.
 */
export { startEnsemble, type ZooKeeperEnsemble } from './ensemble.ts';
export { startZooKeeper, type ZooKeeperServer } from './zookeeper.ts';
