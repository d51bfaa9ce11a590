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
export { createMembership, type Membership } from './membership-state.ts';
export type {
  MembershipEffect,
  MembershipInput,
  MembershipOptions,
} from './membership-types.ts';
export {
  type Changes,
  type Entry,
  emptyTable,
  entryOf,
  type Table,
  unowned,
  withChanges,
} from './table.ts';
export { successorOf, type View, viewOf } from './view.ts';
