export { type Contact, contactTrouble } from './contact.ts';
export {
  type ClusterConfig,
  type Coordinator,
  CoordinatorError,
  type CoordinatorListener,
  type Folder,
  type MultiResult,
  type Node,
  type NodeContent,
  type Op,
  type Reading,
  type SessionEvent,
} from './coordinator.ts';
export {
  type MembershipReport,
  type MembershipRequest,
  type MembershipRunOptions,
  type RunningMembership,
  runMembership,
} from './membership.ts';
export { createMembership, type Membership } from './membership-state.ts';
export type {
  MembershipEffect,
  MembershipInput,
  MembershipOptions,
} from './membership-types.ts';
export {
  createMemoryZooKeeper,
  type MemoryCoordinator,
  type MemoryZooKeeper,
  type MemoryZooKeeperOptions,
} from './memory.ts';
export { type ClusterOptions, clusterDefaults, parseClusterOptions } from './options.ts';
export {
  type Changes,
  type Entry,
  emptyTable,
  type Table,
  withChanges,
} from './table.ts';
export { type Dialable, dialableWorkers, successorOf, type View, viewOf } from './view.ts';
export {
  createZooKeeper,
  type ZooKeeperCoordinator,
} from './zookeeper.ts';
export { parseZooKeeperOptions, type ZooKeeperOptions } from './zookeeper-options.ts';
