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
  type Changes,
  type Entry,
  emptyTable,
  entryOf,
  type Table,
  unowned,
  withChanges,
} from './table.ts';
export { type View, viewOf } from './view.ts';
